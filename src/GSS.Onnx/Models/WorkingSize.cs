namespace GSS.Onnx;

/// <summary>The size at which the network sees an image.</summary>
internal static class WorkingSize
{
    /// <summary>The image's own size, or, with a short side given, the size with that short side and the same proportions (the long side rounded to whole pixels).</summary>
    public static (int Width, int Height) Of(int width, int height, int? shortSide)
    {
        if (shortSide is not { } side || Math.Min(width, height) == side)
        {
            return (width, height);
        }

        int longSide = (int)Math.Round((double)Math.Max(width, height) * side / Math.Min(width, height), MidpointRounding.AwayFromZero);
        return width < height ? (side, longSide) : (longSide, side);
    }

    /// <summary>How many tokens stand for so many pixels; the last one may reach beyond them.</summary>
    public static int TokenCount(int pixels, int stride) => (pixels + stride - 1) / stride;
}
