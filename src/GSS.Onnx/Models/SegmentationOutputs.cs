namespace GSS.Onnx;

/// <summary>What a prediction gives beside the label map. Nothing is computed that was not asked for.</summary>
[Flags]
public enum SegmentationOutputs
{
    /// <summary>The label map alone.</summary>
    Labels = 0,

    /// <summary>The maskige as well.</summary>
    Maskige = 1,

    /// <summary>The probability of the predicted token at every pixel as well.</summary>
    Confidence = 2,
}
