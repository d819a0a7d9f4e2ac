using Microsoft.ML;

namespace GSS.ML;

/// <summary>Where semantic segmentation begins: <c>mlContext.Segmentation()</c>.</summary>
public static class SegmentationExtensions
{
    /// <summary>Semantic segmentation: loading data, trainers, transforms, evaluation.</summary>
    /// <param name="mlContext">
    /// The context whose log the trainers write to. Its <see cref="MLContext.GpuDeviceId"/> is where models score that are trained, made or loaded in it afterwards, also by
    /// <c>mlContext.Model.Load</c>; null, the default, is the CPU. Where that CUDA device cannot be used, this is an <see cref="InvalidOperationException"/> (inside a <c>TargetInvocationException</c> from <c>mlContext.Model.Load</c>), or, where
    /// <see cref="MLContext.FallbackToCpu"/> is true, a warning in the log, and the CPU scores. Training has a device of its own (<c>Options.Device</c>).
    /// </param>
    public static SegmentationCatalog Segmentation(this MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        return new SegmentationCatalog(mlContext);
    }
}
