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

    /// <summary>The value in a file for each class, and for void where it has one: for label maps that are not known yet.</summary>
    /// <returns>For each id its value, -1 where there is none.</returns>
    /// <exception cref="ArgumentException">A class has no value or no colour in label files.</exception>
    internal static int[] ValuesOfAll(SegmentationClasses classes)
    {
        var values = new int[256];
        Array.Fill(values, -1);
        for (int id = 0; id < classes.Count; id++)
        {
            values[id] = ValueOf(classes, (byte)id);
        }

        values[LabelMap.Void] = classes.ValueOf(LabelMap.Void);
        return values;
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

            values[id] = ValueOf(classes, (byte)id);
        }

        return values;
    }

    private static int ValueOf(SegmentationClasses classes, byte id)
    {
        int value = classes.ValueOf(id);
        if (value < 0)
        {
            throw new ArgumentException($"The id map of '{classes.Name}' has no value for {(id == LabelMap.Void ? "void" : $"class '{classes.Names[id]}'")}: add one to save this label map.", "labels");
        }

        return classes.ColorMap is null || classes.ColorMap.Values.Contains(id) ? value
            : throw new ArgumentException($"The colour map of '{classes.Name}' has no colour for {classes.NameOf(id)}: add one to save this label map.", "labels");
    }

    private static void Write(Stream stream, LabelMap labels, SegmentationClasses classes, int[] values)
    {
        using var rows = new LabelRowWriter(stream, labels.Width, labels.Height, classes, values);
        for (int y = 0; y < labels.Height; y++)
        {
            rows.Write(labels.Ids.Slice(y * labels.Width, labels.Width));
        }

        rows.Finish();
    }
}
