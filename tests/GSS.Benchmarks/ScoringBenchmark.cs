using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML.OnnxRuntime.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace GSS.Benchmarks;

/// <summary>A photograph to its label map: the exported model in ONNX Runtime against the network it was exported from in TorchSharp.</summary>
internal sealed class ScoringBenchmark : IBenchmark
{
    private const int Width = 480;
    private const int Height = 360;
    private const int Threads = 2;

    public string Name => "scoring";

    public string Summary => "photograph to label map at 480x360, ResNet-18, two threads: ONNX Runtime against the same network in TorchSharp (--repeats N, 11)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int repeats = arguments.Number("--repeats", 11);
        TorchNative.EnsureLoaded();
        int threadsBefore = get_num_threads();
        set_num_threads(Threads);
        try
        {
            Measure(repeats, report);
        }
        finally
        {
            set_num_threads(threadsBefore);
        }
    }

    private static void Measure(int repeats, BenchmarkReport report)
    {
        using TrainedPrior trained = MakePrior();
        var options = new ScoringOptions { ThreadCount = Threads };
        byte[] prior = PriorExport.ToBytes(trained.Network), decoder = TokenizerExport.DecoderToBytes(trained.Tokenizer);
        using var model = new SegmentationModel(Package(trained, prior, decoder), options);
        using var priorSession = new OnnxSession(prior, "prior.onnx", ("image", TensorElementType.Float), ("logits", TensorElementType.Float), options);
        using var decoderSession = new OnnxSession(decoder, "decoder.onnx", ("tokens", TensorElementType.Int64), ("maskige", TensorElementType.Float), options);

        RgbImage image = Photograph(trained.Palette);
        float[] planes = new float[3 * Width * Height];
        ImagePlanes.Spread(image.Pixels, planes);
        long[] tokens = [.. model.PredictTokens([image])[0].Ids.Select(id => (long)id)];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor torchImage = tensor(planes, [1, 3, Height, Width]);
        Tensor torchTokens = tensor(tokens, [1, Height / 4, Width / 4]);

        LabelMap? ours = null, theirs = null;
        double[] times = Timing.CompareMedianMilliseconds(
            repeats,
            () => ours = model.Predict(image).Labels,
            () => theirs = trained.Predict(image),
            () => priorSession.Run(planes.AsMemory(), [1, 3, Height, Width]).Dispose(),
            () => trained.Network.call(torchImage).Dispose(),
            () => decoderSession.Run(tokens.AsMemory(), [1, Height / 4, Width / 4]).Dispose(),
            () => trained.Tokenizer.Decode(torchTokens).Dispose());

        double share = Math.Max(0, 1 - ((times[2] + times[4]) / times[0]));
        double different = ours!.Ids.ToArray().Zip(theirs!.Ids.ToArray()).Count(pair => pair.First != pair.Second) / (double)(Width * Height);
        report.Line($"One {Width}x{Height} photograph, {Threads} threads each, median of {repeats} turns taken one after the other; ResNet-18 with random weights, {trained.Tokenizer.VocabularySize} tokens.");
        report.Table(["step", "ONNX Runtime ms", "TorchSharp ms", "times faster"],
        [
            ["photograph to label map", times[0], times[1], times[1] / times[0]],
            ["latent prior alone", times[2], times[3], times[3] / times[2]],
            ["maskige decoder alone", times[4], times[5], times[5] / times[4]],
        ]);
        report.Line(FormattableString.Invariant(
            $"Of the time in ONNX Runtime's column, {share:P1} is spent outside the two networks: pixels to planes, the choice of tokens, the nearest colours. Label maps differ in {different:P3} of the pixels."));
        report.BarAtLeast("scoring-onnx-against-torchsharp", times[1] / times[0], 1.5);
    }

    private static TrainedPrior MakePrior()
    {
        TokenizerNetwork tokenizer = Tokenizers.Compact().CreateNetwork();
        var network = new LatentPriorNetwork(ImageEncoders.ResNet18().CreateNetwork(), tokenizer.VocabularySize, auxiliaryChannels: 0, seed: 1);
        network.eval();
        using (no_grad())
        {
            // First weights of a classifier are so small that its choice would hang on the last bit.
            network.Classifier.weight!.normal_(0, 1);
        }

        SegmentationClasses classes = SegmentationClasses.CamVid;
        return new TrainedPrior(network, tokenizer, classes, MaskigePalette.MaximalDistance(classes.Count), new LatentPriorOptions(), CPU);
    }

    private static SegmentationModelPackage Package(TrainedPrior trained, byte[] prior, byte[] decoder) =>
        new(new SegmentationModelManifest
        {
            Variant = "FF",
            Classes = trained.Classes,
            Palette = trained.Palette,
            Tokenizer = trained.Tokenizer.Name,
            Stride = trained.Tokenizer.Stride,
            VocabularySize = trained.Tokenizer.VocabularySize,
            Encoder = "ResNet-18",
        }, prior, decoder);

    private static RgbImage Photograph(MaskigePalette palette)
    {
        RgbImage image = palette.Colorize(ProceduralMaps.Truth(Width, Height, palette.Count, 1));
        var random = new Random(2);
        foreach (ref byte value in image.Pixels)
        {
            value = (byte)Math.Clamp((value / 2) + 64 + random.Next(-20, 21), 0, 255);
        }

        return image;
    }
}
