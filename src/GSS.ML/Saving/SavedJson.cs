using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using GSS.Core;
using GSS.Onnx;

namespace GSS.ML;

/// <summary>How records are written: by the names of their properties, so that a later version can add one with a default.</summary>
internal static class SavedJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,

        // Named, because applications that may be compiled ahead of time, file-based programs among them, have no default.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutTheMachine } },
        Converters = { new ClassesConverter(), new PaletteConverter() },
    };

    /// <summary>Scoring options that are of a machine and never saved: threads, device and memory. All others change label maps and belong to the model.</summary>
    private static readonly string[] s_ofTheMachine =
        [nameof(ScoringOptions.ThreadCount), nameof(ScoringOptions.GpuDeviceId), nameof(ScoringOptions.FallbackToCpu), nameof(ScoringOptions.LogitsMemory)];

    /// <summary>The palette as bytes, three for each colour, RGB.</summary>
    public static byte[] BytesOf(MaskigePalette palette) => [.. palette.Colors.SelectMany(color => new[] { color.R, color.G, color.B })];

    /// <summary>The palette of these bytes.</summary>
    public static MaskigePalette PaletteOf(byte[] bytes) => MaskigePalette.FromColors([.. bytes.Chunk(3).Select(color => new RgbColor(color[0], color[1], color[2]))]);

    /// <summary>The classes of a saved JSON text.</summary>
    public static SegmentationClasses ClassesOf(string json) => SegmentationClasses.FromJson(json, "the saved model");

    private static void LeaveOutTheMachine(JsonTypeInfo type)
    {
        if (type.Type != typeof(ScoringOptions))
        {
            return;
        }

        // An option of a later version would change the label maps: it is not to be passed over.
        type.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        for (int i = type.Properties.Count - 1; i >= 0; i--)
        {
            if (s_ofTheMachine.Contains(type.Properties[i].Name, StringComparer.OrdinalIgnoreCase))
            {
                type.Properties.RemoveAt(i);
            }
        }
    }

    private sealed class ClassesConverter : JsonConverter<SegmentationClasses>
    {
        public override SegmentationClasses Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return ClassesOf(document.RootElement.GetRawText());
        }

        public override void Write(Utf8JsonWriter writer, SegmentationClasses value, JsonSerializerOptions options) => writer.WriteRawValue(value.ToJson());
    }

    private sealed class PaletteConverter : JsonConverter<MaskigePalette>
    {
        public override MaskigePalette Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            PaletteOf(Convert.FromHexString(reader.GetString() ?? ""));

        public override void Write(Utf8JsonWriter writer, MaskigePalette value, JsonSerializerOptions options) => writer.WriteStringValue(Convert.ToHexStringLower(BytesOf(value)));
    }
}
