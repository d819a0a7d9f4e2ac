using TorchSharp.Modules;

namespace GSS.Torch;

/// <summary><see cref="ResNet"/> as ONNX operators.</summary>
internal static class ResNetExport
{
    /// <summary>The four levels of a normalised image.</summary>
    public static OnnxValue[] Levels(OnnxGraph graph, ResNet network, OnnxValue image)
    {
        OnnxValue x = image;
        foreach ((Conv2d convolution, BatchNorm2d norm) in network.Stem)
        {
            x = graph.Relu(graph.Conv(x, convolution, norm));
        }

        x = graph.MaxPool(x, kernel: 3, stride: 2, padding: 1);
        var levels = new OnnxValue[network.Levels.Length];
        for (int level = 0; level < levels.Length; level++)
        {
            foreach (ResidualBlock block in network.Levels[level])
            {
                x = graph.Residual(x, block);
            }

            levels[level] = x;
        }

        return levels;
    }
}
