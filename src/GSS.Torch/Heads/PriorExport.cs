using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// Writes <c>prior.onnx</c>: <c>image</c> float <c>[B, 3, H, W]</c>, RGB in 0..255, to <c>tokens</c> int64 <c>[B, ceil(H / stride), ceil(W / stride)]</c>, any B, H and W,
/// and, where the input <c>with_confidence</c> (bool) is true, to <c>confidence</c> float of the same shape, the tokens' softmax probabilities.
/// Normalisation is inside; batch normalisation is folded into the convolutions; dropout and, where tokens are not tied to classes, the auxiliary head are left out, which only training needs.
/// </summary>
internal static class PriorExport
{
    /// <summary>The bytes of <c>prior.onnx</c>.</summary>
    /// <param name="network">A trained network; it is only read, and may be in training mode.</param>
    /// <param name="selection">Between which tokens it chooses, and how; null chooses the most likely one of all.</param>
    public static byte[] ToBytes(LatentPriorNetwork network, TokenSelection? selection = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        (OnnxGraph graph, OnnxValue[] levels) = Levels(network);
        TokenDecision.Output(graph, network.Head.Evidence(graph, levels), Classifier(graph, network.Head.EvidenceWeights(), network.Classifier.bias!, selection));
        return graph.ToBytes();
    }

    /// <summary>A 1×1 convolution <c>[V, C, 1, 1]</c> with its bias <c>[V]</c> as constants, as far as tokens can be chosen, and for a decision that looks at all tokens their codes.</summary>
    public static TokenClassifier Classifier(OnnxGraph graph, Tensor weight, Tensor bias, TokenSelection? selection)
    {
        using DisposeScope scope = NewDisposeScope();
        (long vocabulary, long channels) = (weight.shape[0], weight.shape[1]);
        selection ??= TokenSelection.MostLikely;
        (weight, bias) = (selection.RowsOf(weight).reshape(-1, channels), selection.RowsOf(bias).reshape(-1, 1));
        return new(vocabulary, channels, graph.Constant(weight), graph.Constant(bias), selection.Codes?.ToOnnx(graph), selection.Kept);
    }

    /// <summary>The same network up to the decision: <c>image</c> to <c>logits</c> float <c>[B, V, h, w]</c>. To be compared with the network, not to be saved.</summary>
    /// <param name="network">A trained network; it is only read, and may be in training mode.</param>
    public static byte[] LogitsToBytes(LatentPriorNetwork network)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        (OnnxGraph graph, OnnxValue[] levels) = Levels(network);
        graph.Output(network.Head.Logits(graph, levels), OnnxParts.Logits, OnnxType.Float, "batch", network.Classifier.weight!.shape[0], "rows", "columns");
        return graph.ToBytes();
    }

    private static (OnnxGraph Graph, OnnxValue[] Levels) Levels(LatentPriorNetwork network)
    {
        var graph = new OnnxGraph("prior");
        OnnxValue image = graph.Input(OnnxParts.Image, OnnxType.Float, "batch", 3, "height", "width");
        OnnxValue normal = graph.Div(graph.Sub(image, graph.Constant(network.Mean)), graph.Constant(network.StandardDeviation));
        return (graph, network.Encoder.ToOnnx(graph, normal));
    }
}
