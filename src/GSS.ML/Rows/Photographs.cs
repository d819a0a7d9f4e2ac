using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>A row of ours that can give photographs as they were decoded, without the way through an <c>MLImage</c> and back.</summary>
internal interface IPhotographRow
{
    /// <summary>A function that gives the current row's photograph and its path, or null where the column comes from somewhere else.</summary>
    /// <param name="column">A column of images that is asked for.</param>
    Func<Photograph>? FindPhotographs(DataViewSchema.Column column);
}

/// <summary>A decoded photograph, which nobody writes to, and the path that an <c>MLImage</c> of it carries as its tag.</summary>
internal readonly record struct Photograph(RgbImage Pixels, string? Path)
{
    /// <summary>A new image for each call; the one before is disposed, as ML.NET's own transformers do.</summary>
    public static ValueGetter<MLImage> Getter(Func<Photograph> current) => (ref MLImage image) =>
    {
        (RgbImage pixels, string? path) = current();
        image?.Dispose();
        image = MLImages.FromRgb(pixels);
        image.Tag = path;
    };
}
