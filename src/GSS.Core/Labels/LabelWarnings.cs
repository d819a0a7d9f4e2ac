using System.Globalization;
using System.Text.Json;

namespace GSS.Core;

/// <summary>What a <see cref="LabelAudit"/> found, as sentences: each says what was found and what to write.</summary>
internal static class LabelWarnings
{
    private const double LargestVoidShare = 0.4;
    private const int MostListed = 5;

    /// <summary>One sentence for each likely mistake; none where all is well.</summary>
    public static IReadOnlyList<string> Of(LabelAudit audit)
    {
        // Of label maps that cannot be read nothing is known, and their own faults are told.
        if (audit.Count == 0)
        {
            return [];
        }

        bool blackAndWhite = 2 * audit.BlackAndWhite > audit.Count;
        string?[] sentences =
        [
            blackAndWhite ? BlackAndWhite(audit) : null,
            AbsentClasses(audit, told: blackAndWhite),
            blackAndWhite ? null : VoidShare(audit),
            audit.Turned is { Count: > 0 } turned ? Turned(audit, turned) : null,
            audit.Conflicts is { Count: > 0 } conflicts ? Palette(audit, conflicts) : null,
        ];
        return [.. sentences.OfType<string>()];
    }

    private static string BlackAndWhite(LabelAudit audit)
    {
        IReadOnlyList<string> names = audit.Classes.Names;
        string map = names.Count == 1 ? $"\"0\": null, \"255\": {Quote(names[0])}" : $"\"0\": {Quote(names[0])}, \"255\": {Quote(names[1])}";
        return $"{audit.BlackAndWhite} of {Maps(audit)} hold the values 0 and 255 alone, and 255 means void, so that nothing is learned there: "
            + $"where 255 is a class, write \"idMap\": {{ {map} }} into the classes' JSON.";
    }

    private static string? AbsentClasses(LabelAudit audit, bool told)
    {
        string[] absent = [.. audit.Classes.Names.Where((_, id) => audit.Pixels[id] == 0)];
        if (absent.Length == 0 || (told && audit.Classes.Count <= 2))
        {
            return null;
        }

        int rest = absent.Length - MostListed;
        string listed = string.Join(", ", absent.Take(MostListed).Select(name => $"'{name}'")) + (rest > 0 ? $" and {rest} more" : "");
        return $"{absent.Length} of {audit.Classes.Count} classes have no pixel in {Maps(audit)} and will never be learned: {listed}; where files hold such a class under another value, "
            + $"name the value in the classes' JSON, as in \"idMap\": {{ \"7\": {Quote(absent[0])} }} with all other values, else leave the class out or add images that show it.";
    }

    private static string? VoidShare(LabelAudit audit)
    {
        double share = audit.Pixels[LabelMap.Void] / (double)Math.Max(1, audit.Pixels.Sum());
        if (share <= LargestVoidShare)
        {
            return null;
        }

        string value = audit.Classes.ReduceZeroLabel ? "0" : audit.Classes.VoidIndex?.ToString(CultureInfo.InvariantCulture) ?? "none";
        string class0 = Quote(audit.Classes.Names.Where((_, id) => audit.Pixels[id] == 0).FirstOrDefault() ?? audit.Classes.Names[0]);
        return string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} % of the pixels of {Maps(audit)} are void (value {value}) and teach nothing: where they belong to a class, ")
            + $"write \"voidIndex\": null and an idMap with all values, such as \"idMap\": {{ \"{value}\": {class0} }}, into the classes' JSON.";
    }

    private static string Turned(LabelAudit audit, (int Count, string First) turned) =>
        $"{turned.Count} of {(audit.LookedAt == audit.Total ? "" : $"{audit.LookedAt} looked at of ")}{audit.Total} photographs are turned upright by their EXIF orientation as they are read, such as '{turned.First}': "
        + "their label maps must lie on the upright photograph; where they were drawn on the stored pixels, remove the orientation from these photographs.";

    private static string Palette(LabelAudit audit, IReadOnlyList<PaletteConflict> conflicts)
    {
        SegmentationClasses classes = audit.Classes;
        PaletteConflict first = conflicts[0];
        string meant = first.Meant == SegmentationClasses.Unknown ? "no class" : $"'{classes.NameOf(first.Meant)}'";
        var entries = Enumerable.Range(0, classes.Count).Select(id => $"\"{classes.Colors[id]}\": {Quote(classes.Names[id])}");
        string ofVoid = classes.Colors.Contains(classes.VoidColor) ? "" : $", \"{classes.VoidColor}\": null";
        return $"{conflicts.Count} of {Maps(audit)} have a palette with the colours of other classes, such as index {first.Index} ({meant}) with the colour of '{classes.NameOf(first.Shown)}' in '{first.Path}', "
            + $"as if an editor had reordered it: to read palette files by colour write \"colorMap\": {{ {string.Join(", ", entries)}{ofVoid} }} into the classes' JSON.";
    }

    private static string Maps(LabelAudit audit) =>
        audit.Count == audit.Total ? $"{audit.Total} label maps"
        : audit.LookedAt == audit.Total ? $"{audit.Count} label maps (of {audit.Total}, the others cannot be read)"
        : $"{audit.Count} label maps (of {audit.Total}, evenly spread)";

    private static string Quote(string name) => $"\"{JsonEncodedText.Encode(name, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
