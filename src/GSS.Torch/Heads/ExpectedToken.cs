using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// <see cref="TokenDecoding.Expected"/>: the token whose code is nearest to the expected code. With codes c and the expected code x, the nearest one has the
/// largest 2 x·c − |c|², so both steps are 1×1 convolutions: probabilities to x, and x to a score for every token.
/// </summary>
internal static class ExpectedToken
{
    /// <summary>Logits <c>[B, V, h, w]</c> to the token with the largest score, int64 <c>[B, h, w]</c>.</summary>
    /// <param name="logits">Of the latent prior.</param>
    /// <param name="codes">The tokenizer's codes, <c>[V, D]</c>.</param>
    public static Tensor Choose(Tensor logits, Tensor codes)
    {
        using var scope = NewDisposeScope();
        Tensor expected = PointwiseConvolution.Compute(logits.softmax(1), ToExpected(codes));
        (Tensor weight, Tensor bias) = ToScores(codes);
        return PointwiseConvolution.Compute(expected, weight, bias).argmax(1).MoveToOuterDisposeScope();
    }

    /// <summary>The codes <c>[V, D]</c> as constants of an ONNX graph.</summary>
    public static TokenClassifier.Codes ToOnnx(OnnxGraph graph, Tensor codes)
    {
        using DisposeScope scope = NewDisposeScope();
        (long vocabulary, long size) = (codes.shape[0], codes.shape[1]);
        (Tensor toScores, Tensor bias) = ToScores(codes);

        // The sum of the powers is one more row of the product.
        return new(size, graph.Constant(cat([codes.t(), ones([1, vocabulary], device: codes.device)], 0)), graph.Constant(toScores.reshape(vocabulary, size)), graph.Constant(bias.reshape(vocabulary, 1)));
    }

    private static Tensor ToExpected(Tensor codes) => codes.t().contiguous().view(codes.shape[1], codes.shape[0], 1, 1);

    private static (Tensor Weight, Tensor Bias) ToScores(Tensor codes) =>
        ((codes * Constant.Of(2)).contiguous().view(codes.shape[0], codes.shape[1], 1, 1), codes.square().sum(1).neg());
}
