using System.Text.Json;
using System.Text.Json.Nodes;
using GSS.Onnx;

namespace GSS.ML;

/// <summary>The part of <see cref="ScoringOptions"/> that belongs to a model and is saved with it: what changes label maps. Threads, device and memory are the machine's.</summary>
internal static class SavedScoring
{
    /// <summary>The names of saved options that are not at their default.</summary>
    public static IReadOnlyList<string> Differences(ScoringOptions options)
    {
        using JsonDocument found = ToJson(options), usual = ToJson(new ScoringOptions());
        return [.. found.RootElement.EnumerateObject().Where(property => !JsonElement.DeepEquals(property.Value, usual.RootElement.GetProperty(property.Name)))
            .Select(property => char.ToUpperInvariant(property.Name[0]) + property.Name[1..])];
    }

    /// <summary>Whether the saved parts are the same.</summary>
    public static bool AreEqual(ScoringOptions first, ScoringOptions second)
    {
        using JsonDocument one = ToJson(first), other = ToJson(second);
        return JsonElement.DeepEquals(one.RootElement, other.RootElement);
    }

    /// <summary>The saved parts that are not at their default, for a message.</summary>
    public static string Describe(ScoringOptions options)
    {
        JsonObject all = JsonSerializer.SerializeToNode(options, SavedJson.Options)!.AsObject();
        foreach (string name in all.Where(property => property.Value is null).Select(property => property.Key).ToArray())
        {
            all.Remove(name);
        }

        return all.ToJsonString();
    }

    private static JsonDocument ToJson(ScoringOptions options) => JsonSerializer.SerializeToDocument(options, SavedJson.Options);
}
