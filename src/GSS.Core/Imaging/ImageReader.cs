using SkiaSharp;

namespace GSS.Core;

/// <summary>
/// Reads photographs: JPEG, PNG, WebP, BMP and GIF, upright as their EXIF orientation says, 8 bits a channel.
/// </summary>
/// <remarks>
/// Stored values are kept as they are: embedded colour profiles are not applied and an alpha channel is dropped without blending, as OpenCV and Pillow do,
/// so that networks trained with those see the same pixels. Grey becomes RGB with three equal channels; 16 bits a channel are cut to 8.
/// </remarks>
public static class ImageReader
{
    /// <summary>The largest picture that is read, in pixels (16384 x 16384): a few bytes of a malicious file must not claim all memory.</summary>
    internal const long MaximumPixelCount = PngReader.MaximumPixelCount;

    /// <summary>Reads a photograph.</summary>
    /// <param name="path">An image file.</param>
    /// <exception cref="SegmentationDataException">The file is missing, damaged, cut short, or no image.</exception>
    public static RgbImage Read(string path) => Decode(FileBytes.Read(path, "Photograph"), path);

    /// <summary>Reads a photograph from a stream.</summary>
    /// <param name="stream">An image file, read to its end; left open.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="SegmentationDataException">The stream is damaged, cut short, or no image.</exception>
    public static RgbImage Read(Stream stream, string name) => Decode(FileBytes.Read(stream), name);

    /// <summary>The size of a photograph after its EXIF orientation is applied, from the header of its file.</summary>
    /// <param name="path">An image file.</param>
    /// <exception cref="SegmentationDataException">The file is missing or no image.</exception>
    public static (int Width, int Height) ReadSize(string path)
    {
        using Stream stream = FileBytes.OpenRead(path, "Photograph");
        return ReadSize(stream, path);
    }

    /// <summary>The size of a photograph after its EXIF orientation is applied, from the header in a stream: to refuse what is too large before it is unpacked.</summary>
    /// <param name="stream">An image file, read from its beginning wherever the stream stands, and left there and open.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <returns>Width and height in pixels.</returns>
    /// <exception cref="SegmentationDataException">The stream is no image.</exception>
    /// <exception cref="ArgumentException">The stream cannot seek.</exception>
    public static (int Width, int Height) ReadSize(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek)
        {
            throw new ArgumentException($"Found a {stream.GetType().Name} that cannot seek, expected one that can: copy it into a MemoryStream.", nameof(stream));
        }

        stream.Position = 0;
        (int width, int height, _) = ReadHeader(stream, name);
        stream.Position = 0;
        return (width, height);
    }

    /// <summary>The size of a photograph after its EXIF orientation is applied, and whether that turns or mirrors it, from the header of its file.</summary>
    /// <exception cref="SegmentationDataException">The file is missing or no image.</exception>
    internal static (int Width, int Height, bool IsTurned) ReadHeader(string path)
    {
        using Stream stream = FileBytes.OpenRead(path, "Photograph");
        return ReadHeader(stream, path);
    }

    private static (int Width, int Height, bool IsTurned) ReadHeader(Stream stream, string name)
    {
        using SKCodec codec = Open(new SKManagedStream(stream), name);
        SKEncodedOrigin origin = OriginOf(codec, stream);
        (int width, int height) = Orientation.SwapsSides(origin) ? (codec.Info.Height, codec.Info.Width) : (codec.Info.Width, codec.Info.Height);
        return (width, height, origin != SKEncodedOrigin.TopLeft);
    }

    /// <summary>Where the stored top-left corner belongs. <paramref name="file"/> is read again from its beginning where Skia does not know.</summary>
    private static SKEncodedOrigin OriginOf(SKCodec codec, Stream file)
    {
        if (codec.EncodedFormat != SKEncodedImageFormat.Png || codec.EncodedOrigin != SKEncodedOrigin.TopLeft)
        {
            return codec.EncodedOrigin;
        }

        // Skia numbers them as EXIF does.
        file.Position = 0;
        return (SKEncodedOrigin)PngOrientation.Read(file);
    }

    private static RgbImage Decode(byte[] file, string name)
    {
        if (file.Length == 0)
        {
            throw new SegmentationDataException($"Photograph '{name}' is an empty file, expected a JPEG or PNG file: copy or download it again.");
        }

        using SKData data = SKData.CreateCopy(file);
        using SKCodec codec = Open(new SKMemoryStream(data), name);
        SKImageInfo info = CodecRows.InfoOf(codec);
        byte[] rgba = new byte[info.BytesSize64];
        SKCodecResult result;
        unsafe
        {
            fixed (byte* pixels = rgba)
            {
                result = codec.GetPixels(info, (nint)pixels);
            }
        }

        return result switch
        {
            SKCodecResult.Success => Orientation.ToUprightRgb(rgba, info.Width, info.Height, OriginOf(codec, new MemoryStream(file))),
            SKCodecResult.IncompleteInput => throw new SegmentationDataException($"Photograph '{name}' is cut short or damaged: its {codec.EncodedFormat} data ends before its {info.Width}x{info.Height} pixels are complete, copy or download it again."),
            _ => throw new SegmentationDataException($"Photograph '{name}' is damaged: its {codec.EncodedFormat} data cannot be decoded ({result}), copy or download it again."),
        };
    }

    /// <summary>A codec, which owns the stream from here on.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="mostPixels">The largest picture that is accepted.</param>
    internal static SKCodec Open(SKStream stream, string name, long mostPixels = MaximumPixelCount)
    {
        SKCodec codec = SKCodec.Create(stream, out SKCodecResult result)
            ?? throw new SegmentationDataException($"Photograph '{name}' cannot be read ({result}), expected an undamaged JPEG, PNG, WebP, BMP or GIF file: copy it again or convert it.");
        if ((long)codec.Info.Width * codec.Info.Height > mostPixels)
        {
            (int width, int height) = (codec.Info.Width, codec.Info.Height);
            codec.Dispose();
            throw new SegmentationDataException($"Photograph '{name}' has {width}x{height} pixels, more than the {mostPixels} that are read: cut it into tiles.");
        }

        return codec;
    }
}
