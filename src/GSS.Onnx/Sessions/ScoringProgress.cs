namespace GSS.Onnx;

/// <summary>How far the scoring of one image is.</summary>
/// <param name="Done">The windows that were scored; 0 or more.</param>
/// <param name="Count">All windows of the image; 1 or more.</param>
public readonly record struct ScoringProgress(int Done, int Count)
{
    /// <summary>The share that is done, 0..1.</summary>
    public double Share => Count == 0 ? 0 : (double)Done / Count;
}
