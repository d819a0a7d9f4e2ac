using GSS.Core;

namespace GSS.ML;

/// <summary>Samples at a short side: photographs bilinear, label maps by nearest neighbour, as scoring will resize the photographs.</summary>
internal sealed class ResizedSamples(ISegmentationSamples samples, int shortSide) : ISegmentationSamples
{
    public int Count => samples.Count;

    public string Describe(int index) => samples.Describe(index);

    public (RgbImage Image, LabelMap Labels) Read(int index)
    {
        (RgbImage image, LabelMap labels) = samples.Read(index);
        (int width, int height) = SizeOf(image.Width, image.Height, shortSide);
        return (image.Resize(width, height), labels.Resize(width, height));
    }

    /// <summary>The size with the given short side and the same proportions, the long side rounded to whole pixels.</summary>
    public static (int Width, int Height) SizeOf(int width, int height, int shortSide)
    {
        int longSide = (int)Math.Round((double)Math.Max(width, height) * shortSide / Math.Min(width, height), MidpointRounding.AwayFromZero);
        return width < height ? (shortSide, longSide) : (longSide, shortSide);
    }
}
