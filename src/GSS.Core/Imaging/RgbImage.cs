namespace GSS.Core;

/// <summary>A decoded photograph or maskige in memory: 8 bits a channel, RGB interleaved, rows from top to bottom without padding.</summary>
[TypeFormatterSource(typeof(RgbImageHtml))]
public sealed class RgbImage
{
    private readonly byte[] _pixels;

    /// <summary>Wraps pixels without copying them.</summary>
    /// <param name="width">Pixels a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels"><paramref name="width"/> × <paramref name="height"/> × 3 bytes, RGB interleaved.</param>
    /// <exception cref="ArgumentException">The size is not positive, or the number of bytes does not fit it.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.LongLength != 3L * width * height)
        {
            throw new ArgumentException($"An RGB image of {width}x{height} needs {3L * width * height} bytes, found {pixels.LongLength}.", nameof(pixels));
        }

        Width = width;
        Height = height;
        _pixels = pixels;
    }

    /// <summary>A black image.</summary>
    /// <param name="width">Pixels a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    public RgbImage(int width, int height)
        : this(width, height, new byte[3L * width * height])
    {
    }

    /// <summary>Pixels a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The pixels, RGB interleaved: pixel (x, y) begins at <c>3 * (y * Width + x)</c>.</summary>
    public Span<byte> Pixels => _pixels;

    /// <summary>The picture at another size, bilinear with PyTorch's half-pixel convention (<c>align_corners=false</c>), without smoothing when shrinking.</summary>
    /// <param name="width">New width, at least 1.</param>
    /// <param name="height">New height, at least 1.</param>
    public RgbImage Resize(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (width == Width && height == Height)
        {
            return this;
        }

        var resized = new RgbImage(width, height);
        BilinearResize.Resize(_pixels, Width, Height, 3, resized._pixels, width, height);
        return resized;
    }

    /// <summary>
    /// The picture at another size by nearest neighbour with centres aligned: source index = floor((target index + 0.5) × source size / target size), as label maps are resized.
    /// Keeps the exact colours of a maskige.
    /// </summary>
    /// <param name="width">New width, at least 1.</param>
    /// <param name="height">New height, at least 1.</param>
    public RgbImage ResizeNearest(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (width == Width && height == Height)
        {
            return this;
        }

        int[] columns = NearestAxis.Aligned(Width, width), rows = NearestAxis.Aligned(Height, height);
        var resized = new RgbImage(width, height);
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> source = _pixels.AsSpan(3 * rows[y] * Width, 3 * Width);
            Span<byte> target = resized._pixels.AsSpan(3 * y * width, 3 * width);
            for (int x = 0; x < width; x++)
            {
                source.Slice(3 * columns[x], 3).CopyTo(target[(3 * x)..]);
            }
        }

        return resized;
    }

    /// <inheritdoc/>
    public override string ToString() => $"RgbImage {Width}x{Height}";
}
