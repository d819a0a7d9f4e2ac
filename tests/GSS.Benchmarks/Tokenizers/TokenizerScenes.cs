using GSS.Core;
using GSS.Torch;
using SkiaSharp;

namespace GSS.Benchmarks;

/// <summary>The label maps that tokenizers are measured on.</summary>
internal static class TokenizerScenes
{
    /// <summary>Procedural scenes that training never saw: their seeds are apart from those of training.</summary>
    public static LabelMap[] Procedural(int count, int classes, int width, int height) =>
        [.. Enumerable.Range(0, count).Select(i => ProceduralLabelMaps.Draw(width, height, classes, new Random(1_000_000 + i), objectScale: 3))];

    /// <summary>Label maps of CamVid's validation split, evenly spread; none where the shared data is missing.</summary>
    public static LabelMap[] CamVid(int count)
    {
        string folder = Path.Combine(Environment.GetEnvironmentVariable("GSS_SHARED") ?? "../shared", "data", "camvid", "val", "labels");
        string[] files = Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)] : [];
        int taken = Math.Min(count, files.Length);
        return [.. Enumerable.Range(0, taken).Select(i => Read(files[(int)((long)i * files.Length / taken)]))];
    }

    private static LabelMap Read(string file)
    {
        using var codec = SKCodec.Create(file);
        using var bitmap = new SKBitmap(new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Gray8));
        codec.GetPixels(bitmap.Info, bitmap.GetPixels());
        byte[] ids = [.. bitmap.GetPixelSpan().ToArray().Select(v => v >= 11 ? LabelMap.Void : v)];
        return new(bitmap.Width, bitmap.Height, ids);
    }
}
