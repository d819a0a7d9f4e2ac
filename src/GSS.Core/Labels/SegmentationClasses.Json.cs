using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GSS.Core;

/// <content>Classes as JSON: for a user's own taxonomy and for the manifest of a model.</content>
public sealed partial class SegmentationClasses
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads classes from a JSON file; comments and trailing commas are allowed.</summary>
    /// <example>
    /// <code>
    /// {
    ///   "name": "Farm3",
    ///   "classes": [ { "name": "soil", "color": "#8b5a2b" }, { "name": "crop", "color": "#3cb44b" }, { "name": "weed" } ],
    ///   "voidIndex": 255,                                        // optional: null where no value means void
    ///   "voidColor": "#000000",                                  // optional
    ///   "reduceZeroLabel": false,                                // optional: 0 is void, v is class v - 1
    ///   "idMap": { "0": null, "7": "soil", "8": "crop" },        // optional: value in files to class name or id; null is void
    ///   "valueTolerance": 0,                                     // optional, with an idMap: how far values may be off
    ///   "colorMap": { "#ff0000": "weed", "#000000": null }       // optional: colour in files to class name or id; null is void
    /// }
    /// </code>
    /// A class may be written as its name alone; where no class has a colour they get those of the Pascal VOC colour map.
    /// </example>
    /// <param name="path">The file.</param>
    /// <exception cref="SegmentationDataException">The file is missing or does not describe usable classes; the message names file and entry.</exception>
    public static SegmentationClasses FromFile(string path)
        => FromJson(System.Text.Encoding.UTF8.GetString(FileBytes.Read(path, "Class file")).TrimStart('\uFEFF'), path);

    /// <summary>Reads classes from JSON text as <see cref="ToJson"/> writes it and <see cref="FromFile"/> explains it.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="SegmentationDataException">The text does not describe usable classes.</exception>
    public static SegmentationClasses FromJson(string json, string name = "JSON")
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return SegmentationClassesJson.Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException or FormatException)
        {
            throw new SegmentationDataException($"Class file '{name}' cannot be used ({exception.Message.TrimEnd('.')}): mend this entry.", exception);
        }
    }

    /// <summary>The classes as indented JSON, everything included; <see cref="FromJson"/> reads an equal object back.</summary>
    public string ToJson()
    {
        var json = new JsonObject
        {
            ["name"] = Name,
            ["classes"] = new JsonArray([.. Enumerable.Range(0, Count).Select(id => new JsonObject { ["name"] = Names[id], ["color"] = Colors[id].ToString() })]),
            ["voidIndex"] = VoidIndex,
            ["voidColor"] = VoidColor.ToString(),
            ["reduceZeroLabel"] = ReduceZeroLabel,
        };
        if (IdMap is not null)
        {
            json["idMap"] = new JsonObject(IdMap.Select(e => KeyValuePair.Create(e.Key.ToString(CultureInfo.InvariantCulture), Target(e.Value))));
        }

        if (ValueTolerance > 0)
        {
            json["valueTolerance"] = ValueTolerance;
        }

        if (ColorMap is not null)
        {
            json["colorMap"] = new JsonObject(ColorMap.Select(e => KeyValuePair.Create(e.Key.ToString(), Target(e.Value))));
        }

        return json.ToJsonString(Indented);

        JsonNode? Target(byte id) => id == LabelMap.Void ? null : Names[id];
    }
}
