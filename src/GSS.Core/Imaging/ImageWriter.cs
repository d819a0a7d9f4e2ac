namespace GSS.Core;

/// <summary>Writes pictures to files.</summary>
public static class ImageWriter
{
    /// <summary>Saves a picture as an RGB PNG file: whole or not at all.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="path">The file to make or to replace; its folder is made where it is missing.</param>
    /// <exception cref="IOException">The file cannot be written; nothing of it is left behind.</exception>
    public static void SavePng(RgbImage image, string path)
    {
        ArgumentNullException.ThrowIfNull(image);
        AtomicFile.Write(path, stream => WritePng(image, stream));
    }

    /// <summary>Writes a picture as an RGB PNG file to a stream, which stays open.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="stream">Where to.</param>
    public static void WritePng(RgbImage image, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(stream);
        PngWriter.Write(stream, new(image.Width, image.Height, 8, PngColorType.Rgb, Interlaced: false), image.Pixels);
    }
}
