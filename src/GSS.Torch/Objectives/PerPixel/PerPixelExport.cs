using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// Writes <c>segmenter.onnx</c>: <c>image</c> float <c>[B, 3, H, W]</c>, RGB in 0..255, to <c>labels</c> uint8 <c>[B, H, W]</c>, the class of every pixel, and,
/// where the input <c>with_confidence</c> asks for it, <c>confidence</c> float <c>[B, H, W]</c>, its softmax probability. The logits are resized and compared
/// a few classes at a time, so that no tensor of the graph has more than <see cref="Group"/> numbers for a pixel, however many classes there are.
/// </summary>
internal static class PerPixelExport
{
    /// <summary>Classes that are resized together.</summary>
    public const int Group = 16;

    /// <summary>The bytes of <c>segmenter.onnx</c>.</summary>
    /// <param name="network">A trained network; it is only read, and may be in training mode.</param>
    public static byte[] ToBytes(LatentPriorNetwork network)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        var graph = new OnnxGraph("segmenter");
        OnnxValue image = graph.Input(OnnxParts.Image, OnnxType.Float, "batch", 3, "height", "width");
        OnnxValue normal = graph.Div(graph.Sub(image, graph.Constant(network.Mean)), graph.Constant(network.StandardDeviation));

        // They stay inside, under a name by which a file that is made of this one finds them.
        OnnxValue logits = graph.Name(network.Head.Logits(graph, network.Encoder.ToOnnx(graph, normal)), OnnxParts.Logits);
        OnnxValue size = graph.Shape(image, 2, 4), asked = graph.Input(OnnxParts.WithConfidence, OnnxType.Bool);
        long classes = network.Classifier.weight!.shape[0];

        // ONNX Runtime computes every output, asked for or not, so that the probability stands behind a condition.
        OnnxGraph with = graph.Body("with_confidence_body"), without = graph.Body("labels_alone");
        (OnnxValue labels, OnnxValue confidence) = Decide(with, logits, classes, size, withConfidence: true);
        with.Output(labels, "both_labels", OnnxType.Int32, "batch", "height", "width");
        with.Output(confidence, "both_confidences", OnnxType.Float, "batch", "height", "width");
        without.Output(Decide(without, logits, classes, size, withConfidence: false).Labels, "alone_labels", OnnxType.Int32, "batch", "height", "width");
        without.Output(without.Constant(Array.Empty<float>(), 0, 0, 0), "no_confidences", OnnxType.Float, 0, 0, 0);
        OnnxValue[] decided = graph.If(asked, with, without);
        graph.Output(graph.Cast(decided[0], OnnxType.UInt8), OnnxParts.Labels, OnnxType.UInt8, "batch", "height", "width");
        graph.Output(decided[1], OnnxParts.Confidence, OnnxType.Float, "batch_or_none", "height_or_none", "width_or_none");
        return graph.ToBytes();
    }

    /// <summary>Logits <c>[B, K, h, w]</c> to the first class with the largest resized logit and, where wanted, its probability, both <c>[B, H, W]</c>.</summary>
    public static (OnnxValue Labels, OnnxValue Confidence) Decide(OnnxGraph graph, OnnxValue logits, long classes, OnnxValue size, bool withConfidence)
    {
        (OnnxValue label, OnnxValue largest, OnnxValue sum) = (OnnxValue.None, OnnxValue.None, OnnxValue.None);
        for (long first = 0; first < classes; first += Group)
        {
            OnnxValue part = graph.Slice(logits, graph.Constant([first]), graph.Constant([Math.Min(classes, first + Group)]), axis: 1);
            OnnxValue resized = graph.ResizeBilinear(part, size);
            OnnxValue ids = graph.Cast(graph.ArgMax(resized, axis: 1), OnnxType.Int32);
            OnnxValue peak = graph.Add("ReduceMax", [resized], ("axes", new[] { 1L }), ("keepdims", 1L));
            OnnxValue powers = withConfidence ? graph.ReduceSum(graph.Add("Exp", [graph.Sub(resized, peak)]), axis: 1, keepDimension: false) : OnnxValue.None;
            peak = graph.Squeeze(peak, 1);
            if (first == 0)
            {
                (label, largest, sum) = (ids, peak, powers);
                continue;
            }

            // Both sums of powers are brought to the larger one of the two peaks (the running softmax of Milakov and Gimelshein, arXiv:1805.02867).
            ids = graph.Add(ids, graph.Cast(graph.Constant([first]), OnnxType.Int32));
            OnnxValue better = graph.Add("Greater", [peak, largest]);
            OnnxValue top = graph.Add("Max", [peak, largest]);
            sum = withConfidence ? graph.Add(graph.Mul(sum, graph.Add("Exp", [graph.Sub(largest, top)])), graph.Mul(powers, graph.Add("Exp", [graph.Sub(peak, top)]))) : sum;
            label = graph.Add("Where", [better, ids, label]);
            largest = top;
        }

        return (label, withConfidence ? graph.Div(graph.Scalar(1), sum) : sum);
    }
}
