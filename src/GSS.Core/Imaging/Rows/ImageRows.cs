using SkiaSharp;

namespace GSS.Core;

/// <summary>A photograph that is read row by row from top to bottom, upright: for pictures that are too large to lie in memory several times.</summary>
internal abstract class ImageRows(int width, int height) : IDisposable
{
    /// <summary>Pixels a row.</summary>
    public int Width { get; } = width;

    /// <summary>Rows.</summary>
    public int Height { get; } = height;

    /// <summary>The bytes that reading holds in memory at most; known before the first row is read.</summary>
    public abstract long HeldBytes { get; }

    /// <summary>Opens a photograph: JPEG, PNG and TIFF are read by rows where the file allows it, what <see cref="ImageReader"/> reads besides as a whole.</summary>
    /// <param name="path">An image file. No pixel of it is read yet.</param>
    /// <exception cref="SegmentationDataException">The file is missing, damaged, or no image.</exception>
    public static ImageRows Open(string path)
    {
        Stream stream = FileBytes.OpenRead(path, "Photograph");
        ImageRows? rows = null;
        try
        {
            Span<byte> start = stackalloc byte[PngReader.HeaderLength];
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            stream.Position = 0;
            return rows = TiffRows.Begins(start) ? TiffRows.Open(stream, path) : OpenWithSkia(stream, start, path);
        }
        finally
        {
            if (rows is null or WholeRows)
            {
                stream.Dispose();
            }
        }
    }

    /// <summary>The next row.</summary>
    /// <param name="rgb">3 × <see cref="Width"/> bytes, filled.</param>
    /// <exception cref="SegmentationDataException">The file is damaged or cut short.</exception>
    public abstract void Read(Span<byte> rgb);

    /// <summary>All rows as one picture; none may have been read before.</summary>
    public RgbImage ReadAll()
    {
        var image = new RgbImage(Width, Height);
        for (int y = 0; y < Height; y++)
        {
            Read(image.Pixels.Slice(3 * y * Width, 3 * Width));
        }

        return image;
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    private static ImageRows OpenWithSkia(Stream stream, ReadOnlySpan<byte> start, string path)
    {
        // The last byte of a PNG file's header chunk tells of interlacing; the orientation stands behind it, which Skia passes over and numbers as EXIF does.
        bool png = start.StartsWith(PngReader.Signature), interlaced = png && start.Length > 28 && start[28] != 0;
        var origin = (SKEncodedOrigin)(png ? PngOrientation.Read(stream) : 1);
        if (png && !interlaced && origin == SKEncodedOrigin.TopLeft)
        {
            return PngRows.Open(stream, path, start);
        }

        stream.Position = 0;
        bool progressive = JpegFrame.IsProgressive(stream);
        stream.Position = 0;
        SKCodec codec = ImageReader.Open(new SKManagedStream(stream), path, long.MaxValue);
        origin = codec.EncodedOrigin == SKEncodedOrigin.TopLeft ? origin : codec.EncodedOrigin;
        if (codec.EncodedFormat == SKEncodedImageFormat.Jpeg && origin == SKEncodedOrigin.TopLeft && codec.StartScanlineDecode(CodecRows.InfoOf(codec)) == SKCodecResult.Success)
        {
            // Progressive JPEG gives its first row when all coefficients are there: two bytes each, three for a pixel.
            return new CodecRows(codec, stream, path, progressive ? 6L * codec.Info.Width * codec.Info.Height : 0);
        }

        (int width, int height) = Orientation.SwapsSides(origin) ? (codec.Info.Height, codec.Info.Width) : (codec.Info.Width, codec.Info.Height);
        codec.Dispose();

        // Decoded with four channels, then turned into a picture of three.
        return new WholeRows(width, height, 7L * width * height, () => ImageReader.Read(path));
    }
}
