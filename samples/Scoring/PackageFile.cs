using GSS.Core;
using GSS.ML;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Scoring;

/// <summary>The model package in a file, whichever of the two kinds of file it is.</summary>
internal static class PackageFile
{
    /// <summary>Reads an ML.NET model (<c>.zip</c>) or a model package (<c>.gss</c>).</summary>
    /// <exception cref="SegmentationModelException">The file is damaged, or has no one model of GSS.ML.</exception>
    public static SegmentationModelPackage Read(string path) =>
        Path.GetExtension(path).Equals(".gss", StringComparison.OrdinalIgnoreCase) ? SegmentationModelPackage.Load(path) : ReadZip(path);

    private static SegmentationModelPackage ReadZip(string path)
    {
        ITransformer loaded = new MLContext().Segmentation().Load(path, out _);
        using (loaded as IDisposable)
        {
            ITransformer[] parts = loaded is IEnumerable<ITransformer> chain ? [.. chain] : [loaded];

            // Photographs are not read by the chain here, so what loads them in it is not needed; what changes them would be missing.
            return parts is [.. var before, SegmentationTransformer model] && before.All(part => part is ImageLoadingTransformer or LabelMapLoadingTransformer)
                ? model.Package
                : throw new SegmentationModelException($"The model '{path}' is {string.Join(", ", parts.Select(part => part.GetType().Name))}, expected a segmentation model, with nothing but loading of images before it: save the trained transformer alone.");
        }
    }
}
