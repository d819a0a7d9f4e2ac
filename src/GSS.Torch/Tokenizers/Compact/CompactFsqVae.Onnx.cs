using GSS.Core;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <content>The two halves in ONNX.</content>
internal sealed partial class CompactFsqVae
{
    internal override long EncoderBytesPerPixel => 480;

    internal override long DecoderBytesPerPixel => 240;

    internal override OnnxValue EncodeToOnnx(OnnxGraph graph, OnnxValue maskige) => Quantizer.TokensToOnnx(graph, CompactGraph.Encode(graph, Encoder.Free, maskige));

    internal override OnnxValue DecodeToOnnx(OnnxGraph graph, OnnxValue tokens) =>
        CompactGraph.Decode(graph, Decoder, graph.Transpose(graph.Gather(graph.Constant(Codes), tokens), 0, 3, 1, 2));
}
