using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML.OnnxRuntime;

namespace GSS.Tests;

/// <summary>Small models of convolutions with drawn weights, in the shapes that trained ones have: a residual block with a pool and a resize before the decision.</summary>
internal static class ConvolutionModel
{
    private const int Width = 8;

    /// <summary>A generative model whose classes are nearest colours.</summary>
    public static SegmentationModelPackage Generative() => TestModel.Package(prior: Prior());

    /// <summary>A generative model with a network as X⁻¹.</summary>
    public static SegmentationModelPackage WithInverse() => TestModel.Package(prior: Prior(), decoder: DecoderWithInverse());

    /// <summary>A per-pixel model.</summary>
    public static SegmentationModelPackage PerPixel()
    {
        (OnnxGraph graph, OnnxValue image, OnnxValue logits) = Network("segmenter", classes: 3);
        OnnxValue resized = graph.ResizeBilinear(logits, graph.Shape(image, 2, 4));
        graph.Output(graph.Cast(graph.ArgMax(resized, 1), OnnxType.UInt8), "labels", OnnxType.UInt8, "batch", "height", "width");
        return TestModel.PerPixelPackage(segmenter: graph.ToBytes());
    }

    /// <summary>Areas of even colours, as photographs have them.</summary>
    public static RgbImage[] Images(int count) => [.. Enumerable.Range(0, count).Select(Image)];

    public static byte[] Prior()
    {
        (OnnxGraph graph, _, OnnxValue logits) = Network("prior", TestModel.TokenCount);
        graph.Metadata("gss.vocabulary_size", $"{TestModel.TokenCount}");
        graph.Output(graph.ArgMax(logits, 1), "tokens", OnnxType.Int64, "batch", "rows", "columns");
        return graph.ToBytes();
    }

    public static OnnxValue Convolution(OnnxGraph graph, Random random, OnnxValue x, int input, int output, int kernel, int stride = 1, float[]? given = null)
    {
        float spread = MathF.Sqrt(6f / (input * kernel * kernel));
        float[] weight = [.. Enumerable.Range(0, output * input * kernel * kernel).Select(_ => spread * ((2 * random.NextSingle()) - 1))];
        float[] bias = given ?? [.. Enumerable.Range(0, output).Select(_ => random.NextSingle() - 0.5f)];
        return graph.Conv(x, graph.Constant(weight, output, input, kernel, kernel), graph.Constant(bias, output), kernel, stride, kernel / 2);
    }

    /// <summary>A prior that decides as trained ones do: row by row, over features that class probabilities may stand behind.</summary>
    public static byte[] PriorWithDecision(bool tied, int vocabulary = 64)
    {
        const int channels = 6, classes = 3;
        var random = new Random(8);
        (OnnxGraph graph, _, OnnxValue logits) = Network("prior", channels);
        OnnxValue features = graph.Relu(logits);
        int inputs = tied ? channels + classes : channels;
        if (tied)
        {
            features = graph.Concat(1, features, graph.Add("LogSoftmax", [Convolution(graph, random, features, channels, classes, 1)], ("axis", 1L)));
        }

        float[] weight = [.. Enumerable.Range(0, vocabulary * inputs).Select(_ => random.NextSingle() - 0.5f)], bias = [.. Enumerable.Range(0, vocabulary).Select(_ => random.NextSingle() / 10)];
        TokenDecision.Output(graph, features, new(vocabulary, inputs, graph.Constant(weight, vocabulary, inputs), graph.Constant(bias, vocabulary, 1)));
        return graph.ToBytes();
    }

    private static (OnnxGraph Graph, OnnxValue Image, OnnxValue Logits) Network(string name, int classes)
    {
        (OnnxGraph raw, _, OnnxValue logits) = Network(name, classes, new float[classes]);
        raw.Output(logits, "logits", OnnxType.Float, "batch", classes, "rows", "columns");

        // Each class gets its share: the bias takes the mean away.
        using var session = new InferenceSession(raw.ToBytes());
        using var batch = new ImageBatch(Images(1), [0], (64, 48));
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, batch.Values, batch.Shape);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> found = session.Run(options, ["image"], [input], ["logits"]);
        float[] numbers = found[0].GetTensorDataAsSpan<float>().ToArray();
        return Network(name, classes, [.. numbers.Chunk(numbers.Length / classes).Select(plane => -plane.Average())]);
    }

    private static (OnnxGraph Graph, OnnxValue Image, OnnxValue Logits) Network(string name, int classes, float[] bias)
    {
        var random = new Random(1);
        var graph = new OnnxGraph(name);
        OnnxValue image = graph.Input("image", OnnxType.Float, "batch", 3, "height", "width");
        OnnxValue normal = graph.Div(graph.Sub(graph.PadToMultiple(image, 4), graph.Scalar(128)), graph.Scalar(64));
        OnnxValue stem = graph.Relu(Convolution(graph, random, normal, 3, Width, 3, stride: 2));
        OnnxValue pooled = graph.MaxPool(stem, 3, 2, 1);
        OnnxValue inner = graph.Relu(Convolution(graph, random, pooled, Width, Width, 3));
        OnnxValue sum = graph.Relu(graph.Add(Convolution(graph, random, inner, Width, Width, 3), pooled));
        OnnxValue coarse = graph.Relu(Convolution(graph, random, sum, Width, Width, 3, stride: 2));
        OnnxValue both = graph.Concat(1, sum, graph.ResizeBilinearLike(coarse, sum));
        OnnxValue fused = graph.Relu(Convolution(graph, random, both, 2 * Width, Width, 1));
        return (graph, image, Convolution(graph, random, fused, Width, classes, 1, given: bias));
    }

    private static byte[] DecoderWithInverse()
    {
        var random = new Random(2);
        var graph = new OnnxGraph("decoder");
        OnnxValue tokens = graph.Input("tokens", OnnxType.Int64, "batch", "rows", "columns");
        float[] table = [.. Enumerable.Range(0, TestModel.TokenCount).Select(v => TestModel.Palette.Colors[v % 3]).SelectMany(c => new float[] { c.R, c.G, c.B })];
        OnnxValue maskige = graph.UpsampleNearest(graph.Transpose(graph.Gather(graph.Constant(table, TestModel.TokenCount, 3), tokens), 0, 3, 1, 2), TestModel.Stride);
        OnnxValue inner = graph.Relu(Convolution(graph, random, graph.Mul(maskige, graph.Scalar(1 / 128f)), 3, Width, 1));
        OnnxValue scores = Convolution(graph, random, inner, Width, 3, 1);
        graph.Output(maskige, "maskige", OnnxType.Float, "batch", 3, "height", "width");
        graph.Output(scores, "scores", OnnxType.Float, "batch", 3, "height", "width");
        graph.Output(graph.Cast(graph.ArgMax(scores, 1), OnnxType.UInt8), "labels", OnnxType.UInt8, "batch", "height", "width");
        return graph.ToBytes();
    }

    private static RgbImage Image(int seed)
    {
        const int side = 8;
        var random = new Random(seed);
        byte[] colors = new byte[3 * side * side];
        random.NextBytes(colors);
        var image = new RgbImage(64, 48);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            (int x, int y) = (i / 3 % 64, i / 3 / 64);
            image.Pixels[i] = (byte)Math.Clamp(colors[(((y / side * side) + (x / side)) * 3) + (i % 3)] + random.Next(-9, 10), 0, 255);
        }

        return image;
    }
}
