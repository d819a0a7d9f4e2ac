namespace GSS.Core;

/// <summary>Plain drawing on pictures; whatever lies outside is cut off.</summary>
internal static class Canvas
{
    /// <summary>Fills a rectangle.</summary>
    public static void Fill(RgbImage image, int left, int top, int width, int height, RgbColor color)
    {
        int right = Math.Min(left + width, image.Width);
        int bottom = Math.Min(top + height, image.Height);
        for (int y = Math.Max(top, 0); y < bottom; y++)
        {
            for (int x = Math.Max(left, 0); x < right; x++)
            {
                int at = 3 * ((y * image.Width) + x);
                image.Pixels[at] = color.R;
                image.Pixels[at + 1] = color.G;
                image.Pixels[at + 2] = color.B;
            }
        }
    }

    /// <summary>Copies a whole picture onto another.</summary>
    public static void Paste(RgbImage image, RgbImage pasted, int left, int top)
    {
        int first = Math.Max(-left, 0);
        int count = Math.Min(pasted.Width, image.Width - left) - first;
        for (int y = Math.Max(-top, 0); y < pasted.Height && top + y < image.Height && count > 0; y++)
        {
            pasted.Pixels.Slice(3 * ((y * pasted.Width) + first), 3 * count).CopyTo(image.Pixels[(3 * (((top + y) * image.Width) + left + first))..]);
        }
    }
}
