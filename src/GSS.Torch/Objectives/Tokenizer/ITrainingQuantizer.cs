using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>What stands between encoder and decoder while a tokenizer is trained. Codes are <c>[B, D, h, w]</c>.</summary>
internal interface ITrainingQuantizer
{
    /// <summary>Shows the codes of the first step that is quantised, for a codebook to start from.</summary>
    void StartFrom(Tensor codes);

    /// <summary>Quantises a step's codes.</summary>
    /// <returns>What the decoder gets, with gradients that pass straight through to the codes; and a loss for the codes, a scalar, 0 where the quantiser has none.</returns>
    (Tensor Quantized, Tensor Commitment) Quantize(Tensor codes);

    /// <summary>What a checkpoint must keep; nothing where the quantiser learns nothing by itself.</summary>
    IEnumerable<(string Name, Tensor Value)> State => [];

    /// <summary>Takes back what <see cref="State"/> gave.</summary>
    void Restore(Func<string, Tensor> read)
    {
    }

    /// <summary>How many tokens are in use of late, for the log.</summary>
    long InUse();
}
