using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ApplyOnnxModel;

/// <summary>What an exported file says about itself: the size of its images, and names and colours of its classes.</summary>
internal sealed record ModelFile(string Path, int Width, int Height, bool IsBlueFirst, string[] Classes, (byte Red, byte Green, byte Blue)[] Colors)
{
    private const string Advice = "export it with a Width and a Height, ImageType Float and Layout Chw";

    /// <summary>Reads it.</summary>
    /// <exception cref="ArgumentException">ML.NET cannot score this file, or it is no segmentation model.</exception>
    public static ModelFile Read(string path)
    {
        using InferenceSession session = Open(path);
        Dictionary<string, string> notes = session.ModelMetadata.CustomMetadataMap;
        if (!session.InputMetadata.TryGetValue("image", out NodeMetadata? image) || !notes.TryGetValue("gss.classes", out string? classes) || !notes.TryGetValue("gss.colors", out string? colors))
        {
            throw new ArgumentException($"'{path}' is no segmentation model that GSS.ML exported: it has no input 'image', or no names and colours of classes in its metadata.");
        }

        int[] shape = image.Dimensions;
        if (image.ElementDataType != TensorElementType.Float || shape is not [1 or -1, 3, > 0, > 0])
        {
            throw new ArgumentException($"'{path}' takes images of {image.ElementDataType} [{string.Join(", ", shape)}], expected Float [1, 3, height, width] with numbers for both: {Advice}.");
        }

        bool blueFirst = notes.GetValueOrDefault("gss.input", "").Contains("bgr", StringComparison.Ordinal);
        return new ModelFile(path, shape[3], shape[2], blueFirst, JsonSerializer.Deserialize<string[]>(classes)!, [.. JsonSerializer.Deserialize<string[]>(colors)!.Select(Color)]);
    }

    private static InferenceSession Open(string path)
    {
        try
        {
            return new InferenceSession(path);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ArgumentException($"'{path}' is no ONNX model ({e.Message.ReplaceLineEndings(" ")}).", e);
        }
    }

    // #RRGGBB
    private static (byte, byte, byte) Color(string text) => (Part(text, 1), Part(text, 3), Part(text, 5));

    private static byte Part(string text, int start) => byte.Parse(text.AsSpan(start, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
