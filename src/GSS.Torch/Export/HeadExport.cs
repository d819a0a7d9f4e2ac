using TorchSharp.Modules;

namespace GSS.Torch;

/// <summary>Token heads as ONNX operators, without auxiliary head and dropout, which only training needs.</summary>
internal static class HeadExport
{
    /// <summary>The encoder's levels, finest first, to logits <c>[B, V, h, w]</c>.</summary>
    /// <exception cref="NotSupportedException">The head has no ONNX form.</exception>
    public static OnnxValue Logits(OnnxGraph graph, TokenHeadNetwork head, OnnxValue[] levels) => head switch
    {
        LightHead light => Light(graph, light, levels),
        ReferenceHead reference => Reference(graph, reference, levels),
        _ => throw new NotSupportedException($"The token head '{head.GetName()}' cannot be written as ONNX: choose one of {nameof(TokenHeads)}."),
    };

    /// <summary>Convolution with the normalisation folded in, and ReLU.</summary>
    public static OnnxValue Block(this OnnxGraph graph, OnnxValue x, ConvolutionBlock block) => graph.Relu(graph.Conv(x, block.Convolution, block.Norm));

    private static OnnxValue Light(OnnxGraph graph, LightHead head, OnnxValue[] levels)
    {
        OnnxValue x = graph.Block(Aggregate(graph, head.LevelBlocks, levels, [.. Enumerable.Range(0, levels.Length)], head.TokenLevel), head.Fusion);
        foreach (ConvolutionBlock block in head.Context)
        {
            x = graph.Block(x, block);
        }

        return graph.Conv(graph.Block(x, head.Projection), head.Classifier);
    }

    private static OnnxValue Reference(OnnxGraph graph, ReferenceHead head, OnnxValue[] levels)
    {
        OnnxValue x = graph.Block(Aggregate(graph, head.LevelBlocks, levels, ReferenceHead.Order, head.TokenLevel), head.Fusion);
        x = head.Blocks.ToOnnx(graph, graph.Transpose(x, 0, 2, 3, 1));
        x = graph.Transpose(graph.LayerNorm(x, head.Norm), 0, 3, 1, 2);
        return graph.Conv(graph.Block(x, head.Projection), head.Classifier);
    }

    private static OnnxValue Aggregate(OnnxGraph graph, ModuleList<ConvolutionBlock> blocks, OnnxValue[] levels, ReadOnlySpan<int> order, int target)
    {
        var resized = new OnnxValue[levels.Length];
        for (int i = 0; i < order.Length; i++)
        {
            OnnxValue lateral = graph.Block(levels[order[i]], blocks[i]);
            resized[i] = order[i] == target ? lateral : graph.ResizeBilinearLike(lateral, levels[target]);
        }

        return graph.Concat(1, resized);
    }
}
