namespace GSS.Core;

/// <summary>What a sample of a PNG file means (PNG specification, 11.2.2).</summary>
internal enum PngColorType
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}

/// <summary>The header of a PNG file.</summary>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, PngColorType ColorType, bool Interlaced)
{
    /// <summary>Samples a pixel: 1 for grey and palette, 2 with alpha, 3 for RGB, 4 for RGBA.</summary>
    public int SamplesPerPixel => ColorType switch
    {
        PngColorType.Rgb => 3,
        PngColorType.GreyAlpha => 2,
        PngColorType.Rgba => 4,
        _ => 1,
    };

    public int BitsPerPixel => BitDepth * SamplesPerPixel;

    /// <summary>The bytes of one unfiltered row of <paramref name="width"/> pixels.</summary>
    public long RowBytes(int width) => (((long)width * BitsPerPixel) + 7) / 8;
}

/// <summary>A decoded PNG file with its samples as they are in the file: nothing scaled, no palette applied, no alpha multiplied.</summary>
/// <param name="Header">Size and kind.</param>
/// <param name="Palette">The palette; empty where the file has none.</param>
/// <param name="Samples">One sample after the other, pixel by pixel, rows from top to bottom; each one byte, or two (big-endian) where the bit depth is 16.</param>
/// <param name="IsTurned">Whether an eXIf chunk says that the picture is to be turned or mirrored before it is shown.</param>
internal sealed record PngImage(PngHeader Header, RgbColor[] Palette, byte[] Samples, bool IsTurned = false);

/// <summary>Why a PNG file cannot be used; the caller adds the file's name.</summary>
internal sealed class PngException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whether the file is a JPEG file in truth.</summary>
    public bool IsJpeg { get; init; }
}
