using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GSS.ML.Tests;

/// <summary>Models fitted on <see cref="TinyScenes"/> that give label maps alone, and what tests of scoring options ask of them.</summary>
internal static class ScoredScenes
{
    private static readonly Lazy<GenerativeSegmentationTransformer> s_model = new(() =>
        TinyScenes.Segmentation.Trainers.GenerativeSegmenter(TinyScenes.Options() with { MaskigeColumnName = null, ConfidenceColumnName = null, Epochs = 20 }).Fit(TinyScenes.Data));

    private static readonly Lazy<PerPixelSegmentationTransformer> s_perPixel = new(() => TinyScenes.Segmentation.Trainers.PerPixelSegmenter(new PerPixelSegmenter.Options
    {
        Encoder = TinyScenes.Encoder,
        Epochs = 6,
        BatchSize = 2,
        CropWidth = 32,
        CropHeight = 32,
        ConfidenceColumnName = "Confidence",
    }).Fit(TinyScenes.Data));

    /// <summary>Smaller than every scene.</summary>
    public static ScoringOptions Windows { get; } = new() { Window = new SlidingWindow(32, 12), ThreadCount = 1, LogitsMemory = 1 << 20 };

    /// <summary>Fitted once; nobody disposes it.</summary>
    public static GenerativeSegmentationTransformer Model => s_model.Value;

    /// <summary>Fitted once; nobody disposes it.</summary>
    public static PerPixelSegmentationTransformer PerPixel => s_perPixel.Value;

    /// <summary>What a model without ML.NET predicts for the scenes.</summary>
    public static LabelMap[] Expected(SegmentationModelPackage package, ScoringOptions? options)
    {
        using var model = new SegmentationModel(package, options);
        return [.. Enumerable.Range(0, TinyScenes.Count).Select(i => model.Predict(TinyScenes.Draw(i).Image).Labels)];
    }

    /// <summary>What a transformer predicts for the scenes in their files.</summary>
    public static List<LabelMap> Predicted(ITransformer model) => TinyScenes.Column<LabelMap>(model.Transform(TinyScenes.Data), "PredictedLabel");

    /// <summary>A context that asks for a GPU which is not there, and what it writes of a kind.</summary>
    public static (MLContext Context, List<string> Lines) ContextWithGpu(bool fallback)
    {
        (MLContext context, List<string> lines) = ContextWithLog(ChannelMessageKind.Warning);
        (context.GpuDeviceId, context.FallbackToCpu) = (0, fallback);
        return (context, lines);
    }

    /// <summary>A context and what it writes of a kind.</summary>
    public static (MLContext Context, List<string> Lines) ContextWithLog(ChannelMessageKind kind)
    {
        var context = new MLContext();
        var lines = new List<string>();
        context.Log += (_, e) => lines.AddRange(e.Kind == kind ? [e.RawMessage] : []);
        return (context, lines);
    }
}
