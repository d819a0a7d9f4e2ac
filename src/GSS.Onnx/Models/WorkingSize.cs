namespace GSS.Onnx;

/// <summary>The size at which the network sees an image.</summary>
internal static class WorkingSize
{
    /// <summary>The longest side that resizing to a short side may give. A strip of 4000 × 2 pixels would become one of 192,000 × 96.</summary>
    public const int LongestSide = 16384;

    // 3 × 4 bytes a pixel of the network's input must stay below 2 GiB.
    private const long MostPixels = int.MaxValue / 12;

    // Networks need some 200 to 1000 bytes a pixel; what is below the least of it in all of the machine cannot work.
    public const long LeastBytesPerPixel = 200;
    private const long AlwaysTried = 4 << 20;

    /// <summary>The image's own size, or, with a short side given, the size with that short side and the same proportions (the long side rounded to whole pixels).</summary>
    public static (int Width, int Height) Of(int width, int height, int? shortSide)
    {
        if (shortSide is not { } side || Math.Min(width, height) == side)
        {
            return (width, height);
        }

        int longSide = (int)Math.Min(int.MaxValue, Math.Round((double)Math.Max(width, height) * side / Math.Min(width, height), MidpointRounding.AwayFromZero));
        return width < height ? (side, longSide) : (longSide, side);
    }

    /// <summary>As <see cref="Of"/>, for an image that is to be predicted.</summary>
    /// <exception cref="ArgumentException">The long side would be above <see cref="LongestSide"/>.</exception>
    public static (int Width, int Height) Require(int width, int height, int? shortSide)
    {
        (int Width, int Height) size = Of(width, height, shortSide);
        return shortSide is null || Math.Max(size.Width, size.Height) <= LongestSide || size == (width, height) ? size : throw new ArgumentException(
            $"Found an image of {width}x{height}, which the short side of {shortSide} that the model works at makes {size.Width}x{size.Height}, expected no side above {LongestSide}: "
            + "crop the image to a less narrow one, or train with a smaller ShortSide.");
    }

    /// <summary>An image that is predicted in one piece must fit into memory.</summary>
    /// <exception cref="ArgumentException">It cannot fit.</exception>
    public static void RequireMemory(int width, int height)
    {
        long pixels = (long)width * height, memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (pixels > MostPixels || (pixels > AlwaysTried && pixels * LeastBytesPerPixel > memory))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Found {width}x{height} ({pixels / 1e6:F0} megapixels) to predict in one piece, which needs {pixels * LeastBytesPerPixel / 1e9:F1} GB at least, expected at most {Math.Min(MostPixels, memory / LeastBytesPerPixel) / 1e6:F0} megapixels on this machine with {memory / 1e9:F1} GB: ")
                + $"resize the image, score it in windows ({nameof(ScoringOptions)}.{nameof(ScoringOptions.Window)}), or train with a ShortSide.");
        }
    }

    /// <summary>How many tokens stand for so many pixels; the last one may reach beyond them.</summary>
    public static int TokenCount(int pixels, int stride) => (pixels + stride - 1) / stride;
}
