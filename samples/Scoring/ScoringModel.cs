using GSS.Core;
using GSS.Onnx;

namespace Scoring;

/// <summary>Opens the model. What changes its predictions is told here and in <see cref="ScoringRecord"/>, and nowhere else.</summary>
internal static class ScoringModel
{
    /// <summary>Opens the model as the settings say.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="quantize">Gives the model in int8, where that is asked for.</param>
    /// <exception cref="SegmentationModelException">The file is damaged, or has no one model of GSS.ML.</exception>
    /// <exception cref="ArgumentException">The model cannot be scored so.</exception>
    public static SegmentationModel Open(ScoringSettings settings, Func<SegmentationModelPackage, SegmentationModelPackage> quantize)
    {
        SegmentationModelPackage package = PackageFile.Read(settings.Model);
        if (settings.Window is not null && package.Manifest.Method == SegmentationMethod.PerPixel)
        {
            throw new ArgumentException($"The model '{settings.Model}' is a per-pixel one, which cannot be scored in windows: leave --window out.");
        }

        return new SegmentationModel(settings.Int8 ? quantize(package) : package, new ScoringOptions
        {
            ThreadCount = settings.Threads,

            // Windows overlap by a third, as the reference's do.
            Window = settings.Window is { } side ? new SlidingWindow(side, Math.Max(1, side * 2 / 3)) : null,
        });
    }
}
