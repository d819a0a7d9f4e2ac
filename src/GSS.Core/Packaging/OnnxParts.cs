namespace GSS.Core;

/// <summary>What the ONNX parts of a model package call things, where both who writes and who runs them must know it.</summary>
internal static class OnnxParts
{
    /// <summary>
    /// An optional output of <c>prior.onnx</c>: scores of the tokens, float <c>[B, V, h, w]</c>, the largest of which decides where it is not simply the largest logit.
    /// An optional output of <c>decoder.onnx</c>: class scores, float <c>[B, K, h × stride, w × stride]</c>, where X⁻¹ is a network. Without it, X⁻¹ is the
    /// nearest colour of the maskige.
    /// </summary>
    public const string Scores = "scores";

    /// <summary>A note in the metadata of <c>encoder.onnx</c> and <c>decoder.onnx</c>: the bytes that a run needs for each pixel of the label map, by which scoring sizes its batches.</summary>
    public const string BytesPerPixel = "gss.bytes_per_pixel";
}
