using GSS.Core;
using GSS.ML;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;

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
        SegmentationModelPackage package = Path.GetExtension(settings.Model).Equals(".gss", StringComparison.OrdinalIgnoreCase)
            ? SegmentationModelPackage.Load(settings.Model)
            : ReadZip(settings.Model);
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

    private static SegmentationModelPackage ReadZip(string path)
    {
        ITransformer loaded = new MLContext().Segmentation().Load(path, out _);
        using (loaded as IDisposable)
        {
            ITransformer[] parts = loaded is IEnumerable<ITransformer> chain ? [.. chain] : [loaded];

            // Photographs are read from files here, so what loads them in the chain is not needed; what changes them would be missing.
            return parts is [.. var before, SegmentationTransformer model] && before.All(part => part is ImageLoadingTransformer or LabelMapLoadingTransformer)
                ? model.Package
                : throw new SegmentationModelException($"The model '{path}' is {string.Join(", ", parts.Select(part => part.GetType().Name))}, expected a segmentation model, with nothing but loading of images before it: save the trained transformer alone.");
        }
    }
}
