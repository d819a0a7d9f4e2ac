using GSS.Core;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <content>The two halves in ONNX.</content>
internal sealed partial class CompactVqVae
{
    internal override long EncoderBytesPerPixel => 480;

    internal override long DecoderBytesPerPixel => 240;

    internal override OnnxValue EncodeToOnnx(OnnxGraph graph, OnnxValue maskige) => Nearest(graph, Quantizer, CompactGraph.Encode(graph, Encoder, maskige));

    internal override OnnxValue DecodeToOnnx(OnnxGraph graph, OnnxValue tokens) =>
        CompactGraph.Decode(graph, Decoder, graph.Transpose(graph.Gather(graph.Constant(Quantizer.Codebook), tokens), 0, 3, 1, 2));

    /// <summary>Codes <c>[B, D, h, w]</c> to the index of the nearest codebook row: a 1×1 convolution gives 2 x·c - |c|² for every row c.</summary>
    private static OnnxValue Nearest(OnnxGraph graph, VectorQuantizer quantizer, OnnxValue codes)
    {
        Tensor codebook = quantizer.Codebook;
        Tensor weight = (codebook * Constant.Of(2)).reshape(codebook.shape[0], codebook.shape[1], 1, 1);
        Tensor bias = codebook.square().sum(1).neg();
        return graph.ArgMax(graph.Conv(codes, graph.Constant(weight), graph.Constant(bias), kernel: 1), axis: 1);
    }
}
