using GSS.Core;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>Photographs as ML.NET's <c>MLImage</c>: upright from files, and to and from <see cref="RgbImage"/>.</summary>
/// <remarks>
/// Use <see cref="Load(string)"/> in place of <c>MLImage.CreateFromFile</c>, which leaves out the EXIF orientation: a photograph that a phone holds sideways is then
/// scored sideways. <c>LoadFromFolders</c> and <c>LoadFromFiles</c> give the same pixels as <see cref="Load(string)"/>.
/// Pixels are always copied: an <c>MLImage</c> belongs to its row and may be disposed at any time.
/// </remarks>
public static class MLImages
{
    /// <summary>Reads a photograph (.jpg, .jpeg, .png, .webp or .bmp), upright as its EXIF orientation says, with the pixel format Bgra32 and its path as tag. The caller disposes it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SegmentationDataException">The file is missing, or is no photograph that can be decoded; the message names it.</exception>
    public static MLImage Load(string path)
    {
        MLImage image = FromRgb(ImageReader.Read(path));
        image.Tag = path;
        return image;
    }

    /// <summary>Reads a photograph from a stream, from its position to its end, upright as its EXIF orientation says. The caller disposes both.</summary>
    /// <param name="stream">The bytes of a file, such as an upload.</param>
    /// <param name="name">What messages call it, and the image's tag.</param>
    /// <exception cref="SegmentationDataException">The stream holds no photograph that can be decoded; the message has the name.</exception>
    public static MLImage Load(Stream stream, string name)
    {
        MLImage image = FromRgb(ImageReader.Read(stream, name));
        image.Tag = name;
        return image;
    }

    /// <summary>Copies an image; alpha is dropped.</summary>
    /// <remarks>
    /// ML.NET's own decoder multiplies colours by alpha, so a PNG with transparent parts that went through <c>LoadImages</c> is darker there than one read by
    /// <see cref="ImageReader"/>. What is stored is taken as it is: dividing by alpha would not bring back what was rounded away. Opaque pictures are the same both ways.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The pixel format is neither Bgra32 nor Rgba32.</exception>
    public static RgbImage ToRgb(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        RgbImage rgb = ToRgb(image.Width, image.Height, image.PixelFormat, image.Pixels);
        GC.KeepAlive(image);
        return rgb;
    }

    internal static RgbImage ToRgb(int width, int height, MLPixelFormat format, ReadOnlySpan<byte> source)
    {
        bool blueFirst = format switch
        {
            MLPixelFormat.Bgra32 => true,
            MLPixelFormat.Rgba32 => false,
            _ => throw new InvalidOperationException($"Found an image with the pixel format {format}, expected Bgra32 or Rgba32: make the MLImage with one of these."),
        };
        var rgb = new RgbImage(width, height);
        Span<byte> target = rgb.Pixels;
        int red = blueFirst ? 2 : 0;
        for (int from = 0, to = 0; to < target.Length; from += 4, to += 3)
        {
            target[to] = source[from + red];
            target[to + 1] = source[from + 1];
            target[to + 2] = source[from + 2 - red];
        }

        return rgb;
    }

    /// <summary>Copies an image to a new opaque one with the pixel format Bgra32, as ML.NET's own loader gives on most machines. The caller disposes it.</summary>
    public static MLImage FromRgb(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        ReadOnlySpan<byte> source = image.Pixels;
        byte[] target = GC.AllocateUninitializedArray<byte>(checked(4 * image.Width * image.Height));
        for (int from = 0, to = 0; to < target.Length; from += 3, to += 4)
        {
            target[to] = source[from + 2];
            target[to + 1] = source[from + 1];
            target[to + 2] = source[from];
            target[to + 3] = byte.MaxValue;
        }

        return MLImage.CreateFromPixels(image.Width, image.Height, MLPixelFormat.Bgra32, target);
    }
}
