using System.Globalization;

namespace GSS.Onnx;

/// <summary>What <see cref="SegmentationModel.ExportToOnnx"/> wrote, and how the file compares with our own scoring.</summary>
public sealed class OnnxExportResult
{
    internal OnnxExportResult(string path, string? weightsPath, long bytes, int images, long pixels, long equalPixels, double? largestConfidenceDifference) =>
        (Path, WeightsPath, Bytes, ComparedImages, ComparedPixels, EqualPixels, LargestConfidenceDifference) = (path, weightsPath, bytes, images, pixels, equalPixels, largestConfidenceDifference);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The file beside it that holds its weights (<see cref="OnnxExportOptions.ExternalData"/>); null where it holds them itself. It must lie in the same folder and keep its name.</summary>
    public string? WeightsPath { get; }

    /// <summary>Its size in bytes, with that of <see cref="WeightsPath"/>.</summary>
    public long Bytes { get; }

    /// <summary>How many images were scored both ways; 0 where none was given.</summary>
    public int ComparedImages { get; }

    /// <summary>Their pixels.</summary>
    public long ComparedPixels { get; }

    /// <summary>Pixels that have the same class both ways.</summary>
    public long EqualPixels { get; }

    /// <summary>The share of pixels with the same class, 0..1; not a number where nothing was compared.</summary>
    public double EqualShare => (double)EqualPixels / ComparedPixels;

    /// <summary>The largest difference of the confidence of any pixel, 0..1; null where the file gives none or nothing was compared.</summary>
    public double? LargestConfidenceDifference { get; }

    /// <summary>One line: file, size and the comparison.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Path}{(WeightsPath is null ? "" : $" and {System.IO.Path.GetFileName(WeightsPath)}")}, {Bytes / 1e6:F1} MB")
        + (ComparedImages == 0 ? ", not compared with our own scoring: give images"
            : string.Create(CultureInfo.InvariantCulture, $", {100 * EqualShare:F4} % of {ComparedPixels} pixels of {ComparedImages} images as in our own scoring")
                + (LargestConfidenceDifference is { } difference ? string.Create(CultureInfo.InvariantCulture, $", confidence differs by {difference:E1} at most") : ""));
}
