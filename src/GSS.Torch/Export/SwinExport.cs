namespace GSS.Torch;

/// <summary><see cref="SwinTransformer"/> as ONNX operators; its blocks are in <see cref="SwinBlocksExport"/>.</summary>
internal static class SwinExport
{
    /// <summary>The levels of a normalised image.</summary>
    public static OnnxValue[] Levels(OnnxGraph graph, SwinTransformer network, OnnxValue image)
    {
        OnnxValue padded = graph.PadToMultiple(image, SwinTransformer.PatchSize, mode: "constant");
        OnnxValue x = graph.LayerNorm(graph.Transpose(graph.Conv(padded, network.Projection), 0, 2, 3, 1), network.ProjectionNorm);
        var levels = new OnnxValue[network.Stages.Count];
        for (int i = 0; i < levels.Length; i++)
        {
            x = graph.SwinBlocks(x, network.Stages[i]);
            levels[i] = graph.Transpose(graph.LayerNorm(x, network.Norms[i]), 0, 3, 1, 2);
            x = network.Stages[i].Merging is { } merging ? Merge(graph, x, merging, network.Channels[i]) : x;
        }

        return levels;
    }

    /// <summary><c>[B, H, W, C]</c> to <c>[B, ceil(H/2), ceil(W/2), 2C]</c>.</summary>
    private static OnnxValue Merge(OnnxGraph graph, OnnxValue tokens, PatchMerging merging, long channels)
    {
        OnnxValue size = graph.Shape(tokens, 1, 3), two = graph.Constant([2L]);
        OnnxValue odd = graph.Add("Mod", [size, two]);
        OnnxValue padded = graph.Add("Pad", [tokens, graph.Concat(0, graph.Constant([0L, 0, 0, 0, 0]), odd, graph.Constant([0L]))]);
        OnnxValue half = graph.Div(graph.Add(size, odd), two), batch = graph.Shape(tokens, 0, 1);
        OnnxValue rows = graph.Slice(half, graph.Constant([0L]), graph.Constant([1L]), axis: 0);
        OnnxValue columns = graph.Slice(half, graph.Constant([1L]), graph.Constant([2L]), axis: 0);
        OnnxValue x = graph.Reshape(padded, graph.Concat(0, batch, rows, two, columns, two, graph.Constant([channels])));
        x = graph.Reshape(graph.Transpose(x, 0, 1, 3, 5, 2, 4), graph.Concat(0, batch, half, graph.Constant([4 * channels])));
        return graph.Linear(graph.LayerNorm(x, merging.Norm), merging.Reduction);
    }
}
