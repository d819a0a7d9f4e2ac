using System.Buffers.Binary;

namespace GSS.Core;

/// <summary>Writes label maps as PNG files that <see cref="LabelReader"/> reads back to the same label map.</summary>
public static class LabelWriter
{
    /// <summary>
    /// Saves a label map as a palette PNG file, whole or not at all: the indices are the values of the data set's own label files
    /// (<see cref="SegmentationClasses.IdMap"/> and <see cref="SegmentationClasses.ReduceZeroLabel"/> undone), the palette the display colours.
    /// </summary>
    /// <remarks>Where a class has a value above 255 the file is 16-bit grey. Where the classes have a colour map, the palette holds its colours.</remarks>
    /// <param name="labels">The label map.</param>
    /// <param name="classes">Its classes.</param>
    /// <param name="path">The file to make or to replace; its folder is made where it is missing.</param>
    /// <exception cref="ArgumentException">The label map has an id that is no class, or a class for which label files have no value.</exception>
    /// <exception cref="IOException">The file cannot be written; nothing of it is left behind.</exception>
    public static void SavePng(LabelMap labels, SegmentationClasses classes, string path)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        int[] values = FindValues(labels, classes);
        AtomicFile.Write(path, stream => Write(stream, labels, classes, values));
    }

    /// <summary>Writes a label map to a stream, which stays open, as the PNG file that <see cref="SavePng(LabelMap, SegmentationClasses, string)"/> saves.</summary>
    /// <param name="labels">The label map.</param>
    /// <param name="classes">Its classes.</param>
    /// <param name="stream">Where to.</param>
    /// <exception cref="ArgumentException">As in <see cref="SavePng(LabelMap, SegmentationClasses, string)"/>; nothing is written then.</exception>
    public static void SavePng(LabelMap labels, SegmentationClasses classes, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(stream);
        Write(stream, labels, classes, FindValues(labels, classes));
    }

    private static int[] FindValues(LabelMap labels, SegmentationClasses classes)
    {
        var values = new int[256];
        Array.Fill(values, -1);
        for (int id = 0; id < values.Length; id++)
        {
            if (!labels.Ids.Contains((byte)id))
            {
                continue;
            }

            if (id >= classes.Count && id != LabelMap.Void)
            {
                throw new ArgumentException($"The label map has the id {id}, expected 0 to {classes.Count - 1} or 255 for void: save it with the classes it was made with.", nameof(labels));
            }

            values[id] = classes.ValueOf((byte)id);
            if (values[id] < 0)
            {
                throw new ArgumentException($"The id map of '{classes.Name}' has no value for {(id == LabelMap.Void ? "void" : $"class '{classes.Names[id]}'")}: add one to save this label map.", nameof(labels));
            }

            if (classes.ColorMap is not null && !classes.ColorMap.Values.Contains((byte)id))
            {
                throw new ArgumentException($"The colour map of '{classes.Name}' has no colour for {classes.NameOf((byte)id)}: add one to save this label map.", nameof(labels));
            }
        }

        return values;
    }

    private static void Write(Stream stream, LabelMap labels, SegmentationClasses classes, int[] values)
    {
        if (values.Max() > byte.MaxValue)
        {
            byte[] samples = new byte[2 * labels.Ids.Length];
            for (int i = 0; i < labels.Ids.Length; i++)
            {
                BinaryPrimitives.WriteUInt16BigEndian(samples.AsSpan(2 * i), (ushort)values[labels.Ids[i]]);
            }

            PngWriter.Write(stream, new(labels.Width, labels.Height, 16, PngColorType.Grey, Interlaced: false), samples);
            return;
        }

        byte[] indices = new byte[labels.Ids.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = (byte)values[labels.Ids[i]];
        }

        // The whole palette, so that the colour of a class does not depend on which classes this picture has.
        var palette = new RgbColor[256];
        for (int value = 0; value < palette.Length; value++)
        {
            byte id = classes.IdOfValue[value];
            palette[value] = FileColor(classes, id == SegmentationClasses.Unknown ? LabelMap.Void : id);
        }

        PngWriter.Write(stream, new(labels.Width, labels.Height, 8, PngColorType.Palette, Interlaced: false), indices, palette);
    }

    private static RgbColor FileColor(SegmentationClasses classes, byte id)
    {
        foreach ((RgbColor color, byte mapped) in classes.ColorMap ?? new Dictionary<RgbColor, byte>())
        {
            if (mapped == id)
            {
                return color;
            }
        }

        return classes.ColorOf(id);
    }
}
