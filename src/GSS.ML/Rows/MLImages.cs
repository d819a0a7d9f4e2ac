using GSS.Core;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>Photographs between ML.NET's <c>MLImage</c> and ours. Pixels are always copied: an <c>MLImage</c> belongs to its row and may be disposed at any time.</summary>
internal static class MLImages
{
    /// <summary>Copies an image; alpha is dropped.</summary>
    /// <remarks>
    /// ML.NET's own decoder multiplies colours by alpha, so a PNG with transparent parts that went through <c>LoadImages</c> is darker there than one read by
    /// <see cref="ImageReader"/>. What is stored is taken as it is: dividing by alpha would not bring back what was rounded away. Opaque pictures are the same both ways.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The pixel format is neither Bgra32 nor Rgba32.</exception>
    public static RgbImage ToRgb(MLImage image)
    {
        bool blueFirst = image.PixelFormat switch
        {
            MLPixelFormat.Bgra32 => true,
            MLPixelFormat.Rgba32 => false,
            _ => throw new InvalidOperationException($"Found an image with the pixel format {image.PixelFormat}, expected Bgra32 or Rgba32: make the MLImage with one of these."),
        };
        var rgb = new RgbImage(image.Width, image.Height);
        ReadOnlySpan<byte> source = image.Pixels;
        Span<byte> target = rgb.Pixels;
        int red = blueFirst ? 2 : 0;
        for (int from = 0, to = 0; to < target.Length; from += 4, to += 3)
        {
            target[to] = source[from + red];
            target[to + 1] = source[from + 1];
            target[to + 2] = source[from + 2 - red];
        }

        GC.KeepAlive(image);
        return rgb;
    }

    /// <summary>Copies an image to a new opaque one with the pixel format Bgra32, as ML.NET's own loader gives on most machines. The caller disposes it.</summary>
    public static MLImage FromRgb(RgbImage image)
    {
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
