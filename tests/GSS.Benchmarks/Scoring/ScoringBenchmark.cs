using System.Globalization;
using System.Runtime.InteropServices;
using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML.OnnxRuntime.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace GSS.Benchmarks;

/// <summary>A photograph to its label map: the exported model in ONNX Runtime against the same network in PyTorch and in TorchSharp.</summary>
internal sealed class ScoringBenchmark : IBenchmark
{
    private const int Width = 480;
    private const int Height = 360;
    private const int Threads = 2;

    // Both memory layouts are timed: PyTorch as it comes, and channels last, which its users choose with one line.
    private const string Script = """
        folder, width, height, tokens = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
        torch.set_num_threads(int(sys.argv[5]))
        photograph = torch.frombuffer(bytes_of(folder + "/photograph"), dtype=torch.uint8).reshape(height, width, 3)
        palette = torch.frombuffer(bytes_of(folder + "/palette"), dtype=torch.float32).reshape(-1, 3)
        grid = torch.frombuffer(bytes_of(folder + "/tokens"), dtype=torch.int64).reshape(1, height // 4, width // 4)
        def works_of(layout):
            prior = load(LatentPrior(tokens, 0), folder + "/prior").eval().to(memory_format=layout)
            tokenizer = load(Tokenizer(tokens), folder + "/tokenizer").eval().to(memory_format=layout)
            image = photograph.permute(2, 0, 1)[None].float().contiguous(memory_format=layout)
            squares = palette.square().sum(1, keepdim=True)
            def whole():
                found = prior(photograph.permute(2, 0, 1)[None].float().contiguous(memory_format=layout)).argmax(1)
                colors = (tokenizer.decode(found)[0] * 255).reshape(3, -1)
                return (squares - 2 * palette @ colors).argmin(0).to(torch.uint8)
            return [whole, lambda: prior(image), lambda: tokenizer.decode(grid)]
        works = works_of(torch.contiguous_format) + works_of(torch.channels_last)
        with open(folder + "/labels", "wb") as file:
            file.write(works[0]().numpy().tobytes())
        with open(folder + "/logits", "wb") as file:
            file.write(works[1]().numpy().tobytes())
        serve(*works)
        """;

    public string Name => "scoring";

    public string Summary => "photograph to label map at 480x360, ResNet-18, two threads: ONNX Runtime against the same network in PyTorch and in TorchSharp (--repeats N, 21); with --workspace FOLDER (a finished run of samples/CamVid) and --data CAMVID also that model in every way that it can be scored (--threads N, 2)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int repeats = arguments.Number("--repeats", 21);
        TorchNative.EnsureLoaded();
        TrainedScoring? trained = arguments.TextOrNull("--workspace") is { } workspace
            ? new(workspace, arguments.TextOrNull("--data") ?? throw new BenchmarkException("The option --data is missing: give CamVid's folder with train and val."), arguments.Number("--threads", Threads), repeats, report)
            : null;
        if (arguments.TextOrNull("--alone") is { } name)
        {
            trained!.Alone(name, arguments.Text("--folder", ""));
            return;
        }

        int threadsBefore = get_num_threads();
        set_num_threads(Threads);
        try
        {
            trained?.Measure();
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
        OnnxTensor[] priorInputs = [new("image", TensorElementType.Float), new("with_confidence", TensorElementType.Bool)], priorOutputs = [new("tokens", TensorElementType.Int64), new("confidence", TensorElementType.Float)];
        OnnxTensor[] decoderInputs = [new("tokens", TensorElementType.Int64)], decoderOutputs = [new("maskige", TensorElementType.Float)];
        using var priorSession = new OnnxSession(prior, "prior.onnx", priorInputs, options, priorOutputs);
        using var decoderSession = new OnnxSession(decoder, "decoder.onnx", decoderInputs, options, decoderOutputs);

        RgbImage image = Photograph(trained.Palette);
        float[] planes = new float[3 * Width * Height];
        ImagePlanes.Spread(image.Pixels, planes);
        long[] tokens = [.. model.PredictTokens([image])[0].Ids.ToArray().Select(id => (long)id)];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor torchImage = tensor(planes, [1, 3, Height, Width]);
        Tensor torchTokens = tensor(tokens, [1, Height / 4, Width / 4]);

        string folder = Directory.CreateTempSubdirectory("gss-scoring-").FullName;
        try
        {
            using PythonPeer? python = StartPython(folder, trained, image, tokens);
            LabelMap ours = model.Predict(image).Labels;
            Action[] actions =
            [
                () => model.Predict(image),
                () => priorSession.Run("image", planes.AsMemory(), [1, 3, Height, Width], ["tokens"], ("with_confidence", false)).Dispose(),
                () => decoderSession.Run("tokens", tokens.AsMemory(), [1, Height / 4, Width / 4], ["maskige"]).Dispose(),
                () => trained.Predict(image),
                () => trained.Network.call(torchImage).Dispose(),
                () => trained.Tokenizer.Decode(torchTokens).Dispose(),
            ];
            double[] times = TakeTurns(actions, python, repeats);
            Report(report, times, python, repeats, trained.Tokenizer.VocabularySize);

            string different = string.Create(CultureInfo.InvariantCulture, $"TorchSharp's in {Difference(ours, trained.Predict(image).Ids):P3}");
            if (python is not null)
            {
                float[] logits = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, "logits"))).ToArray();
                double largest = logits.Zip(trained.Logits(image)).Max(pair => Math.Abs((double)pair.First - pair.Second));
                different += string.Create(
                    CultureInfo.InvariantCulture,
                    $", PyTorch's in {Difference(ours, File.ReadAllBytes(Path.Combine(folder, "labels"))):P3} (its logits from TorchSharp's by {largest:G2} at most)");
            }

            report.Line($"Of the pixels of ONNX Runtime's label map differ: {different}.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static PythonPeer? StartPython(string folder, TrainedPrior trained, RgbImage image, long[] tokens)
    {
        PyTorchPrior.WriteWeights(trained.Network, trained.Tokenizer, folder);
        File.WriteAllBytes(Path.Combine(folder, "photograph"), image.Pixels);
        File.WriteAllBytes(Path.Combine(folder, "palette"), MemoryMarshal.AsBytes<float>([.. trained.Palette.Colors.SelectMany(c => new float[] { c.R, c.G, c.B })]));
        File.WriteAllBytes(Path.Combine(folder, "tokens"), MemoryMarshal.AsBytes<long>(tokens));
        return PythonPeer.TryStart(PyTorchPrior.Script + Script, folder, $"{Width}", $"{Height}", $"{trained.Tokenizer.VocabularySize}", $"{Threads}");
    }

    /// <summary>The median milliseconds of our actions and of PyTorch's six, all taking turns after one uncounted turn each.</summary>
    private static double[] TakeTurns(Action[] actions, PythonPeer? python, int repeats)
    {
        int peers = python is null ? 0 : 6;
        double[][] times = [.. Enumerable.Range(0, actions.Length + peers).Select(_ => new double[repeats])];
        for (int repeat = -1; repeat < repeats; repeat++)
        {
            for (int i = 0; i < times.Length; i++)
            {
                // Threads of the one before may still be waiting for more work.
                Thread.Sleep(10);
                double time = i < actions.Length ? Timing.Milliseconds(actions[i]) : python!.Milliseconds(i - actions.Length);
                if (repeat >= 0)
                {
                    times[i][repeat] = time;
                }
            }
        }

        return [.. times.Select(Timing.Median)];
    }

    private static void Report(BenchmarkReport report, double[] times, PythonPeer? python, int repeats, int vocabularySize)
    {
        string[] steps = ["photograph to label map", "latent prior alone", "maskige decoder alone"];
        bool compared = python is not null;
        report.Line(
            $"One {Width}x{Height} photograph, {Threads} threads each, median of {repeats} turns taken one after the other; ResNet-18 with random weights, {vocabularySize} tokens. "
            + (compared ? $"PyTorch {python!.Version}, eager, has the same networks as plain modules with the same weights; its nearest colours are one matrix product." : "There is no PyTorch on this machine."));
        report.Table(
            ["step", "ONNX Runtime ms", "TorchSharp ms", "times faster", .. compared ? new[] { "PyTorch ms", "times faster", "PyTorch, channels last, ms", "times faster" } : []],
            steps.Select((step, i) => (IReadOnlyList<object>)
            [
                step, times[i], times[3 + i], times[3 + i] / times[i],
                .. compared ? new object[] { times[6 + i], times[6 + i] / times[i], times[9 + i], times[9 + i] / times[i] } : [],
            ]));
        double share = Math.Max(0, 1 - ((times[1] + times[2]) / times[0]));
        report.Line(FormattableString.Invariant(
            $"Of the time in ONNX Runtime's column, {share:P1} is spent outside the two networks: pixels to planes, the nearest colours."));
        if (compared)
        {
            report.BarAtLeast("scoring-onnx-against-pytorch", times[6] / times[0], 1.5);
        }

        report.BarAtLeast("scoring-onnx-against-torchsharp", times[3] / times[0], 1.5);
    }

    private static double Difference(LabelMap labels, ReadOnlySpan<byte> others)
    {
        int different = 0;
        for (int i = 0; i < others.Length; i++)
        {
            different += labels.Ids[i] != others[i] ? 1 : 0;
        }

        return different / (double)others.Length;
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
        return new TrainedPrior(network, tokenizer, classes, MaskigePalette.MaximalDistance(classes.Count), new GenerativeOptions(), CPU);
    }

    /// <summary>The model package of a prior with ResNet-18.</summary>
    internal static SegmentationModelPackage Package(TrainedPrior trained, byte[] prior, byte[] decoder) =>
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

    /// <summary>A noisy picture of drawn shapes, a colour of the palette for each class.</summary>
    internal static RgbImage Photograph(MaskigePalette palette)
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
