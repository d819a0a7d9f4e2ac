namespace GSS.Onnx;

/// <summary>How much a window counts at each of its pixels where windows overlap.</summary>
public enum WindowBlending
{
    /// <summary>Everywhere the same (reference: slide inference). Where two windows disagree on a pixel, the lower class gets it, unless the model has scores to tell.</summary>
    Flat,

    /// <summary>
    /// A raised cosine along each side, (1 - cos(2π (x + 0.5) / n)) / 2: most in the middle of the window, next to nothing, but not nothing, at its edge, where the network sees least
    /// of the surroundings. The borders of windows no longer show.
    /// </summary>
    Cosine,
}
