namespace GSS.Core;

/// <summary>What the ONNX parts of a model package call things, where the code that writes them and the code that runs them must agree.</summary>
internal static class OnnxParts
{
    /// <summary>The photograph: float <c>[B, 3, H, W]</c>, RGB in 0..255. Input of <c>prior.onnx</c> and <c>segmenter.onnx</c>.</summary>
    public const string Image = "image";

    /// <summary>The chosen tokens: int64 <c>[B, h, w]</c>. Output of <c>prior.onnx</c> and <c>encoder.onnx</c>, input of <c>decoder.onnx</c>.</summary>
    public const string Tokens = "tokens";

    /// <summary>The maskige: float <c>[B, 3, H, W]</c>, RGB in 0..255. Output of <c>decoder.onnx</c>, input of <c>encoder.onnx</c>.</summary>
    public const string Maskige = "maskige";

    /// <summary>Class ids: uint8 <c>[B, H, W]</c>. Output of <c>segmenter.onnx</c>, and of <c>decoder.onnx</c> where X⁻¹ is a network; without it, X⁻¹ is the nearest colour of the maskige.</summary>
    public const string Labels = "labels";

    /// <summary>An output of <c>prior.onnx</c> and <c>segmenter.onnx</c>: the softmax probability of what was chosen, float, in the shape of the tokens or labels. Empty where not asked for.</summary>
    public const string Confidence = "confidence";

    /// <summary>An input of <c>prior.onnx</c> and <c>segmenter.onnx</c>: whether <see cref="Confidence"/> is asked for, bool without dimensions.</summary>
    public const string WithConfidence = "with_confidence";

    /// <summary>
    /// An output of <c>decoder.onnx</c> beside <see cref="Labels"/>: class scores, float <c>[B, K, h × stride, w × stride]</c>, the largest of which decides; sliding windows add them.
    /// In format 1 <c>prior.onnx</c> may have it too: scores of the tokens, float <c>[B, V, h, w]</c>, the largest of which decides where it is not simply the largest logit.
    /// </summary>
    public const string Scores = "scores";

    /// <summary>The output of <c>prior.onnx</c> in format 1: float <c>[B, V, h, w]</c>.</summary>
    public const string Logits = "logits";

    /// <summary>A note in the metadata of <c>encoder.onnx</c>, <c>decoder.onnx</c> and <c>segmenter.onnx</c>: the bytes that a run needs for each pixel of the label map, by which scoring sizes its batches.</summary>
    public const string BytesPerPixel = "gss.bytes_per_pixel";

    /// <summary>A note in the metadata of <c>prior.onnx</c>: V.</summary>
    public const string VocabularySize = "gss.vocabulary_size";
}
