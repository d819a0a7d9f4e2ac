namespace GSS.Core;

/// <summary>
/// Reads label maps from PNG files: grey with 1, 2, 4, 8 or 16 bits, palette indices, RGB and RGBA by exact colour, interlaced or not.
/// No value is ever scaled, interpolated or guessed.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Grey files hold values, palette files the index of each pixel as the value: <see cref="SegmentationClasses"/> says which class a value is.</item>
/// <item>RGB files hold colours. Palette files too, where the classes have a <see cref="SegmentationClasses.ColorMap"/>: their order of indices then means nothing.</item>
/// <item>Where a file has an alpha channel, transparent pixels are void and half-transparent ones an error. A tRNS chunk is not looked at.</item>
/// <item>Pixels are taken as they are stored: a file whose eXIf chunk says that it is to be turned is an error. Other chunks with a wrong checksum are passed over unless they are critical.</item>
/// </list>
/// </remarks>
public static class LabelReader
{
    /// <summary>Reads a label map.</summary>
    /// <param name="path">A PNG file.</param>
    /// <param name="classes">What its values or colours mean.</param>
    /// <exception cref="SegmentationDataException">The file is missing, damaged, not a PNG file, or has a value or colour that means no class.</exception>
    public static LabelMap Read(string path, SegmentationClasses classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return Read(FileBytes.Read(path, "Label map"), path, classes);
    }

    /// <summary>Reads a label map from a stream.</summary>
    /// <param name="stream">A PNG file, read to its end; left open.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="classes">What its values or colours mean.</param>
    /// <exception cref="SegmentationDataException">The stream is damaged, not a PNG file, or has a value or colour that means no class.</exception>
    public static LabelMap Read(Stream stream, string name, SegmentationClasses classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return Read(FileBytes.Read(stream), name, classes);
    }

    /// <summary>The size of a label map, from the header of its file.</summary>
    /// <param name="path">A PNG file.</param>
    /// <exception cref="SegmentationDataException">The file is missing or does not begin like a PNG file.</exception>
    public static (int Width, int Height) ReadSize(string path)
    {
        try
        {
            PngHeader header = PngReader.ReadHeader(FileBytes.ReadStart(path, PngReader.HeaderLength, "Label map"));
            return (header.Width, header.Height);
        }
        catch (PngException exception)
        {
            throw Unusable(path, exception);
        }
    }

    /// <summary>A label map with the file it was read from.</summary>
    internal static (LabelMap Labels, PngImage File) ReadWithFile(string path, SegmentationClasses classes) => ReadWithFile(FileBytes.Read(path, "Label map"), path, classes);

    private static LabelMap Read(byte[] file, string name, SegmentationClasses classes) => ReadWithFile(file, name, classes).Labels;

    private static (LabelMap Labels, PngImage File) ReadWithFile(byte[] file, string name, SegmentationClasses classes)
    {
        try
        {
            PngImage png = PngReader.Read(file);
            if (png.IsTurned)
            {
                throw new SegmentationDataException(
                    $"Label map '{name}' has an EXIF block (eXIf) that says its pixels are to be turned, expected the labels as they lie on the upright photograph: turn its pixels and save it without EXIF.");
            }

            bool byColor = png.Header.ColorType is PngColorType.Rgb or PngColorType.Rgba
                || (png.Header.ColorType == PngColorType.Palette && classes.ColorMap is not null);
            byte[] ids = byColor ? LabelColors.Map(png, name, classes) : LabelValues.Map(png, classes);
            LabelTransparency.Apply(png, name, ids);
            if (ids.AsSpan().Contains(SegmentationClasses.Unknown))
            {
                throw byColor ? LabelColors.Unknown(png, name, classes, ids) : LabelValues.Unknown(png, name, classes, ids);
            }

            return (new(png.Header.Width, png.Header.Height, ids), png);
        }
        catch (PngException exception)
        {
            throw Unusable(name, exception);
        }
    }

    private static SegmentationDataException Unusable(string name, PngException exception)
        => new(
            exception.IsJpeg
                ? $"Label map '{name}' is a JPEG file, whose compression blurs class values, expected a PNG file: export the labels as PNG again; "
                    + "where only the JPEG is left, convert it to a grey PNG file and give the classes an idMap with a valueTolerance."
                : $"Label map '{name}' cannot be read because {exception.Message}: expected an undamaged PNG file, save or copy it again.",
            exception);
}
