using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary><see cref="MobileNetV2"/> as ONNX operators.</summary>
internal static class MobileNetV2Export
{
    /// <summary>The four levels of a normalised image.</summary>
    public static OnnxValue[] Levels(OnnxGraph graph, MobileNetV2 network, OnnxValue image)
    {
        var levels = new List<OnnxValue>();
        OnnxValue x = image;
        for (int i = 0; i < network.Features.Count; i++)
        {
            x = Feature(graph, x, network.Features[i]);
            if (MobileNetV2.LevelFeatures.Contains(i))
            {
                levels.Add(x);
            }
        }

        return [.. levels];
    }

    private static OnnxValue Feature(OnnxGraph graph, OnnxValue input, nn.Module<Tensor, Tensor> feature)
    {
        if (feature is not InvertedResidual block)
        {
            return graph.Unit(input, (ConvolutionUnit)feature);
        }

        OnnxValue x = block.Widen is null ? input : graph.Unit(input, block.Widen);
        x = graph.Conv(graph.Unit(x, block.Depthwise), block.Narrow, block.NarrowNorm);
        return block.HasShortcut ? graph.Add(input, x) : x;
    }
}
