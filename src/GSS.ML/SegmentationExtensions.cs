using Microsoft.ML;

namespace GSS.ML;

/// <summary>Where semantic segmentation begins: <c>mlContext.Segmentation()</c>.</summary>
public static class SegmentationExtensions
{
    /// <summary>Semantic segmentation: loading data, trainers, transforms, evaluation.</summary>
    /// <param name="mlContext">The context whose log the trainers write to.</param>
    public static SegmentationCatalog Segmentation(this MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        return new SegmentationCatalog(mlContext);
    }
}
