namespace GSS.Core;

/// <summary>Bilinear resizing of interleaved pictures.</summary>
internal static class BilinearResize
{
    /// <summary>Resizes a picture.</summary>
    /// <param name="source">Height × width × channels bytes.</param>
    /// <param name="width">Source width.</param>
    /// <param name="height">Source height.</param>
    /// <param name="channels">Channels a pixel.</param>
    /// <param name="target">Target height × target width × channels bytes.</param>
    /// <param name="targetWidth">Target width.</param>
    /// <param name="targetHeight">Target height.</param>
    public static void Resize(ReadOnlySpan<byte> source, int width, int height, int channels, Span<byte> target, int targetWidth, int targetHeight)
    {
        var rows = new BilinearRows(width, height, channels, targetWidth, targetHeight);
        for (int y = 0; y < targetHeight; y++)
        {
            (int above, int below) = rows.Turn(y);
            if (above >= 0)
            {
                rows.SetAbove(above, source.Slice(above * width * channels, width * channels));
            }

            if (below >= 0)
            {
                rows.SetBelow(below, source.Slice(below * width * channels, width * channels));
            }

            rows.Mix(y, target.Slice(y * targetWidth * channels, targetWidth * channels));
        }
    }
}
