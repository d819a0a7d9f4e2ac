namespace GSS.Core;

/// <summary>Writes PNG files: palette or 16-bit grey for label maps, RGB for pictures. The same samples give the same file everywhere.</summary>
internal static class PngWriter
{
    /// <summary>Writes one picture.</summary>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="header">Size and kind; bit depth 8 or 16, not interlaced.</param>
    /// <param name="samples">As in <see cref="PngImage.Samples"/>.</param>
    /// <param name="palette">The palette, where the kind is palette.</param>
    public static void Write(Stream stream, PngHeader header, ReadOnlySpan<byte> samples, IReadOnlyList<RgbColor>? palette = null)
    {
        int rowBytes = (int)header.RowBytes(header.Width);
        using var rows = new PngRowWriter(stream, header, palette);
        for (int y = 0; y < header.Height; y++)
        {
            rows.Write(samples.Slice(y * rowBytes, rowBytes));
        }

        rows.Finish();
    }
}
