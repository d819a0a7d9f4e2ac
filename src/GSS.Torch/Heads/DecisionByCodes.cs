using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// Decisions that look at all tokens: each has a code c of D numbers, and from the mean x of all codes by their probabilities each token gets a score.
/// <see cref="TokenDecoding.Expected"/>: c is the tokenizer's code, and the token with the nearest one wins, that with the largest 2 x·c − |c|².
/// <see cref="TokenDecoding.Agreement"/>: c is what the token shows in each quarter of its cell, and the token with the largest x·c wins.
/// Both steps are 1×1 convolutions: probabilities to x, and x to a score for every token.
/// </summary>
/// <param name="Codes"><c>[V, D]</c>.</param>
/// <param name="Nearest">Whether the nearest code wins, or the one with the largest product.</param>
internal sealed record DecisionByCodes(Tensor Codes, bool Nearest = true)
{
    /// <summary>Logits <c>[B, V, h, w]</c> to the token with the largest score, int64 <c>[B, h, w]</c>.</summary>
    /// <param name="logits">Of the latent prior.</param>
    public Tensor Choose(Tensor logits)
    {
        using var scope = NewDisposeScope();
        Tensor expected = PointwiseConvolution.Compute(logits.softmax(1), Codes.t().contiguous().view(Codes.shape[1], Codes.shape[0], 1, 1));
        (Tensor weight, Tensor bias) = ToScores();
        return PointwiseConvolution.Compute(expected, weight, bias).argmax(1).MoveToOuterDisposeScope();
    }

    /// <summary>The codes as constants of an ONNX graph.</summary>
    public TokenClassifier.Codes ToOnnx(OnnxGraph graph)
    {
        using DisposeScope scope = NewDisposeScope();
        (long vocabulary, long size) = (Codes.shape[0], Codes.shape[1]);
        (Tensor toScores, Tensor bias) = ToScores();

        // The sum of the powers is one more row of the product.
        return new(size, graph.Constant(cat([Codes.t(), ones([1, vocabulary], device: Codes.device)], 0)), graph.Constant(toScores.reshape(vocabulary, size)), graph.Constant(bias.reshape(vocabulary, 1)));
    }

    private (Tensor Weight, Tensor Bias) ToScores()
    {
        Tensor doubled = (Codes * Constant.Of(2)).contiguous().view(Codes.shape[0], Codes.shape[1], 1, 1);
        return (doubled, Nearest ? Codes.square().sum(1).neg() : zeros([Codes.shape[0]], device: Codes.device));
    }
}
