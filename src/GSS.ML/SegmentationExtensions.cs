using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GSS.ML;

/// <summary>Where semantic segmentation begins: <c>mlContext.Segmentation()</c>.</summary>
public static class SegmentationExtensions
{
    /// <summary>Semantic segmentation: loading data, trainers, transforms, evaluation.</summary>
    /// <param name="mlContext">
    /// The context whose log the trainers write to. Its <see cref="MLContext.GpuDeviceId"/> holds for no segmentation model: transformers score on the CPU, which a warning in the log says,
    /// or, where <see cref="MLContext.FallbackToCpu"/> is false, an exception. <see cref="GSS.Onnx.SegmentationModel"/> scores on a GPU.
    /// </param>
    /// <exception cref="NotSupportedException">The context asks for a GPU and allows no CPU in its place.</exception>
    public static SegmentationCatalog Segmentation(this MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        if (mlContext.GpuDeviceId is { } device)
        {
            ScoreOnCpu(mlContext, device);
        }

        return new SegmentationCatalog(mlContext);
    }

    private static void ScoreOnCpu(MLContext context, int device)
    {
        string found = $"Found {nameof(MLContext)}.{nameof(MLContext.GpuDeviceId)} {device}, but segmentation models of ML.NET pipelines score on the CPU";
        const string Gpu = "score with SegmentationModel of GSS.Onnx and ScoringOptions.GpuDeviceId to use the GPU";
        if (!context.FallbackToCpu)
        {
            throw new NotSupportedException($"{found}, which {nameof(MLContext.FallbackToCpu)} = false forbids: {Gpu}, or give segmentation an {nameof(MLContext)} of its own without {nameof(MLContext.GpuDeviceId)}.");
        }

        using IChannel channel = ((IHostEnvironment)context).Register("Segmentation").Start("Scoring");
        channel.Warning(MessageSensitivity.None, $"{found}: {Gpu}.");
    }
}
