using System.Text.Encodings.Web;
using System.Text.Json;

namespace GSS.Core;

/// <summary>The manifest as <c>manifest.json</c>, with the SHA-256 of each other part.</summary>
internal static class ManifestJson
{
    private const string Generative = "generative";
    private const string PerPixel = "per-pixel";

    public static byte[] Write(SegmentationModelManifest manifest, IReadOnlyDictionary<string, string> partHashes)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("formatVersion", manifest.FormatVersion);
            json.WriteString("libraryVersion", manifest.LibraryVersion);
            if (manifest.FormatVersion >= 2)
            {
                json.WriteString("method", manifest.Method == SegmentationMethod.PerPixel ? PerPixel : Generative);
            }

            json.WriteString("variant", manifest.Variant);
            if (manifest.Method == SegmentationMethod.Generative)
            {
                json.WriteString("tokenizer", manifest.Tokenizer);
                json.WriteNumber("stride", manifest.Stride);
                json.WriteNumber("vocabularySize", manifest.VocabularySize);
                if (manifest.TokenDecoding is { } decoding)
                {
                    json.WriteString("tokenDecoding", decoding);
                }
            }

            json.WriteString("encoder", manifest.Encoder);
            if (manifest.ShortSide is { } side)
            {
                json.WriteNumber("shortSide", side);
            }
            else
            {
                json.WriteNull("shortSide");
            }

            if (manifest.Precision is { } precision)
            {
                json.WriteString("precision", precision);
            }

            WriteNumbers(json, "mean", manifest.Mean);
            WriteNumbers(json, "standardDeviation", manifest.StandardDeviation);
            json.WritePropertyName("classes");
            using (JsonDocument classes = JsonDocument.Parse(manifest.Classes.ToJson()))
            {
                classes.RootElement.WriteTo(json);
            }

            if (manifest.Palette is { } palette)
            {
                WriteStrings(json, "palette", palette.Colors.Select(c => c.ToString()));
            }

            json.WriteStartObject("sha256");
            foreach ((string part, string hash) in partHashes)
            {
                json.WriteString(part, hash);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <exception cref="JsonException">The text is no JSON, a member is missing, or one has another type; the message says which.</exception>
    public static int ReadFormatVersion(byte[] text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return Number(document.RootElement, "formatVersion");
    }

    /// <exception cref="JsonException">The text is no JSON, a member is missing, or one has another type; the message says which.</exception>
    /// <exception cref="ArgumentException">The palette is not acceptable.</exception>
    /// <exception cref="SegmentationDataException">The classes are not acceptable.</exception>
    public static (SegmentationModelManifest Manifest, Dictionary<string, string> PartHashes) Read(byte[] text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement root = document.RootElement;
        int version = Number(root, "formatVersion");
        bool generative = version < 2 || Method(Text(root, "method")) == SegmentationMethod.Generative;
        var manifest = new SegmentationModelManifest
        {
            FormatVersion = version,
            Method = generative ? SegmentationMethod.Generative : SegmentationMethod.PerPixel,
            LibraryVersion = Text(root, "libraryVersion"),
            Variant = Text(root, "variant"),
            Tokenizer = generative ? Text(root, "tokenizer") : null,
            Stride = generative ? Number(root, "stride") : 0,
            VocabularySize = generative ? Number(root, "vocabularySize") : 0,
            TokenDecoding = generative && root.TryGetProperty("tokenDecoding", out _) ? Text(root, "tokenDecoding") : null,
            Encoder = Text(root, "encoder"),
            ShortSide = Member(root, "shortSide").ValueKind == JsonValueKind.Null ? null : Number(root, "shortSide"),
            Precision = root.TryGetProperty("precision", out _) ? Text(root, "precision") : null,
            Mean = Numbers(root, "mean"),
            StandardDeviation = Numbers(root, "standardDeviation"),
            Classes = SegmentationClasses.FromJson(Member(root, "classes", JsonValueKind.Object).GetRawText(), "classes"),
            Palette = generative ? MaskigePalette.FromColors(Colors(root, "palette")) : null,
        };
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty part in Member(root, "sha256", JsonValueKind.Object).EnumerateObject())
        {
            hashes[part.Name] = part.Value.ValueKind == JsonValueKind.String ? part.Value.GetString()! : throw new JsonException($"the SHA-256 of '{part.Name}' is not text");
        }

        return (manifest, hashes);
    }

    private static SegmentationMethod Method(string text) => text switch
    {
        Generative => SegmentationMethod.Generative,
        PerPixel => SegmentationMethod.PerPixel,
        _ => throw new JsonException($"'{text}' in 'method' is neither {Generative} nor {PerPixel}"),
    };

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<float> values)
    {
        json.WriteStartArray(name);
        foreach (float value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static JsonElement Member(JsonElement owner, string name, JsonValueKind? kind = null)
    {
        if (owner.ValueKind != JsonValueKind.Object || !owner.TryGetProperty(name, out JsonElement member))
        {
            throw new JsonException($"'{name}' is missing");
        }

        return kind is null || member.ValueKind == kind ? member : throw new JsonException($"'{name}' is {member.ValueKind}, expected {kind}");
    }

    private static string Text(JsonElement owner, string name) => Member(owner, name, JsonValueKind.String).GetString()!;

    private static int Number(JsonElement owner, string name) =>
        Member(owner, name, JsonValueKind.Number).TryGetInt32(out int value) ? value : throw new JsonException($"'{name}' is not a whole number");

    private static float[] Numbers(JsonElement owner, string name) =>
        [.. Member(owner, name, JsonValueKind.Array).EnumerateArray().Select(e => e.ValueKind == JsonValueKind.Number ? e.GetSingle() : throw new JsonException($"'{name}' is not a list of numbers"))];

    private static string[] Strings(JsonElement owner, string name) =>
        [.. Member(owner, name, JsonValueKind.Array).EnumerateArray().Select(e => e.ValueKind == JsonValueKind.String ? e.GetString()! : throw new JsonException($"'{name}' is not a list of texts"))];

    private static RgbColor[] Colors(JsonElement owner, string name) => [.. Strings(owner, name).Select(text => Color(text, name))];

    private static RgbColor Color(string text, string name)
    {
        if (text.Length != 7 || text[0] != '#' || !text.AsSpan(1).ContainsOnlyHexDigits())
        {
            throw new JsonException($"'{text}' in '{name}' is not a colour of the form #rrggbb");
        }

        byte[] parts = Convert.FromHexString(text.AsSpan(1));
        return new RgbColor(parts[0], parts[1], parts[2]);
    }

    private static bool ContainsOnlyHexDigits(this ReadOnlySpan<char> text)
    {
        foreach (char character in text)
        {
            if (!char.IsAsciiHexDigit(character))
            {
                return false;
            }
        }

        return true;
    }
}
