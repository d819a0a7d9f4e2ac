using System.Buffers.Binary;

namespace GSS.Core;

/// <summary>From the colours of an RGB, RGBA or palette PNG file to class ids, by exact lookup.</summary>
internal static class LabelColors
{
    /// <summary>Maps every pixel; what means no class becomes <see cref="SegmentationClasses.Unknown"/>.</summary>
    /// <exception cref="SegmentationDataException">The classes have no colours to look up.</exception>
    public static byte[] Map(PngImage png, string name, SegmentationClasses classes)
    {
        IReadOnlyDictionary<RgbColor, byte> lookup = classes.FindColorLookup()
            ?? throw new SegmentationDataException(
                $"Label map '{name}' is an RGB picture, but '{classes.Name}' has no colour map and two of its classes share a display colour: use the grey or palette files of this data set, or give the classes a colour map.");
        byte[] ids = new byte[(long)png.Header.Width * png.Header.Height];
        if (png.Header.ColorType == PngColorType.Palette)
        {
            Span<byte> table = stackalloc byte[256];
            table.Fill(SegmentationClasses.Unknown);
            for (int index = 0; index < png.Palette.Length; index++)
            {
                table[index] = lookup.GetValueOrDefault(png.Palette[index], SegmentationClasses.Unknown);
            }

            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = table[png.Samples[i]];
            }

            return ids;
        }

        // Neighbours mostly have the same colour: look up only where it changes.
        long last = -1;
        byte id = SegmentationClasses.Unknown;
        for (int i = 0; i < ids.Length; i++)
        {
            long color = ColorAt(png, i);
            if (color != last)
            {
                last = color;
                id = ToRgb(color) is { } rgb ? lookup.GetValueOrDefault(rgb, SegmentationClasses.Unknown) : SegmentationClasses.Unknown;
            }

            ids[i] = id;
        }

        return ids;
    }

    /// <summary>The sentence that lists each colour that means no class.</summary>
    public static SegmentationDataException Unknown(PngImage png, string name, SegmentationClasses classes, ReadOnlySpan<byte> ids)
    {
        var counts = new Dictionary<long, int>();
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] == SegmentationClasses.Unknown)
            {
                long color = png.Header.ColorType == PngColorType.Palette ? png.Samples[i] : ColorAt(png, i);
                counts[color] = counts.GetValueOrDefault(color) + 1;
            }
        }

        string found = LabelCounts.Describe(counts, color =>
            png.Header.ColorType != PngColorType.Palette ? ToRgb(color)?.ToString() ?? $"#{color:x12} (16 bits a channel)"
            : color < png.Palette.Length ? png.Palette[color].ToString() : $"index {color} without a colour");
        if (IsGrey(png))
        {
            return new(
                $"Label map '{name}' is a grey label map saved as RGB (its three channels are equal everywhere; {found} mean no class of '{classes.Name}'), expected values in one channel: "
                + "save it as 8-bit grey PNG, or give the classes a colorMap with these colours.");
        }

        return new($"Label map '{name}' has colours that mean no class: {found}; '{classes.Name}' knows {classes.FindColorLookup()!.Count} exact colours: add the missing ones to its colour map, or use label files that were never resized or saved as JPEG.");
    }

    private static bool IsGrey(PngImage png)
    {
        if (png.Header.ColorType == PngColorType.Palette || png.Header.BitDepth != 8)
        {
            return false;
        }

        int step = png.Header.SamplesPerPixel;
        for (int i = 0; i < png.Samples.Length; i += step)
        {
            if (png.Samples[i] != png.Samples[i + 1] || png.Samples[i] != png.Samples[i + 2])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The colour of a pixel as 48 bits; channels of 8 bits are repeated, as 16-bit PNG files store them.</summary>
    private static long ColorAt(PngImage png, int pixel)
    {
        int sample = pixel * png.Header.SamplesPerPixel;
        ReadOnlySpan<byte> samples = png.Samples;
        if (png.Header.BitDepth == 8)
        {
            return ((long)(samples[sample] * 257) << 32) | ((long)(samples[sample + 1] * 257) << 16) | (uint)(samples[sample + 2] * 257);
        }

        samples = samples.Slice(2 * sample, 6);
        return ((long)BinaryPrimitives.ReadUInt16BigEndian(samples) << 32) | BinaryPrimitives.ReadUInt32BigEndian(samples[2..]);
    }

    private static RgbColor? ToRgb(long color)
    {
        var rgb = new RgbColor((byte)(color >> 32), (byte)(color >> 16), (byte)color);
        return color == (((long)(rgb.R * 257) << 32) | ((long)(rgb.G * 257) << 16) | (uint)(rgb.B * 257)) ? rgb : null;
    }
}
