using GSS.Core;

namespace GSS.Onnx;

/// <summary>A model that tells for each pixel of a picture how much speaks for each class, in numbers that may be added up over windows and views.</summary>
internal interface IPixelScores
{
    /// <summary>K.</summary>
    int ClassCount { get; }

    /// <summary>What a run needs at least, in bytes for each pixel of the picture.</summary>
    long BytesPerPixel { get; }

    /// <summary>Scores a picture as it is.</summary>
    /// <param name="picture">At the size at which the network sees it.</param>
    /// <param name="byConfidence">Whether a vote counts as much as the model is sure of it, where it tells; scores always count as they are.</param>
    /// <param name="add">Takes a class and <c>[H, W]</c>, for each class that has any score; in order.</param>
    void Score(RgbImage picture, bool byConfidence, Action<int, ReadOnlySpan<float>> add);
}
