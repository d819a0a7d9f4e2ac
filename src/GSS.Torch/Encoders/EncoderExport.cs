using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Writes an image encoder on its own: <c>image</c> float <c>[B, 3, H, W]</c>, normalised, to <c>level0</c> to <c>level3</c>. Models hold it inside <c>prior.onnx</c>; this is for tests and measurements.</summary>
internal static class EncoderExport
{
    /// <summary>The bytes of the file.</summary>
    public static byte[] ToBytes(EncoderNetwork network)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        var graph = new OnnxGraph("encoder");
        OnnxValue[] levels = network.ToOnnx(graph, graph.Input("image", OnnxType.Float, "batch", 3, "height", "width"));
        for (int i = 0; i < levels.Length; i++)
        {
            graph.Output(levels[i], $"level{i}", OnnxType.Float, "batch", network.Channels[i], $"rows{i}", $"columns{i}");
        }

        return graph.ToBytes();
    }
}
