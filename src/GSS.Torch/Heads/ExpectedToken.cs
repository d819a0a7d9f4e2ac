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
        Tensor expected = nn.functional.conv2d(logits.softmax(1), ToExpected(codes));
        (Tensor weight, Tensor bias) = ToScores(codes);
        return nn.functional.conv2d(expected, weight, bias).argmax(1).MoveToOuterDisposeScope();
    }

    /// <summary>The same in ONNX: <c>scores</c> float <c>[B, V, h, w]</c>.</summary>
    public static OnnxValue Scores(OnnxGraph graph, OnnxValue logits, Tensor codes)
    {
        // The softmax is written out: over an inner axis, ONNX Runtime's own would transpose there and back. The sum is one more channel of the convolution.
        OnnxValue largest = graph.Add("ReduceMax", [logits], ("axes", new[] { 1L }), ("keepdims", 1L));
        OnnxValue powers = graph.Add("Exp", [graph.Sub(logits, largest)]);
        Tensor weight = cat([ToExpected(codes), ones(1, codes.shape[0], 1, 1)], 0);
        OnnxValue sums = graph.Conv(powers, graph.Constant(weight), OnnxValue.None, kernel: 1);
        OnnxValue size = graph.Constant([codes.shape[1]]);
        OnnxValue expected = graph.Div(
            graph.Slice(sums, graph.Constant([0L]), size, axis: 1),
            graph.Slice(sums, size, graph.Constant([codes.shape[1] + 1]), axis: 1));
        (Tensor toScores, Tensor bias) = ToScores(codes);
        return graph.Conv(expected, graph.Constant(toScores), graph.Constant(bias), kernel: 1);
    }

    private static Tensor ToExpected(Tensor codes) => codes.t().contiguous().view(codes.shape[1], codes.shape[0], 1, 1);

    private static (Tensor Weight, Tensor Bias) ToScores(Tensor codes) =>
        ((codes * Constant.Of(2)).contiguous().view(codes.shape[0], codes.shape[1], 1, 1), codes.square().sum(1).neg());
}
