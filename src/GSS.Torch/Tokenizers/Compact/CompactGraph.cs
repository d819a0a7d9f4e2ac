using GSS.Core;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>The compact encoder and decoder as ONNX operators, without what quantises between them.</summary>
internal static class CompactGraph
{
    private const int PixelStride = CompactVqVae.PixelStride;

    /// <summary>RGB in 0..255, <c>[B, 3, 4h, 4w]</c>, to what the network gives before quantisation, <c>[B, D, h, w]</c>.</summary>
    public static OnnxValue Encode(OnnxGraph graph, CompactEncoder encoder, OnnxValue maskige)
    {
        OnnxValue x = graph.Sub(graph.Mul(maskige, graph.Scalar(2f / 255)), graph.Scalar(1));
        x = graph.Conv(graph.PixelUnshuffle(x, 3, PixelStride), encoder.Input);
        x = Context(graph, encoder.Context, Block(graph, encoder.Block, x));
        return graph.Conv(graph.Relu(x), encoder.Output);
    }

    /// <summary>Codes <c>[B, D, h, w]</c> to RGB in 0..255, <c>[B, 3, 4h, 4w]</c>.</summary>
    public static OnnxValue Decode(OnnxGraph graph, CompactDecoder decoder, OnnxValue codes)
    {
        OnnxValue x = Context(graph, decoder.Context, graph.Conv(codes, decoder.Input));
        x = graph.Relu(Block(graph, decoder.Block, x));
        return Mix(graph, decoder, x);
    }

    private static OnnxValue Block(OnnxGraph graph, PreActivationBlock block, OnnxValue input) =>
        graph.Add(input, graph.Conv(graph.Relu(graph.Conv(graph.Relu(input), block.First)), block.Second));

    private static OnnxValue Context(OnnxGraph graph, ContextBranch branch, OnnxValue input)
    {
        OnnxValue x = Block(graph, branch.Block, graph.Conv(graph.Relu(input), branch.Down));
        x = graph.UpsampleNearest(graph.Conv(graph.Relu(x), branch.Up), 2);

        // Half of an odd size is rounded up, so doubling it gives one row or column too many.
        x = graph.Slice(x, graph.Constant([0L]), graph.Shape(input, 2, 3), axis: 2);
        x = graph.Slice(x, graph.Constant([0L]), graph.Shape(input, 3, 4), axis: 3);
        return graph.Add(input, x);
    }

    /// <summary>
    /// The decoder's last step: each of a token's 16 pixels is a mixture of its token's own colours and the first colours of the eight tokens around it.
    /// All in 0..255: colours are scaled before they are mixed, where there are fewest of them.
    /// </summary>
    private static OnnxValue Mix(OnnxGraph graph, CompactDecoder decoder, OnnxValue x)
    {
        const int pixels = PixelStride * PixelStride;
        int candidates = decoder.CandidateCount;
        OnnxValue colors = graph.Mul(graph.Add(graph.Conv(x, decoder.Colors), graph.Scalar(0.5f)), graph.Scalar(255));
        OnnxValue batch = graph.Shape(x, 0, 1), rows = graph.Shape(x, 2, 3), columns = graph.Shape(x, 3, 4);
        OnnxValue Grid(params ReadOnlySpan<long> leading) => graph.Concat(0, batch, graph.Constant(leading), rows, columns);

        // The network's mixture is pixel-major, [16, candidates]; candidate-major, each candidate's logits are one block of memory. The softmax over
        // them is written out for the same reason: a softmax over an inner axis would be transposed there and back.
        Tensor weight = decoder.Mixture.weight.reshape(pixels, candidates, -1).transpose(0, 1).reshape(decoder.Mixture.weight.shape);
        Tensor bias = decoder.Mixture.bias!.reshape(pixels, candidates).t().reshape(-1);
        OnnxValue logits = graph.Conv(x, graph.Constant(weight), graph.Constant(bias), kernel: 1);
        var choices = new OnnxValue[candidates];
        for (int i = 0; i < candidates; i++)
        {
            choices[i] = graph.Slice(logits, graph.Constant([(long)i * pixels]), graph.Constant([(long)(i + 1) * pixels]), axis: 1);
        }

        OnnxValue largest = graph.Add("Max", choices);
        OnnxValue first = graph.Slice(colors, graph.Constant([0L]), graph.Constant([3L]), axis: 1);
        OnnxValue padded = graph.Add("Pad", [first, graph.Constant([0, 0, 1, 1, 0, 0, 1, 1])], ("mode", "edge"));
        OnnxValue? mixed = null;
        for (int i = 0; i < candidates; i++)
        {
            OnnxValue color = i < 9
                ? Shifted(graph, padded, i / 3, i % 3, rows, columns)
                : graph.Slice(colors, graph.Constant([3L * (i - 8)]), graph.Constant([3L * (i - 7)]), axis: 1);
            choices[i] = graph.Add("Exp", [graph.Sub(choices[i], largest)]);
            OnnxValue part = graph.Mul(graph.Reshape(color, Grid(3, 1)), graph.Reshape(choices[i], Grid(1, pixels)));
            mixed = mixed is { } sum ? graph.Add(sum, part) : part;
        }

        OnnxValue total = graph.Reshape(graph.Add("Sum", choices), Grid(1, pixels));
        return graph.DepthToSpace(graph.Reshape(graph.Div(mixed!.Value, total), Grid(3 * pixels)), PixelStride);
    }

    private static OnnxValue Shifted(OnnxGraph graph, OnnxValue padded, long down, long right, OnnxValue rows, OnnxValue columns)
    {
        OnnxValue top = graph.Constant([down]), left = graph.Constant([right]);
        OnnxValue x = graph.Slice(padded, top, graph.Add(rows, top), axis: 2);
        return graph.Slice(x, left, graph.Add(columns, left), axis: 3);
    }
}
