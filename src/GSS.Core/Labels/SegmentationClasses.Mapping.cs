namespace GSS.Core;

/// <content>How the values and colours of label files become class ids and back, and what a usable list of classes is.</content>
public sealed partial class SegmentationClasses
{
    /// <summary>What <see cref="IdOfValue"/> holds for a value that maps to nothing: neither a class id (0..253) nor void (255).</summary>
    internal const byte Unknown = 254;

    private const int ValueCount = ushort.MaxValue + 1;

    /// <summary>The class id, void, or <see cref="Unknown"/> for each of the 65536 values that a label file can hold.</summary>
    internal byte[] IdOfValue { get; }

    /// <summary>The id for each colour that a label file may hold; null where there is no colour map and the display colours are not distinct.</summary>
    internal IReadOnlyDictionary<RgbColor, byte>? FindColorLookup()
    {
        if (ColorMap is not null)
        {
            return ColorMap;
        }

        var lookup = new Dictionary<RgbColor, byte>();
        for (int id = 0; id < Count; id++)
        {
            if (!lookup.TryAdd(Colors[id], (byte)id))
            {
                return null;
            }
        }

        lookup.TryAdd(VoidColor, LabelMap.Void);
        return lookup;
    }

    /// <summary>Whether the display colours are those that classes without colours get: they say nothing about label files.</summary>
    internal bool HasDefaultColors => Colors.SequenceEqual(VocColorMap(1, Count));

    /// <summary>The value that stands for a class id or void in a label file: the smallest one that maps to it; -1 where there is none.</summary>
    internal int ValueOf(byte id)
        => id == LabelMap.Void && (ReduceZeroLabel ? 0 : VoidIndex) is { } value ? value
            : IdMap is null ? Array.IndexOf(IdOfValue, id)
            : IdMap.Where(entry => entry.Value == id).Select(entry => entry.Key).DefaultIfEmpty(-1).First();

    /// <summary>The name of a class id or of void, for messages and legends.</summary>
    internal string NameOf(byte id) => id == LabelMap.Void ? "void" : Names[id];

    /// <summary>The display colour of a class id or of void.</summary>
    internal RgbColor ColorOf(byte id) => id < Count ? Colors[id] : VoidColor;

    private byte[] MakeIdOfValue()
    {
        byte[] ids = new byte[ValueCount];
        Array.Fill(ids, Unknown);
        if (IdMap is not null)
        {
            foreach ((int value, byte id) in IdMap)
            {
                ids[value] = id;
            }
        }
        else
        {
            int first = ReduceZeroLabel ? 1 : 0;
            ids[0] = LabelMap.Void; // overwritten by class 0 unless zero is reduced
            for (int id = 0; id < Count; id++)
            {
                ids[first + id] = (byte)id;
            }
        }

        if (VoidIndex is { } voidIndex)
        {
            ids[voidIndex] = LabelMap.Void;
        }

        return ValueTolerance == 0 ? ids : Widen(ids);
    }

    /// <summary>Gives each value that means nothing the meaning of the nearest one that does, if it is near enough and alone.</summary>
    private byte[] Widen(byte[] exact)
    {
        int[] known = [.. Enumerable.Range(0, ValueCount).Where(value => exact[value] != Unknown)];
        byte[] widened = [.. exact];
        for (int value = 0, next = 0; value < ValueCount; value++)
        {
            next += next < known.Length && known[next] < value ? 1 : 0;
            long below = next > 0 ? value - known[next - 1] : long.MaxValue, above = next < known.Length ? known[next] - value : long.MaxValue;
            if (above > 0 && Math.Min(below, above) <= ValueTolerance)
            {
                byte ofBelow = next > 0 ? exact[known[next - 1]] : Unknown, ofAbove = next < known.Length ? exact[known[next]] : Unknown;
                widened[value] = below < above ? ofBelow : above < below || ofAbove == ofBelow ? ofAbove : Unknown;
            }
        }

        return widened;
    }

    private string? FindFault()
    {
        if (string.IsNullOrWhiteSpace(Name))
        {
            return "Segmentation classes need a name, found an empty one: give the taxonomy a short name such as 'CamVid11'.";
        }

        if (Count is < 1 or > LabelMap.MaximumClassCount)
        {
            return $"Classes '{Name}': found {Count} classes, expected 1 to {LabelMap.MaximumClassCount} (ids 0 to 253; 255 is void): merge or leave out classes.";
        }

        if (Colors.Count != Count)
        {
            return $"Classes '{Name}': found {Colors.Count} display colours for {Count} classes, expected one for each.";
        }

        if (Names.Any(string.IsNullOrWhiteSpace))
        {
            return $"Classes '{Name}': class {Names.ToList().FindIndex(string.IsNullOrWhiteSpace)} has an empty name, expected a name for each class.";
        }

        if (Names.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            return $"Classes '{Name}': the name '{twice.Key}' stands {twice.Count()} times, expected distinct names: rename or merge these classes.";
        }

        return FindMapFault();
    }

    private string? FindMapFault()
    {
        if (VoidIndex is < 0 or >= ValueCount)
        {
            return $"Classes '{Name}': the void index is {VoidIndex}, expected 0 to 65535, or null where no value means void.";
        }

        if (ValueTolerance < 0 || (ValueTolerance > 0 && IdMap is null))
        {
            return ValueTolerance < 0
                ? $"Classes '{Name}': the value tolerance is {ValueTolerance}, expected 0 or more."
                : $"Classes '{Name}' have a value tolerance of {ValueTolerance} but no id map, expected both: list the exact values in the id map, such as 0 and 255.";
        }

        if (IdMap is not null && ReduceZeroLabel)
        {
            return $"Classes '{Name}' have both an id map and ReduceZeroLabel, expected one of them: write the shift into the id map.";
        }

        if (IdMap is { Count: 0 })
        {
            return $"Classes '{Name}': the id map is empty, expected at least one value: leave the map out where values are class ids.";
        }

        foreach ((int value, byte id) in IdMap ?? new Dictionary<int, byte>())
        {
            if (value is < 0 or >= ValueCount || !IsId(id))
            {
                return $"Classes '{Name}': the id map sends value {value} to {id}, expected a value of 0 to 65535 and a class id of 0 to {Count - 1} (or 255 for void).";
            }
        }

        if (ColorMap is { Count: 0 })
        {
            return $"Classes '{Name}': the colour map is empty, expected at least one colour: leave the map out to use the display colours.";
        }

        foreach ((RgbColor color, byte id) in ColorMap ?? new Dictionary<RgbColor, byte>())
        {
            if (!IsId(id))
            {
                return $"Classes '{Name}': the colour map sends {color} to {id}, expected a class id of 0 to {Count - 1} (or 255 for void).";
            }
        }

        int? clash = IdMap is not null ? (VoidIndex is { } mapped && IdMap.TryGetValue(mapped, out byte meant) && meant != LabelMap.Void ? meant : null)
            : ReduceZeroLabel ? (VoidIndex >= 1 && VoidIndex <= Count ? VoidIndex - 1 : null)
            : VoidIndex < Count ? VoidIndex : null;
        return clash is { } taken
            ? $"Classes '{Name}': the void index {VoidIndex} is also the value of class '{Names[taken]}', expected a value that means no class, or null where no value means void."
            : null;
    }

    private bool IsId(byte id) => id < Count || id == LabelMap.Void;
}
