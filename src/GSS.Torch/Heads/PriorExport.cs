using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// Writes <c>prior.onnx</c>: <c>image</c> float <c>[B, 3, H, W]</c>, RGB in 0..255, to <c>logits</c> float <c>[B, V, ceil(H / stride), ceil(W / stride)]</c>, any B, H and W,
/// and on request <c>scores</c> of the same shape, the largest of which decides instead of the largest logit.
/// Normalisation is inside; batch normalisation is folded into the convolutions; the auxiliary head and dropout, which only training needs, are left out.
/// </summary>
internal static class PriorExport
{
    /// <summary>The bytes of <c>prior.onnx</c>.</summary>
    /// <param name="network">A trained network; it is only read, and may be in training mode.</param>
    /// <param name="codes">The tokenizer's codes, <c>[V, D]</c>, for <see cref="TokenDecoding.Expected"/>; null for <see cref="TokenDecoding.MostLikely"/>.</param>
    public static byte[] ToBytes(LatentPriorNetwork network, Tensor? codes = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        var graph = new OnnxGraph("prior");
        OnnxValue image = graph.Input("image", OnnxType.Float, "batch", 3, "height", "width");
        OnnxValue normal = graph.Div(graph.Sub(image, graph.Constant(network.Mean)), graph.Constant(network.StandardDeviation));
        OnnxValue logits = network.Head.Logits(graph, network.Encoder.ToOnnx(graph, normal));
        graph.Output(logits, "logits", OnnxType.Float, "batch", network.Classifier.weight!.shape[0], "rows", "columns");
        if (codes is not null)
        {
            graph.Output(ExpectedToken.Scores(graph, logits, codes), OnnxParts.Scores, OnnxType.Float, "batch", codes.shape[0], "rows", "columns");
        }

        return graph.ToBytes();
    }
}
