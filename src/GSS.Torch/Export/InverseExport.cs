namespace GSS.Torch;

/// <summary>X⁻¹ as ONNX operators: the maskige in 0..255, <c>[B, 3, H, W]</c>, to class scores <c>[B, K, H, W]</c>.</summary>
internal static class InverseExport
{
    /// <summary>The network of an <see cref="InverseNetwork"/>.</summary>
    /// <exception cref="NotSupportedException">The network has no ONNX form.</exception>
    public static OnnxValue Scores(OnnxGraph graph, InverseNetwork network, OnnxValue maskige)
    {
        OnnxValue colors = graph.Div(maskige, graph.Scalar(255));
        return network switch
        {
            ConvolutionInverse inverse => Convolutions(graph, inverse, colors),
            SwinInverse inverse => Swin(graph, inverse, colors),
            _ => throw new NotSupportedException($"X⁻¹ of {network.Variant} cannot be written as ONNX."),
        };
    }

    /// <summary>About how many bytes a run needs for each pixel of the maskige: eight times the widest layer's numbers in window attention, twice in convolutions.</summary>
    public static long BytesPerPixel(InverseNetwork network) => sizeof(float) * network switch
    {
        SwinInverse inverse => (8 * inverse.Projection.Convolution.weight.shape[0]) + network.ClassCount,
        ConvolutionInverse inverse => (2 * inverse.Layers[0].weight.shape[0]) + network.ClassCount,
        _ => network.ClassCount,
    };

    private static OnnxValue Convolutions(OnnxGraph graph, ConvolutionInverse network, OnnxValue x)
    {
        x = graph.Relu(graph.Conv(x, network.Layers[0]));
        return graph.Conv(graph.Relu(graph.Conv(x, network.Layers[1])), network.Layers[2]);
    }

    private static OnnxValue Swin(OnnxGraph graph, SwinInverse network, OnnxValue x)
    {
        x = graph.Transpose(graph.Block(x, network.Projection), 0, 2, 3, 1);
        x = graph.LayerNorm(network.Blocks.ToOnnx(graph, x), network.Norm);
        return graph.Conv(graph.Transpose(x, 0, 3, 1, 2), network.Classifier);
    }
}
