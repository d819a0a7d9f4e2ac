using System.Buffers.Binary;

namespace GSS.Core;

/// <summary>From the values of a grey PNG file, or the indices of a palette PNG file, to class ids.</summary>
internal static class LabelValues
{
    /// <summary>Maps every pixel; what means no class becomes <see cref="SegmentationClasses.Unknown"/>.</summary>
    public static byte[] Map(PngImage png, SegmentationClasses classes)
    {
        byte[] ids = new byte[(long)png.Header.Width * png.Header.Height];
        if (png.Header.SamplesPerPixel == 1 && png.Header.BitDepth <= 8)
        {
            ReadOnlySpan<byte> samples = png.Samples.AsSpan(0, ids.Length);
            ReadOnlySpan<byte> table = classes.IdOfValue.AsSpan(0, 256);
            for (int i = 0; i < samples.Length; i++)
            {
                ids[i] = table[samples[i]];
            }
        }
        else
        {
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = classes.IdOfValue[ValueAt(png, i)];
            }
        }

        return ids;
    }

    /// <summary>The sentence that lists each value that means no class.</summary>
    public static SegmentationDataException Unknown(PngImage png, string name, SegmentationClasses classes, ReadOnlySpan<byte> ids)
    {
        var counts = new Dictionary<int, int>();
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] == SegmentationClasses.Unknown)
            {
                int value = ValueAt(png, i);
                counts[value] = counts.GetValueOrDefault(value) + 1;
            }
        }

        string found = LabelCounts.Describe(counts, value => value < png.Palette.Length ? $"{value} ({png.Palette[value]})" : $"{value}");
        string expected = (classes.IdMap, classes.ReduceZeroLabel) switch
        {
            (not null, _) => $"the {classes.IdMap.Count} values of its id map, and {classes.VoidIndex} for void",
            (_, true) => $"1 to {classes.Count}, and 0 or {classes.VoidIndex} for void",
            _ => $"0 to {classes.Count - 1}, and {classes.VoidIndex} for void",
        };
        return new($"Label map '{name}' has values that mean no class: {found}; '{classes.Name}' expects {expected}: choose the classes this file was made with, or name the values in an id map.");
    }

    private static int ValueAt(PngImage png, int pixel)
    {
        int sample = pixel * png.Header.SamplesPerPixel;
        return png.Header.BitDepth == 16 ? BinaryPrimitives.ReadUInt16BigEndian(png.Samples.AsSpan(2 * sample)) : png.Samples[sample];
    }
}
