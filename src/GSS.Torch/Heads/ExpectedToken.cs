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

    /// <summary>The codes as constants of an ONNX graph.</summary>
    public sealed class Constants
    {
        private readonly long _size;
        private readonly OnnxValue _toExpected;
        private readonly OnnxValue _toScores;
        private readonly OnnxValue _bias;

        /// <param name="graph">Where the constants go.</param>
        /// <param name="codes">The tokenizer's codes, <c>[V, D]</c>.</param>
        public Constants(OnnxGraph graph, Tensor codes)
        {
            using DisposeScope scope = NewDisposeScope();
            long vocabulary = codes.shape[0];
            _size = codes.shape[1];

            // The sum of the powers is one more row of the product.
            _toExpected = graph.Constant(cat([codes.t(), ones(1, vocabulary)], 0));
            (Tensor toScores, Tensor bias) = ToScores(codes);
            _toScores = graph.Constant(toScores.reshape(vocabulary, _size));
            _bias = graph.Constant(bias.reshape(vocabulary, 1));
        }

        /// <summary>exp(logit - largest logit), <c>[V, n]</c>, to a score for every token, <c>[V, n]</c>.</summary>
        public OnnxValue Scores(OnnxGraph graph, OnnxValue powers)
        {
            OnnxValue sums = graph.MatMul(_toExpected, powers), size = graph.Constant([_size]);
            OnnxValue expected = graph.Div(graph.Slice(sums, graph.Constant([0L]), size, axis: 0), graph.Slice(sums, size, graph.Constant([_size + 1]), axis: 0));
            return graph.Add(graph.MatMul(_toScores, expected), _bias);
        }
    }

    private static Tensor ToExpected(Tensor codes) => codes.t().contiguous().view(codes.shape[1], codes.shape[0], 1, 1);

    private static (Tensor Weight, Tensor Bias) ToScores(Tensor codes) =>
        ((codes * Constant.Of(2)).contiguous().view(codes.shape[0], codes.shape[1], 1, 1), codes.square().sum(1).neg());
}
