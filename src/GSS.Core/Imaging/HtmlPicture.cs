using System.Globalization;
using System.Xml.Linq;
using SkiaSharp;

namespace GSS.Core;

/// <summary>Pictures inside of HTML: small enough to be kept in a notebook, large enough to be seen.</summary>
internal static class HtmlPicture
{
    /// <summary>Wider pictures are reduced.</summary>
    public const int LargestWidth = 800;

    /// <summary>Pictures with no longer side than this are enlarged, each pixel to a square, to at most twice as much.</summary>
    public const int SmallestSide = 160;

    // Larger PNG files are photographs, for which JPEG is made.
    private const int LargestPng = 48 * 1024;
    private const int JpegQuality = 85;

    /// <summary>How many pixels wide and high each pixel of a small picture is shown; 1 for others.</summary>
    public static int Enlargement(int width, int height)
    {
        int side = Math.Max(width, height);
        return side > SmallestSide ? 1 : 2 * SmallestSide / side;
    }

    /// <summary>A picture at the size that suits a notebook.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="alternative">What is read out or shown in its place.</param>
    public static XElement Of(RgbImage image, string alternative)
    {
        int times = Enlargement(image.Width, image.Height);
        RgbImage shown = image.Width > LargestWidth ? Reduce(image) : image.ResizeNearest(times * image.Width, times * image.Height);
        return Element(Encode(shown), shown.Width, shown.Height, alternative);
    }

    /// <summary>A rectangle of one colour. It is a picture because not every page that shows notebooks lets background colours through.</summary>
    public static XElement Swatch(RgbColor color, int width, int height, string alternative = "") =>
        Element(Encode(new(1, 1, [color.R, color.G, color.B])), width, height, alternative);

    /// <summary>A horizontal bar for a share of 0..1.</summary>
    public static XElement Bar(double share) => Swatch(new(76, 120, 168), double.IsNaN(share) ? 0 : (int)Math.Round(Math.Clamp(share, 0, 1) * 160), 10);

    private static XElement Element(string source, int width, int height, string alternative) => new("img",
        new XAttribute("src", source),
        new XAttribute("width", width.ToString(CultureInfo.InvariantCulture)),
        new XAttribute("height", height.ToString(CultureInfo.InvariantCulture)),
        new XAttribute("alt", alternative));

    /// <summary>Halves with the mean of each four pixels, so that thin things do not break up, before the last bilinear step.</summary>
    private static RgbImage Reduce(RgbImage image)
    {
        int height = Math.Max(1, (int)Math.Round((double)image.Height * LargestWidth / image.Width));
        while (image.Width >= 2 * LargestWidth && image.Height >= 2)
        {
            image = Halve(image);
        }

        return image.Resize(LargestWidth, height);
    }

    private static RgbImage Halve(RgbImage image)
    {
        var half = new RgbImage(image.Width / 2, image.Height / 2);
        ReadOnlySpan<byte> source = image.Pixels;
        for (int y = 0; y < half.Height; y++)
        {
            for (int i = 0; i < 3 * half.Width; i++)
            {
                int at = (6 * y * image.Width) + (6 * (i / 3)) + (i % 3), below = at + (3 * image.Width);
                half.Pixels[(3 * y * half.Width) + i] = (byte)((source[at] + source[at + 3] + source[below] + source[below + 3] + 2) / 4);
            }
        }

        return half;
    }

    private static string Encode(RgbImage image)
    {
        using var png = new MemoryStream();
        ImageWriter.WritePng(image, png);
        if (png.Length > LargestPng)
        {
            byte[] jpeg = Jpeg(image);
            if (jpeg.Length < png.Length / 2)
            {
                return $"data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}";
            }
        }

        return $"data:image/png;base64,{Convert.ToBase64String(png.GetBuffer(), 0, (int)png.Length)}";
    }

    private static byte[] Jpeg(RgbImage image)
    {
        byte[] pixels = new byte[4L * image.Width * image.Height];
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            image.Pixels.Slice(3 * i, 3).CopyTo(pixels.AsSpan(4 * i));
        }

        using var encoded = SKImage.FromPixelCopy(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), pixels);
        using SKData data = encoded.Encode(SKEncodedImageFormat.Jpeg, JpegQuality);
        return data.ToArray();
    }
}

/// <summary>A picture in a notebook.</summary>
internal sealed class RgbImageHtml : HtmlFormatterSource<RgbImage>
{
    /// <inheritdoc/>
    protected override XElement ToHtml(RgbImage value) => HtmlPicture.Of(value, value.ToString());
}
