using SkiaSharp;

namespace GSS.Core;

/// <summary>The eight EXIF orientations (EXIF 2.32, tag 0x0112): where the first stored row and column belong in the upright picture.</summary>
internal static class Orientation
{
    /// <summary>Whether the upright picture is as wide as the stored one is high.</summary>
    public static bool SwapsSides(SKEncodedOrigin origin) => origin >= SKEncodedOrigin.LeftTop;

    /// <summary>Turns stored RGBA or RGB pixels upright and drops alpha.</summary>
    /// <param name="stored">The stored pixels.</param>
    /// <param name="width">Their width.</param>
    /// <param name="height">Their height.</param>
    /// <param name="origin">Where the stored top-left corner belongs.</param>
    /// <param name="channels">Bytes a pixel, 3 or more: red, green, blue and what is dropped.</param>
    public static RgbImage ToUprightRgb(ReadOnlySpan<byte> stored, int width, int height, SKEncodedOrigin origin, int channels = 4)
    {
        (int uprightWidth, int uprightHeight) = SwapsSides(origin) ? (height, width) : (width, height);
        byte[] upright = new byte[3L * uprightWidth * uprightHeight];

        // Where stored pixel (0, 0) lands, and how far a step right and a step down in the stored picture move it, in pixels.
        int lastX = uprightWidth - 1;
        int lastRow = (uprightHeight - 1) * uprightWidth;
        (int start, int right, int down) = origin switch
        {
            SKEncodedOrigin.TopRight => (lastX, -1, uprightWidth),
            SKEncodedOrigin.BottomRight => (lastX + lastRow, -1, -uprightWidth),
            SKEncodedOrigin.BottomLeft => (lastRow, 1, -uprightWidth),
            SKEncodedOrigin.LeftTop => (0, uprightWidth, 1),
            SKEncodedOrigin.RightTop => (lastX, uprightWidth, -1),
            SKEncodedOrigin.RightBottom => (lastX + lastRow, -uprightWidth, -1),
            SKEncodedOrigin.LeftBottom => (lastRow, -uprightWidth, 1),
            _ => (0, 1, uprightWidth),
        };

        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = stored.Slice(channels * y * width, channels * width);
            int target = 3 * (start + (y * down));
            for (int source = 0; source < row.Length; source += channels, target += 3 * right)
            {
                upright[target] = row[source];
                upright[target + 1] = row[source + 1];
                upright[target + 2] = row[source + 2];
            }
        }

        return new(uprightWidth, uprightHeight, upright);
    }
}
