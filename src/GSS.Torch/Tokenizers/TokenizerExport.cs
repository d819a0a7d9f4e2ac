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
    public static byte[] EncoderToBytes(TokenizerNetwork tokenizer)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        var graph = new OnnxGraph("encoder");
        OnnxValue maskige = graph.PadToMultiple(graph.Input(OnnxParts.Maskige, OnnxType.Float, "batch", 3, "height", "width"), tokenizer.Stride);
        OnnxValue tokens = tokenizer.EncodeToOnnx(graph, maskige);
        Note(graph, tokenizer.EncoderBytesPerPixel);
        graph.Output(tokens, OnnxParts.Tokens, OnnxType.Int64, "batch", "rows", "columns");
        return graph.ToBytes();
    }

    /// <summary>The bytes of <c>decoder.onnx</c>.</summary>
    /// <param name="tokenizer">Whose decoder.</param>
    /// <param name="inverse">X⁻¹ where it is a network: the model then also gives <c>labels</c> uint8 <c>[B, h × stride, w × stride]</c>, the class of every pixel, and <c>scores</c> float <c>[B, K, h × stride, w × stride]</c>, which decided. Null leaves X⁻¹, the nearest colour, to the program that runs the model.</param>
    public static byte[] DecoderToBytes(TokenizerNetwork tokenizer, InverseNetwork? inverse = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        var graph = new OnnxGraph("decoder");
        OnnxValue tokens = graph.Input(OnnxParts.Tokens, OnnxType.Int64, "batch", "rows", "columns");
        OnnxValue maskige = tokenizer.DecodeToOnnx(graph, tokens);
        graph.Output(maskige, OnnxParts.Maskige, OnnxType.Float, "batch", 3, "height", "width");
        long bytes = tokenizer.DecoderBytesPerPixel;
        if (inverse is not null)
        {
            bytes += inverse.BytesPerPixel * tokenizer.MaskigeScale * tokenizer.MaskigeScale;
            OnnxValue scores = inverse.ToOnnx(graph, graph.Div(maskige, graph.Scalar(255)));

            // Bilinear at exactly half the size is the mean of four (reference).
            scores = tokenizer.MaskigeScale == 1 ? scores : graph.AveragePool(scores, tokenizer.MaskigeScale);
            graph.Output(graph.Cast(graph.ArgMax(scores, 1), OnnxType.UInt8), OnnxParts.Labels, OnnxType.UInt8, "batch", "rows_of_pixels", "columns_of_pixels");
            graph.Output(scores, OnnxParts.Scores, OnnxType.Float, "batch", inverse.ClassCount, "rows_of_pixels", "columns_of_pixels");
        }

        Note(graph, bytes);
        return graph.ToBytes();
    }

    private static void Note(OnnxGraph graph, long bytesPerPixel) =>
        graph.Metadata(OnnxParts.BytesPerPixel, bytesPerPixel.ToString(CultureInfo.InvariantCulture));
}
