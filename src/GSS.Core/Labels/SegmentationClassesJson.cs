using System.Globalization;
using System.Text.Json;

namespace GSS.Core;

/// <summary>Reads the JSON form of <see cref="SegmentationClasses"/>, refusing whatever it does not know.</summary>
internal static class SegmentationClassesJson
{
    private static readonly string[] Properties = ["name", "classes", "voidIndex", "voidColor", "reduceZeroLabel", "idMap", "valueTolerance", "colorMap"];

    public static SegmentationClasses Read(JsonElement root)
    {
        Expect(root, JsonValueKind.Object, "the whole file");
        RefuseUnknown(root, Properties, "the classes");
        if (!root.TryGetProperty("name", out JsonElement name) || !root.TryGetProperty("classes", out JsonElement classes))
        {
            throw new FormatException("'name' and 'classes' are needed");
        }

        (string[] names, RgbColor[]? colors) = ReadClasses(classes);
        return new(
            Text(name, "name"),
            names,
            colors,
            voidIndex: root.TryGetProperty("voidIndex", out JsonElement voidIndex) ? (voidIndex.ValueKind == JsonValueKind.Null ? null : Integer(voidIndex, "voidIndex")) : LabelMap.Void,
            voidColor: root.TryGetProperty("voidColor", out JsonElement voidColor) ? Color(Text(voidColor, "voidColor"), "voidColor") : default,
            reduceZeroLabel: root.TryGetProperty("reduceZeroLabel", out JsonElement reduce) && Boolean(reduce, "reduceZeroLabel"),
            idMap: ReadMap(root, "idMap", names, Value),
            colorMap: ReadMap(root, "colorMap", names, key => Color(key, "colorMap")),
            valueTolerance: root.TryGetProperty("valueTolerance", out JsonElement tolerance) ? Integer(tolerance, "valueTolerance") : 0);
    }

    private static (string[] Names, RgbColor[]? Colors) ReadClasses(JsonElement classes)
    {
        Expect(classes, JsonValueKind.Array, "'classes'");
        var names = new List<string>();
        var colors = new List<RgbColor>();
        foreach (JsonElement entry in classes.EnumerateArray())
        {
            string where = $"class {names.Count}";
            if (entry.ValueKind == JsonValueKind.String)
            {
                names.Add(entry.GetString()!);
                continue;
            }

            Expect(entry, JsonValueKind.Object, where);
            RefuseUnknown(entry, ["name", "color"], where);
            names.Add(entry.TryGetProperty("name", out JsonElement name) ? Text(name, where) : throw new FormatException($"{where} has no 'name'"));
            if (entry.TryGetProperty("color", out JsonElement color))
            {
                colors.Add(Color(Text(color, where), where));
            }
        }

        return colors.Count == 0 ? ([.. names], null)
            : colors.Count == names.Count ? ([.. names], [.. colors])
            : throw new FormatException($"{colors.Count} of {names.Count} classes have a 'color', expected all or none");
    }

    private static Dictionary<TKey, byte>? ReadMap<TKey>(JsonElement root, string property, string[] names, Func<string, TKey> readKey)
        where TKey : notnull
    {
        if (!root.TryGetProperty(property, out JsonElement map) || map.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        Expect(map, JsonValueKind.Object, $"'{property}'");
        var entries = new Dictionary<TKey, byte>();
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            if (!entries.TryAdd(readKey(entry.Name), Target(entry, property, names)))
            {
                throw new FormatException($"'{property}' has '{entry.Name}' twice");
            }
        }

        return entries;
    }

    private static byte Target(JsonProperty entry, string property, string[] names)
    {
        switch (entry.Value.ValueKind)
        {
            case JsonValueKind.Null:
                return LabelMap.Void;
            case JsonValueKind.String when Array.IndexOf(names, entry.Value.GetString()) is var id and >= 0 and < byte.MaxValue:
                return (byte)id;
            case JsonValueKind.Number when entry.Value.TryGetByte(out byte id) && id < names.Length:
                return id;
            default:
                throw new FormatException($"'{property}' sends '{entry.Name}' to {entry.Value.GetRawText()}, expected the name of a class, an id of 0 to {names.Length - 1}, or null for void");
        }
    }

    private static int Value(string key)
        => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw new FormatException($"'idMap' has the key '{key}', expected a whole number of 0 to 65535");

    private static RgbColor Color(string text, string where)
        => text is ['#', _, _, _, _, _, _] && int.TryParse(text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int rgb)
            ? new((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb)
            : throw new FormatException($"{where} has the colour '{text}', expected one like '#80c0ff'");

    private static string Text(JsonElement element, string where)
    {
        Expect(element, JsonValueKind.String, where);
        return element.GetString()!;
    }

    private static int Integer(JsonElement element, string where)
        => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value) ? value : throw new FormatException($"'{where}' is {element.GetRawText()}, expected a whole number");

    private static bool Boolean(JsonElement element, string where)
        => element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : throw new FormatException($"'{where}' is {element.GetRawText()}, expected true or false");

    private static void Expect(JsonElement element, JsonValueKind kind, string where)
    {
        if (element.ValueKind != kind)
        {
            throw new FormatException($"{where} is {Describe(element.ValueKind)}, expected {Describe(kind)}");
        }
    }

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object in braces",
        JsonValueKind.Array => "a list in brackets",
        JsonValueKind.String => "a text in quotes",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    private static void RefuseUnknown(JsonElement element, string[] known, string where)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                throw new FormatException($"{where} has '{property.Name}', expected one of {string.Join(", ", known)}");
            }
        }
    }
}
