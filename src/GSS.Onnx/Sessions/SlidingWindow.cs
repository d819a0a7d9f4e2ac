namespace GSS.Onnx;

/// <summary>
/// Large images are scored in overlapping square windows, and every pixel gets the class with the largest sum of scores over the windows that saw it (reference: slide
/// inference; 768 and 512 for Cityscapes and MSeg). Networks trained on small crops see windows as they saw crops; it costs as much as the windows' area.
/// With a stride that is a multiple of 32, the coarsest stride of the encoders, all windows but the last of a row and of a column lie on the grid on which one window over all would see the image;
/// elsewhere some three pixels in a hundred get another class than there (CamVid, 1200x1200).
/// </summary>
/// <param name="Size">Side of a window in pixels, at least 32. Smaller images are scored whole.</param>
/// <param name="Stride">Pixels from one window to the next, 1 to <paramref name="Size"/>.</param>
/// <param name="Blending">How much a window counts at each of its pixels; <see cref="WindowBlending.Flat"/> for figures that are compared with the reference's.</param>
public sealed record SlidingWindow(int Size = 768, int Stride = 512, WindowBlending Blending = WindowBlending.Cosine)
{
    /// <summary>How much a window counts along a side of it, above 0 and at most 1; null where it counts 1 everywhere.</summary>
    internal float[]? Weights(int length)
    {
        if (Blending == WindowBlending.Flat)
        {
            return null;
        }

        // Made from both ends, so that mirrored windows count exactly the same.
        float[] weights = new float[length];
        for (int x = 0; 2 * x < length; x++)
        {
            weights[x] = weights[length - 1 - x] = (float)((1 - Math.Cos(2 * Math.PI * (x + 0.5) / length)) / 2);
        }

        return weights;
    }

    /// <summary>The windows of an image, row by row; those at the right and bottom edge are moved back inside.</summary>
    internal IEnumerable<(int Left, int Top, int Width, int Height)> Boxes(int width, int height)
    {
        (int windowWidth, int windowHeight) = (Math.Min(Size, width), Math.Min(Size, height));
        for (int row = 0; row < Count(height); row++)
        {
            for (int column = 0; column < Count(width); column++)
            {
                yield return (Math.Min(column * Stride, width - windowWidth), Math.Min(row * Stride, height - windowHeight), windowWidth, windowHeight);
            }
        }
    }

    /// <summary>What cannot be used, each as a clause.</summary>
    internal IEnumerable<string> Faults()
    {
        if (Size < 32)
        {
            yield return $"the {nameof(Size)} of the window is {Size}, expected 32 or more";
        }

        if (Stride < 1 || Stride > Math.Max(1, Size))
        {
            yield return $"the {nameof(Stride)} of the window is {Stride}, expected 1 to its size, {Size}";
        }

        if (!Enum.IsDefined(Blending))
        {
            yield return $"the {nameof(Blending)} of the window is {Blending}, expected {string.Join(" or ", Enum.GetNames<WindowBlending>())}";
        }
    }

    private int Count(int length) => (Math.Max(length - Size + Stride - 1, 0) / Stride) + 1;
}
