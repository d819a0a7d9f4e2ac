using System.Buffers.Binary;

namespace GSS.Core;

/// <summary>From the values of a grey PNG file, or the indices of a palette PNG file, to class ids.</summary>
internal static class LabelValues
{
    // Beyond it a value is another one rather than a blurred one.
    private const int FarthestOfJpeg = 48;

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
        string ofVoid = classes.VoidIndex is { } voidIndex ? $"{voidIndex} for void" : "no value for void";
        string expected = (classes.IdMap, classes.ReduceZeroLabel) switch
        {
            (not null, _) => $"the {classes.IdMap.Count} values of its id map{(classes.ValueTolerance > 0 ? $" ± {classes.ValueTolerance}" : "")}, and {ofVoid}",
            (_, true) => classes.VoidIndex is { } other ? $"1 to {classes.Count}, and 0 or {other} for void" : $"1 to {classes.Count}, and 0 for void",
            _ => $"0 to {classes.Count - 1}, and {ofVoid}",
        };
        return new($"Label map '{name}' has values that mean no class: {found}; '{classes.Name}' expects {expected}: {Advice(png, classes, counts.Keys)}.");
    }

    private static string Advice(PngImage png, SegmentationClasses classes, IEnumerable<int> unknown)
    {
        // A mask of few exact values that went through a JPEG file: every value lies near one of them.
        int[]? exact = classes.IdMap is not null ? [.. classes.IdMap.Keys] : classes is { Count: 2, ReduceZeroLabel: false } && png.Header.BitDepth == 8 ? [0, byte.MaxValue] : null;
        if (exact is not null)
        {
            int off = unknown.Max(value => exact.Min(key => Math.Abs(key - value)));
            int gap = exact.Length < 2 ? int.MaxValue : exact.Zip(exact.Skip(1), (low, high) => high - low).Min();
            if (2 * off < gap && off <= FarthestOfJpeg)
            {
                string map = classes.IdMap is null ? $"\"idMap\": {{ \"0\": \"{classes.Names[0]}\", \"255\": \"{classes.Names[1]}\" }}, " : "";
                if (off == 0)
                {
                    return $"these are the values of a mask of black and white; write {map[..^2]} into the classes' JSON to read them so";
                }

                return $"they lie within {off} of exact values, as in masks that were once JPEG files; write {map}\"valueTolerance\": {off} into the classes' JSON to read them so";
            }
        }

        return "choose the classes this file was made with, or name the values in an id map";
    }

    private static int ValueAt(PngImage png, int pixel)
    {
        int sample = pixel * png.Header.SamplesPerPixel;
        return png.Header.BitDepth == 16 ? BinaryPrimitives.ReadUInt16BigEndian(png.Samples.AsSpan(2 * sample)) : png.Samples[sample];
    }
}
