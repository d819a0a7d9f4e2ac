using System.Globalization;
using GSS.Core;

namespace GSS.Torch;

/// <summary>
/// The end of <c>prior.onnx</c>: classifier, choice and probability, one row of tokens after the other. Of the logits, V numbers a token, only those of one row
/// are ever in memory, where the caches hold them, and none leaves the graph.
/// </summary>
internal static class TokenDecision
{
    /// <summary>Features to tokens int64 <c>[B, h, w]</c> and, where asked for, their softmax probabilities float <c>[B, h, w]</c>; declares the outputs.</summary>
    /// <param name="graph">Where the operators go.</param>
    /// <param name="features">What the classifier reads, <c>[B, C, h, w]</c>.</param>
    /// <param name="classifier">What makes logits of it, and which token they decide for.</param>
    public static void Output(OnnxGraph graph, OnnxValue features, TokenClassifier classifier)
    {
        graph.Metadata(OnnxParts.VocabularySize, classifier.Vocabulary.ToString(CultureInfo.InvariantCulture));
        OnnxValue asked = graph.Input(OnnxParts.WithConfidence, OnnxType.Bool);

        // [B, C, h, w] to [h, C, B × w]: for each row a matrix whose product with the classifier's has the tokens' places side by side, as vector instructions want it.
        OnnxValue rows = graph.Reshape(graph.Transpose(features, 2, 1, 0, 3), graph.Concat(0, graph.Shape(features, 2, 3), graph.Constant([classifier.Channels, -1])));

        // ONNX Runtime computes every output, asked for or not, so that the probability stands behind a condition.
        OnnxGraph with = graph.Body("with_confidence"), without = graph.Body("tokens_alone");
        OnnxValue[] both = with.Scan(Row(classifier, with, "both", withConfidence: true), rows);
        with.Output(both[0], "both_tokens", OnnxType.Int64, "rows", "places");
        with.Output(both[1], "both_confidences", OnnxType.Float, "rows", "places");
        without.Output(without.Scan(Row(classifier, without, "alone", withConfidence: false), rows)[0], "alone_tokens", OnnxType.Int64, "rows", "places");
        without.Output(without.Constant(Array.Empty<float>(), 0, 0), "no_confidences", OnnxType.Float, 0, 0);
        OnnxValue[] chosen = graph.If(asked, with, without);
        OnnxValue tokens = classifier.Kept is { } kept ? graph.Gather(graph.Constant(kept), chosen[0], axis: 0) : chosen[0];

        OnnxValue shape = graph.Concat(0, graph.Shape(features, 2, 3), graph.Shape(features, 0, 1), graph.Shape(features, 3, 4));
        graph.Output(graph.Transpose(graph.Reshape(tokens, shape), 1, 0, 2), OnnxParts.Tokens, OnnxType.Int64, "batch", "rows", "columns");

        // Where it is not asked for it is empty, whose rows and places are none: 0 × B × w.
        OnnxValue found = graph.Concat(0, graph.Shape(chosen[1], 0, 1), graph.Shape(features, 0, 1), graph.Shape(features, 3, 4));
        graph.Output(graph.Transpose(graph.Reshape(chosen[1], found), 1, 0, 2), OnnxParts.Confidence, OnnxType.Float, "batch", "rows_or_none", "columns");
    }

    /// <summary>The index of the largest value along the first dimension of <c>[V, n]</c>, the lowest of equal ones, int64 <c>[n]</c>.</summary>
    /// <remarks>
    /// ONNX Runtime's ArgMax goes from number to number; its ReduceMax uses vector instructions. So the largest of each group of rows is found first, and ArgMax
    /// only chooses the group and then the row in it: 1024 rows are 32 groups of 32.
    /// </remarks>
    public static OnnxValue Largest(OnnxGraph graph, OnnxValue values, long count) => Largest(graph, values, count, out _);

    /// <summary>The same; <paramref name="largest"/> adds the largest value of each column, float <c>[n]</c>, to the graph, found from those of the groups.</summary>
    private static OnnxValue Largest(OnnxGraph graph, OnnxValue values, long count, out Func<OnnxValue> largest)
    {
        long size = GroupSize(count);
        if (size == 1)
        {
            largest = () => graph.Add("ReduceMax", [values], ("axes", new[] { 0L }), ("keepdims", 0L));
            return graph.ArgMax(values, 0);
        }

        OnnxValue groups = graph.Reshape(values, count / size, size, -1);
        OnnxValue peaks = graph.Add("ReduceMax", [groups], ("axes", new[] { 1L }), ("keepdims", 1L));
        largest = () => graph.Add("ReduceMax", [peaks], ("axes", new[] { 0L, 1L }), ("keepdims", 0L));
        OnnxValue group = graph.Add("ArgMax", [peaks], ("axis", 0L), ("keepdims", 1L), ("select_last_index", 0L));
        OnnxValue everyRow = graph.Add("Expand", [group, graph.Concat(0, graph.Constant([1L, size]), graph.Shape(groups, 2, 3))]);
        OnnxValue row = graph.ArgMax(graph.Add("GatherElements", [groups, everyRow], ("axis", 0L)), 1);
        return graph.Squeeze(graph.Add(graph.Mul(graph.Squeeze(group, 0), graph.Constant([size])), row), 0);
    }

    // The largest divisor that is not above the square root; 1, which means no groups, where that is small.
    private static long GroupSize(long count)
    {
        long size = (long)Math.Sqrt(count);
        while (count % size != 0)
        {
            size--;
        }

        return size < 4 ? 1 : size;
    }

    /// <summary>A row <c>[C, n]</c> to tokens <c>[n]</c> and, where wanted, probabilities <c>[n]</c>.</summary>
    private static OnnxGraph Row(TokenClassifier classifier, OnnxGraph owner, string name, bool withConfidence)
    {
        OnnxGraph row = owner.Body(name + "_row");
        OnnxValue features = row.Input(name + "_features", OnnxType.Float, classifier.Channels, "places");
        OnnxValue logits = row.Add(row.MatMul(classifier.Weight, features), classifier.Bias);
        OnnxValue tokens = Largest(row, logits, classifier.Rows, out Func<OnnxValue> largest), powers = OnnxValue.None;
        if (withConfidence || classifier.Expected is not null)
        {
            powers = row.Add("Exp", [row.Sub(logits, largest())]);
        }

        if (classifier.Expected is { } expected)
        {
            tokens = Largest(row, expected.Scores(row, powers), classifier.Rows);
        }

        row.Output(tokens, name + "_token", OnnxType.Int64, "places");
        if (withConfidence)
        {
            // The most likely token has the power 1.
            OnnxValue power = classifier.Expected is null ? row.Scalar(1)
                : row.Squeeze(row.Add("GatherElements", [powers, row.Add("Unsqueeze", [tokens, row.Constant([0L])])], ("axis", 0L)), 0);
            row.Output(row.Div(power, row.ReduceSum(powers, 0, keepDimension: false)), name + "_probability", OnnxType.Float, "places");
        }

        return row;
    }
}

/// <summary>The classifier of a token head as constants of a graph.</summary>
/// <param name="Vocabulary">V, the tokens of the tokenizer.</param>
/// <param name="Channels">C.</param>
/// <param name="Weight"><c>[R, C]</c>: R rows, one for each token that can be chosen.</param>
/// <param name="Bias"><c>[R, 1]</c>.</param>
/// <param name="Expected">The codes of a decision that looks at all tokens; null chooses the most likely one.</param>
/// <param name="Kept">The token of each row; null where each token has its row.</param>
internal sealed record TokenClassifier(long Vocabulary, long Channels, OnnxValue Weight, OnnxValue Bias, TokenClassifier.Codes? Expected = null, long[]? Kept = null)
{
    /// <summary>R, the tokens that can be chosen.</summary>
    public long Rows => Kept?.Length ?? Vocabulary;

    /// <summary>What the expected code of D numbers, and from it a score for every token, are made with.</summary>
    /// <param name="Size">D.</param>
    /// <param name="ToExpected">The codes and a row of ones, <c>[D + 1, R]</c>.</param>
    /// <param name="ToScores">The codes doubled, <c>[R, D]</c>.</param>
    /// <param name="Bias">Minus each code's squared length where the nearest one is looked for, else 0, <c>[R, 1]</c>.</param>
    public sealed record Codes(long Size, OnnxValue ToExpected, OnnxValue ToScores, OnnxValue Bias)
    {
        /// <summary>exp(logit - largest logit), <c>[R, n]</c>, to a score for every token, <c>[R, n]</c>.</summary>
        public OnnxValue Scores(OnnxGraph graph, OnnxValue powers)
        {
            OnnxValue sums = graph.MatMul(ToExpected, powers), size = graph.Constant([Size]);
            OnnxValue expected = graph.Div(graph.Slice(sums, graph.Constant([0L]), size, axis: 0), graph.Slice(sums, size, graph.Constant([Size + 1]), axis: 0));
            return graph.Add(graph.MatMul(ToScores, expected), Bias);
        }
    }
}
