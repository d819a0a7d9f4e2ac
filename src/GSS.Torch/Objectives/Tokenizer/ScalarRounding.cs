using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Trains around a finite scalar quantiser: codes are rounded and gradients pass straight through; nothing is learned, and no loss is needed.</summary>
internal sealed class ScalarRounding(FiniteScalarQuantizer quantizer) : ITrainingQuantizer
{
    public void StartFrom(Tensor codes)
    {
        // There is no codebook.
    }

    public (Tensor Quantized, Tensor Commitment) Quantize(Tensor codes) => (codes.Plus((quantizer.Round(codes) - codes).detach()), zeros(1));

    public long InUse() => quantizer.VocabularySize;
}
