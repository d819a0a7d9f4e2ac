using System.Globalization;
using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// Writes a tokenizer's two halves, for any B, H and W. Maskiges are RGB in 0..255 here, against 0..1 in <see cref="TokenizerNetwork"/>:
/// <c>encoder.onnx</c>: <c>maskige</c> float <c>[B, 3, H, W]</c> to <c>tokens</c> int64 <c>[B, ceil(H / stride), ceil(W / stride)]</c>;
/// <c>decoder.onnx</c>: <c>tokens</c> int64 <c>[B, h, w]</c> to <c>maskige</c> float <c>[B, 3, h × stride × scale, w × stride × scale]</c>, with the
/// tokenizer's <see cref="TokenizerNetwork.MaskigeScale"/>.
/// </summary>
internal static class TokenizerExport
{
    /// <summary>The bytes of <c>encoder.onnx</c>.</summary>
    /// <exception cref="NotSupportedException">The tokenizer has no ONNX form.</exception>
    public static byte[] EncoderToBytes(TokenizerNetwork tokenizer)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        var graph = new OnnxGraph("encoder");
        OnnxValue maskige = graph.PadToMultiple(graph.Input("maskige", OnnxType.Float, "batch", 3, "height", "width"), tokenizer.Stride);
        OnnxValue tokens = tokenizer switch
        {
            CompactVqVae network => CompactExport.Encode(graph, network, maskige),
            DalleDVae network => DalleExport.Encode(graph, network, maskige),
            _ => throw Unsupported(tokenizer),
        };
        Note(graph, tokenizer is DalleDVae dalle ? DalleExport.BytesPerPixel(dalle) : CompactExport.EncoderBytesPerPixel);
        graph.Output(tokens, "tokens", OnnxType.Int64, "batch", "rows", "columns");
        return graph.ToBytes();
    }

    /// <summary>The bytes of <c>decoder.onnx</c>.</summary>
    /// <param name="tokenizer">Whose decoder.</param>
    /// <param name="inverse">X⁻¹ where it is a network: the model then also gives <c>scores</c> float <c>[B, K, h × stride, w × stride]</c>. Null leaves X⁻¹, the nearest colour, to who runs the model.</param>
    /// <exception cref="NotSupportedException">The tokenizer or X⁻¹ has no ONNX form.</exception>
    public static byte[] DecoderToBytes(TokenizerNetwork tokenizer, InverseNetwork? inverse = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        var graph = new OnnxGraph("decoder");
        OnnxValue tokens = graph.Input("tokens", OnnxType.Int64, "batch", "rows", "columns");
        OnnxValue maskige = tokenizer switch
        {
            CompactVqVae network => CompactExport.Decode(graph, network, tokens),
            DalleDVae network => DalleExport.Decode(graph, network, tokens),
            _ => throw Unsupported(tokenizer),
        };
        graph.Output(maskige, "maskige", OnnxType.Float, "batch", 3, "height", "width");
        long bytes = tokenizer is DalleDVae dalle ? DalleExport.BytesPerPixel(dalle) : CompactExport.DecoderBytesPerPixel;
        if (inverse is not null)
        {
            bytes += InverseExport.BytesPerPixel(inverse) * tokenizer.MaskigeScale * tokenizer.MaskigeScale;
            OnnxValue scores = InverseExport.Scores(graph, inverse, maskige);

            // Bilinear at exactly half the size is the mean of four (reference).
            scores = tokenizer.MaskigeScale == 1 ? scores : graph.AveragePool(scores, tokenizer.MaskigeScale);
            graph.Output(scores, OnnxParts.Scores, OnnxType.Float, "batch", inverse.ClassCount, "rows_of_pixels", "columns_of_pixels");
        }

        Note(graph, bytes);
        return graph.ToBytes();
    }

    private static void Note(OnnxGraph graph, long bytesPerPixel) =>
        graph.Metadata(OnnxParts.BytesPerPixel, bytesPerPixel.ToString(CultureInfo.InvariantCulture));

    private static NotSupportedException Unsupported(TokenizerNetwork tokenizer) =>
        new($"The tokenizer '{tokenizer.Name}' cannot be written as ONNX: choose one of {nameof(Tokenizers)}.");
}
