using GSS.Core;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <content>The two halves in ONNX.</content>
internal sealed partial class DalleDVae
{
    // Logits of so many tokens at a time: all 8192 of a 512×512 photograph at stride 4 would take half a gigabyte.
    private const int Chunk = 1024;

    // Three activations of the widest layer, at the network's own size, are alive at the same time.
    private const int LiveActivations = 3;

    internal override long EncoderBytesPerPixel => BytesPerPixel;

    internal override long DecoderBytesPerPixel => BytesPerPixel;

    private long BytesPerPixel => LiveActivations * sizeof(float) * Encoder.Input.Weight.shape[0] * MaskigeScale * MaskigeScale;

    internal override OnnxValue EncodeToOnnx(OnnxGraph graph, OnnxValue maskige)
    {
        DalleEncoder encoder = Encoder;
        OnnxValue x = MaskigeScale == 1 ? maskige : graph.UpsampleNearest(maskige, MaskigeScale);
        x = graph.Add(graph.Mul(x, graph.Scalar((float)(PixelRange / 255))), graph.Scalar((float)PixelOffset));
        x = Conv(graph, x, encoder.Input);
        for (int group = 0; group < encoder.Groups.Length; group++)
        {
            x = Blocks(graph, x, encoder.Groups[group]);
            x = group < encoder.Groups.Length - 1 ? graph.MaxPool(x, kernel: 2, stride: 2, padding: 0) : x;
        }

        return LargestLogit(graph, graph.Relu(x), encoder.Output);
    }

    internal override OnnxValue DecodeToOnnx(OnnxGraph graph, OnnxValue tokens)
    {
        DalleDecoder decoder = Decoder;
        Tensor rows = decoder.Table.Plus(decoder.Input.Bias);
        OnnxValue x = graph.Transpose(graph.Gather(graph.Constant(rows), tokens), 0, 3, 1, 2);
        for (int group = 0; group < decoder.Groups.Length; group++)
        {
            x = Blocks(graph, x, decoder.Groups[group]);
            x = group < decoder.Groups.Length - 1 ? graph.UpsampleNearest(x, 2) : x;
        }

        // Only the three means are needed, not the three scales.
        x = graph.Conv(graph.Relu(x), graph.Constant(decoder.Output.Weight.narrow(0, 0, 3)), graph.Constant(decoder.Output.Bias.narrow(0, 0, 3)), kernel: 1);
        x = graph.Div(graph.Sub(graph.Sigmoid(x), graph.Scalar((float)PixelOffset)), graph.Scalar((float)PixelRange));
        return graph.Mul(graph.Clip(x, 0, 1), graph.Scalar(255));
    }

    private static OnnxValue Blocks(OnnxGraph graph, OnnxValue x, DalleBlock[] blocks)
    {
        foreach (DalleBlock block in blocks)
        {
            OnnxValue residual = x;
            foreach (DalleConvolution convolution in block.Convolutions)
            {
                residual = Conv(graph, graph.Relu(residual), convolution, convolution == block.Convolutions[^1] ? block.Gain : 1);
            }

            OnnxValue straight = block.IdentityPath is { } path ? Conv(graph, x, path) : x;
            x = graph.Add(straight, residual);
        }

        return x;
    }

    /// <summary>The convolution, times a gain that goes into its weights.</summary>
    private static OnnxValue Conv(OnnxGraph graph, OnnxValue x, DalleConvolution layer, double gain = 1)
    {
        Tensor factor = tensor((float)gain);
        return graph.Conv(x, graph.Constant(layer.Weight * factor), graph.Constant(layer.Bias * factor), layer.Kernel, padding: layer.Kernel / 2);
    }

    /// <summary>The token with the largest logit, the lowest of equal ones: chunk by chunk, keeping the largest so far.</summary>
    private static OnnxValue LargestLogit(OnnxGraph graph, OnnxValue x, DalleConvolution output)
    {
        // [B, h, w, C] × [C, chunk]: the logits of one place lie together, as the search for the largest likes them.
        x = graph.Transpose(x, 0, 2, 3, 1);
        Tensor weight = output.Weight.flatten(1).t();
        long vocabulary = weight.shape[1];
        OnnxValue best = OnnxValue.None, tokens = OnnxValue.None;
        for (long first = 0; first < vocabulary; first += Chunk)
        {
            long count = Math.Min(Chunk, vocabulary - first);
            OnnxValue logits = graph.Add(graph.MatMul(x, graph.Constant(weight.narrow(1, first, count))), graph.Constant(output.Bias.narrow(0, first, count)));
            OnnxValue value = graph.Add("ReduceMax", [logits], ("axes", new[] { 3L }), ("keepdims", 0L));
            OnnxValue token = graph.ArgMax(logits, axis: 3);
            if (first > 0)
            {
                token = graph.Add(token, graph.Constant([first]));
                OnnxValue better = graph.Add("Greater", [value, best]);
                token = graph.Add("Where", [better, token, tokens]);
                value = graph.Add("Where", [better, value, best]);
            }

            (best, tokens) = (value, token);
        }

        return tokens;
    }
}
