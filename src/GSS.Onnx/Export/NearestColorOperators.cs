using GSS.Core;

namespace GSS.Onnx;

/// <summary>X⁻¹ of FF by operators: the class whose colour is nearest to the maskige's, the lowest of equally near ones.</summary>
internal static class NearestColorOperators
{
    /// <summary>Classes that are looked at together: no tensor of the graph has more numbers for a pixel.</summary>
    private const int Group = 16;

    /// <summary>Maskige float <c>[B, 3, H, W]</c> in 0..255 to class ids int32 <c>[B, H, W]</c>.</summary>
    public static OnnxValue Choose(OnnxGraph graph, OnnxValue maskige, MaskigePalette palette)
    {
        (OnnxValue label, OnnxValue largest) = (OnnxValue.None, OnnxValue.None);
        for (int first = 0; first < palette.Count; first += Group)
        {
            int count = Math.Min(Group, palette.Count - first);
            OnnxValue scores = Products(graph, maskige, [.. palette.Colors.Skip(first).Take(count)]);
            OnnxValue peak = graph.Add("ReduceMax", [scores], ("axes", new[] { 1L }), ("keepdims", 1L));

            // ReduceMax and ReduceMin use vector instructions, ArgMax does not.
            OnnxValue ids = graph.Constant([.. Enumerable.Range(first, count).Select(id => (float)id)], 1, count, 1, 1);
            OnnxValue candidates = graph.Add("Where", [graph.Add("Equal", [scores, peak]), ids, graph.Scalar(LabelMap.Void)]);
            OnnxValue chosen = graph.Add("ReduceMin", [candidates], ("axes", new[] { 1L }), ("keepdims", 1L));
            if (first > 0)
            {
                chosen = graph.Add("Where", [graph.Add("Greater", [peak, largest]), chosen, label]);
                peak = graph.Add("Max", [peak, largest]);
            }

            (label, largest) = (chosen, peak);
        }

        return graph.Cast(graph.Squeeze(label, 1), OnnxType.Int32);
    }

    /// <summary>Maskige float <c>[B, 3, H, W]</c> in 0..255 to minus the squared distance to each class's colour, colours in 0..1, float <c>[B, K, H, W]</c>.</summary>
    public static OnnxValue Scores(OnnxGraph graph, OnnxValue maskige, MaskigePalette palette)
    {
        OnnxValue length = graph.Add("ReduceSum", [graph.Mul(maskige, maskige), graph.Constant([1L])], ("keepdims", 1L));
        return graph.Div(graph.Sub(Products(graph, maskige, palette.Colors), length), graph.Scalar(255f * 255f));
    }

    /// <summary>Ids int32 <c>[B, 2 H, 2 W]</c> to <c>[B, H, W]</c>: what most of four pixels have, of equally frequent ones the lowest (<see cref="LabelVotes"/>).</summary>
    public static OnnxValue Halve(OnnxGraph graph, OnnxValue ids)
    {
        OnnxValue most = graph.Constant([long.MaxValue, long.MaxValue]), axes = graph.Constant([1L, 2]), steps = graph.Constant([2L, 2]);
        OnnxValue[] four = [.. Enumerable.Range(0, 4).Select(part => graph.Add("Slice", [ids, graph.Constant([part / 2, part % 2L]), most, axes, steps]))];

        // The more votes, the larger; with as many, the lower id: 256 · votes - id.
        OnnxValue weight = graph.Cast(graph.Constant([256L]), OnnxType.Int32), best = OnnxValue.None;
        foreach (OnnxValue candidate in four)
        {
            OnnxValue votes = OnnxValue.None;
            foreach (OnnxValue other in four)
            {
                OnnxValue same = graph.Cast(graph.Add("Equal", [candidate, other]), OnnxType.Int32);
                votes = votes == OnnxValue.None ? same : graph.Add(votes, same);
            }

            OnnxValue score = graph.Sub(graph.Mul(votes, weight), candidate);
            best = best == OnnxValue.None ? score : graph.Add("Max", [best, score]);
        }

        return graph.Add("Mod", [graph.Add("Neg", [best]), weight]);
    }

    // 2 m·c - |c|², a convolution: the largest belongs to the nearest colour, as |m|² is the same for all.
    private static OnnxValue Products(OnnxGraph graph, OnnxValue maskige, IReadOnlyList<RgbColor> colors)
    {
        float[] weight = [.. colors.SelectMany(color => new float[] { 2 * color.R, 2 * color.G, 2 * color.B })];
        float[] bias = [.. colors.Select(color => -(float)((color.R * color.R) + (color.G * color.G) + (color.B * color.B)))];
        return graph.Conv(maskige, graph.Constant(weight, colors.Count, 3, 1, 1), graph.Constant(bias, colors.Count), kernel: 1);
    }
}
