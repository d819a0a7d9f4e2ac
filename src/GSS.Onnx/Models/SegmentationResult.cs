using GSS.Core;

namespace GSS.Onnx;

/// <summary>What a model predicts for one image, at the size of that image.</summary>
public sealed class SegmentationResult
{
    internal SegmentationResult(LabelMap labels, RgbImage? maskige, float[]? confidence)
    {
        Labels = labels;
        Maskige = maskige;
        Confidence = confidence;
    }

    /// <summary>The class of every pixel, 0..K-1; a prediction has no void.</summary>
    public LabelMap Labels { get; }

    /// <summary>The maskige that was decoded, before each pixel was given the class of the nearest palette colour; null unless asked for.</summary>
    public RgbImage? Maskige { get; }

    /// <summary>
    /// <c>[H × W]</c>, rows from top to bottom: the softmax probability, 0..1, of the token that the pixel was decoded from; null unless asked for.
    /// One number for each token, repeated over its pixels.
    /// </summary>
    public float[]? Confidence { get; }
}
