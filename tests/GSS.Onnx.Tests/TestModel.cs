using GSS.Core;
using GSS.Onnx;
using GSS.Torch;

namespace GSS.Tests;

/// <summary>
/// A model so simple that every prediction is known: the token of a 4×4 block is the one of five levels of red (0, 60, … 240) nearest to the block's mean,
/// and token v is painted in the colour of class v mod 3. All numbers in it are exact in floating point, so ties are real ties.
/// </summary>
internal static class TestModel
{
    public const int Stride = 4;
    public const int TokenCount = 5;

    public static SegmentationClasses Classes { get; } = new("three", ["a", "b", "c"]);

    public static MaskigePalette Palette { get; } = MaskigePalette.MaximalDistance(3);

    public static byte[] Prior { get; } = MakePrior();

    /// <summary>The same prior as version 0.1.0 wrote it: its logits leave the graph.</summary>
    public static byte[] PriorWithLogits { get; } = MakeUndecidedPrior(withScores: false);

    /// <summary>The same with scores that decide for the least likely token.</summary>
    public static byte[] PriorWithScores { get; } = MakeUndecidedPrior(withScores: true);

    /// <summary>A per-pixel model: the class of a pixel is how often its red goes into 100.</summary>
    public static byte[] Segmenter { get; } = MakeSegmenter();

    public static byte[] Decoder { get; } = MakeDecoder(0);

    public static byte[] Encoder { get; } = MakeEncoder();

    public static SegmentationModelPackage Package(int? shortSide = null, byte[]? prior = null, byte[]? decoder = null, int vocabularySize = TokenCount) =>
        new(new SegmentationModelManifest
        {
            Variant = "FF",
            Classes = Classes,
            Palette = Palette,
            Tokenizer = "test",
            Stride = Stride,
            VocabularySize = vocabularySize,
            Encoder = "test",
            ShortSide = shortSide,
        }, prior ?? Prior, decoder ?? Decoder);

    public static SegmentationModel Open(int? shortSide = null, ScoringOptions? options = null) => new(Package(shortSide), options);

    public static RgbImage RandomImage(int width, int height, int seed)
    {
        var image = new RgbImage(width, height);
        var random = new Random(seed);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                // Each block has a level of its own, or all levels would be the mean of many numbers, about 128.
                int level = ((x / Stride * 67) + (y / Stride * 101) + (seed * 31)) % 256;
                image.Pixels[3 * ((y * width) + x)] = (byte)Math.Clamp(level + random.Next(-40, 41), 0, 255);
            }
        }

        return image;
    }

    /// <summary>The logits of the block at column x and row y, written out a second time.</summary>
    public static double[] Logits(RgbImage image, int x, int y)
    {
        double sum = 0;
        for (int dy = 0; dy < Stride; dy++)
        {
            for (int dx = 0; dx < Stride; dx++)
            {
                int column = Math.Min((x * Stride) + dx, image.Width - 1);
                int row = Math.Min((y * Stride) + dy, image.Height - 1);
                sum += image.Pixels[3 * ((row * image.Width) + column)];
            }
        }

        return [.. Enumerable.Range(0, TokenCount).Select(v => ((2 * 60 * v * sum / 16) - (60 * v * 60 * v)) / 512)];
    }

    public static int Token(RgbImage image, int x, int y)
    {
        double[] logits = Logits(image, x, y);
        return Array.IndexOf(logits, logits.Max());
    }

    public static LabelMap Labels(RgbImage image)
    {
        byte[] ids = new byte[image.Width * image.Height];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = (byte)(Token(image, i % image.Width / Stride, i / image.Width / Stride) % 3);
        }

        return new LabelMap(image.Width, image.Height, ids);
    }

    public static SegmentationModelPackage PerPixelPackage(int? shortSide = null, byte[]? segmenter = null) =>
        new(new SegmentationModelManifest { Method = SegmentationMethod.PerPixel, Variant = "test", Classes = Classes, Encoder = "test", ShortSide = shortSide }, segmenter ?? Segmenter);

    /// <summary>The decoder with rows in its table that no token chooses, so that it has a constant of several kilobytes.</summary>
    public static byte[] MakeDecoder(int unused)
    {
        var graph = new OnnxGraph("decoder");
        OnnxValue tokens = graph.Input("tokens", OnnxType.Int64, "batch", "rows", "columns");
        float[] table = [.. Enumerable.Range(0, TokenCount).Select(v => Palette.Colors[v % 3]).SelectMany(c => new float[] { c.R, c.G, c.B })];
        table = [.. table, .. Enumerable.Range(0, 3 * unused).Select(i => i / 7f)];
        OnnxValue cells = graph.Transpose(graph.Gather(graph.Constant(table, TokenCount + unused, 3), tokens), 0, 3, 1, 2);
        graph.Output(graph.UpsampleNearest(cells, Stride), "maskige", OnnxType.Float, "batch", 3, "height", "width");
        return graph.ToBytes();
    }

    private static byte[] MakePrior()
    {
        var graph = new OnnxGraph("prior");
        OnnxValue image = graph.Input("image", OnnxType.Float, "batch", 3, "height", "width");
        OnnxValue asked = graph.Input("with_confidence", OnnxType.Bool);
        OnnxValue logits = RedLevels(graph, image);
        graph.Metadata("gss.vocabulary_size", $"{TokenCount}");
        graph.Output(graph.ArgMax(logits, 1), "tokens", OnnxType.Int64, "batch", "rows", "columns");

        // Minus one where it is not asked for: whoever reads it then is found out.
        OnnxValue confidence = graph.Add("ReduceMax", [graph.Softmax(logits, 1)], ("axes", new[] { 1L }), ("keepdims", 0L));
        graph.Output(graph.Add("Where", [asked, confidence, graph.Scalar(-1)]), "confidence", OnnxType.Float, "batch", "rows", "columns");
        return graph.ToBytes();
    }

    private static byte[] MakeSegmenter()
    {
        var graph = new OnnxGraph("segmenter");
        OnnxValue image = graph.Input("image", OnnxType.Float, "batch", 3, "height", "width");
        OnnxValue red = graph.Squeeze(graph.Slice(image, graph.Constant([0L]), graph.Constant([1L]), 1), 1);
        graph.Output(graph.Cast(graph.Div(red, graph.Scalar(100)), OnnxType.UInt8), "labels", OnnxType.UInt8, "batch", "height", "width");
        graph.Output(graph.Div(red, graph.Scalar(255)), "confidence", OnnxType.Float, "batch", "height", "width");
        return graph.ToBytes();
    }

    private static byte[] MakeUndecidedPrior(bool withScores)
    {
        var graph = new OnnxGraph("prior");
        OnnxValue image = graph.Input("image", OnnxType.Float, "batch", 3, "height", "width");
        OnnxValue logits = RedLevels(graph, image);
        graph.Output(logits, "logits", OnnxType.Float, "batch", TokenCount, "rows", "columns");
        if (withScores)
        {
            graph.Output(graph.Sub(graph.Scalar(0), logits), "scores", OnnxType.Float, "batch", TokenCount, "rows", "columns");
        }

        return graph.ToBytes();
    }

    private static byte[] MakeEncoder()
    {
        var graph = new OnnxGraph("encoder");
        OnnxValue maskige = graph.Input("maskige", OnnxType.Float, "batch", 3, "height", "width");
        graph.Output(graph.ArgMax(RedLevels(graph, maskige), 1), "tokens", OnnxType.Int64, "batch", "rows", "columns");
        return graph.ToBytes();
    }

    // The squared distance to level c without the part that all levels share: 2·c·mean - c², a convolution.
    private static OnnxValue RedLevels(OnnxGraph graph, OnnxValue image)
    {
        float[] weight = new float[TokenCount * 3 * Stride * Stride];
        float[] bias = new float[TokenCount];
        for (int v = 0; v < TokenCount; v++)
        {
            weight.AsSpan(v * 3 * Stride * Stride, Stride * Stride).Fill(2 * 60 * v / 16f / 512);
            bias[v] = -60 * v * 60 * v / 512f;
        }

        return graph.Conv(graph.PadToMultiple(image, Stride), graph.Constant(weight, TokenCount, 3, Stride, Stride), graph.Constant(bias, TokenCount), kernel: Stride, stride: Stride);
    }
}
