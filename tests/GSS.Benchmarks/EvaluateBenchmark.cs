using GSS.Core;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>Counting a data set's confusion matrix against mmseg's way, three histograms an image.</summary>
internal sealed class EvaluateBenchmark : IBenchmark
{
    private const int Width = 480;
    private const int Height = 360;
    private const int Images = 20;

    private const string Script = """
        k, n = int(sys.argv[1]), int(sys.argv[2])
        truth = torch.frombuffer(bytes_of(sys.argv[3]), dtype=torch.uint8).reshape(-1, n).to(torch.int64)
        predicted = torch.frombuffer(bytes_of(sys.argv[4]), dtype=torch.uint8).reshape(-1, n).to(torch.int64)
        def histogram(ids):
            return torch.histc(ids.float(), bins=k, min=0, max=k - 1)
        def work():
            total = torch.zeros(3, k, dtype=torch.float64)
            for label, pred in zip(truth, predicted):
                labelled = label != 255
                pred, label = pred[labelled], label[labelled]
                total += torch.stack([histogram(pred[pred == label]), histogram(pred), histogram(label)])
            return total
        with open(sys.argv[5], "wb") as file:
            file.write(work().to(torch.int64).numpy().tobytes())
        serve(work)
        """;

    public string Name => "evaluate";

    public string Summary => $"metrics of {Images} label maps of 480x360 against mmseg's histograms in PyTorch, one thread each (--repeats N, 15)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int repeats = arguments.Number("--repeats", 15);
        string rival = "";
        var rows = new List<IReadOnlyList<object>>();
        foreach ((int classCount, string what) in new[] { (11, "areas"), (19, "areas"), (150, "areas"), (19, "noise") })
        {
            Result result = Measure(classCount, what == "noise", repeats);
            rival = result.Rival;
            rows.Add([$"{classCount} classes, {what}", result.Ours, result.Theirs, result.Theirs / result.Ours, result.Different]);
            if (classCount == 19)
            {
                report.BarAtLeast($"evaluate-k19-{what}-speedup", result.Theirs / result.Ours, 10);
                report.BarAtMost($"evaluate-k19-{what}-counts-that-differ", result.Different, 0);
            }
        }

        report.Line($"{Images} label maps and predictions of {Width}x{Height} in memory, one thread each, milliseconds for all of them, median of {repeats} turns; the rival is "
            + $"mmseg's way, `torch.histc` of intersection, prediction and truth without void, in {rival}. \"areas\" are plain areas with frayed borders and 1 % wrong pixels, "
            + "\"noise\" is a random class in every pixel, where no area can be counted at once.");
        report.Table(["maps", "GSS.ML ms", "rival ms", "times faster", "counts that differ"], rows);
    }

    private static Result Measure(int classCount, bool noise, int repeats)
    {
        LabelMap[] truths = [.. Enumerable.Range(0, Images).Select(i => noise ? Noise(classCount, i) : ProceduralMaps.Truth(Width, Height, classCount, i))];
        LabelMap[] predictions = [.. truths.Select((truth, i) => noise ? Noise(classCount, i + Images) : ProceduralMaps.Prediction(truth, classCount, i))];
        string folder = Directory.CreateTempSubdirectory("gss-evaluate-").FullName;
        try
        {
            string truth = Path.Combine(folder, "truth"), predicted = Path.Combine(folder, "predicted"), answer = Path.Combine(folder, "counts");
            File.WriteAllBytes(truth, [.. truths.SelectMany(map => map.Ids.ToArray())]);
            File.WriteAllBytes(predicted, [.. predictions.SelectMany(map => map.Ids.ToArray())]);
            long[]? torchSharpCounts = null;
            using var rivals = new Rivals(Script, [$"{classCount}", $"{Width * Height}", truth, predicted, answer], () => torchSharpCounts = Histograms(truths, predictions, classCount));
            SegmentationMetrics? metrics = null;
            (double ours, double theirs) = rivals.Compare(() => metrics = Evaluate(truths, predictions, classCount), repeats);
            IReadOnlyList<ClassMetrics> classes = metrics!.PerClass;
            long[] counts = [.. classes.Select(c => c.Intersection), .. classes.Select(c => c.PredictedPixels), .. classes.Select(c => c.TruthPixels)];
            long[] expected = torchSharpCounts ?? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(File.ReadAllBytes(answer)).ToArray();
            return new(ours, theirs, counts.Zip(expected).Count(pair => pair.First != pair.Second), rivals.Name);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static SegmentationMetrics Evaluate(LabelMap[] truths, LabelMap[] predictions, int classCount)
    {
        var confusion = new ConfusionMatrix(classCount);
        for (int i = 0; i < truths.Length; i++)
        {
            confusion.Add(truths[i], predictions[i]);
        }

        return confusion.ToMetrics();
    }

    private static long[] Histograms(LabelMap[] truths, LabelMap[] predictions, int classCount)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor total = zeros(3, classCount, dtype: ScalarType.Float64);
        for (int i = 0; i < truths.Length; i++)
        {
            using var image = NewDisposeScope();
            Tensor label = tensor(truths[i].Ids.ToArray()).to(ScalarType.Int64), predicted = tensor(predictions[i].Ids.ToArray()).to(ScalarType.Int64);
            Tensor labelled = label != 255;
            (predicted, label) = (predicted[labelled], label[labelled]);
            total.add_(stack([Histogram(predicted[predicted == label]), Histogram(predicted), Histogram(label)]));
        }

        return total.to(ScalarType.Int64).data<long>().ToArray();

        Tensor Histogram(Tensor ids) => histc(ids.to(ScalarType.Float32), classCount, 0, classCount - 1);
    }

    private static LabelMap Noise(int classCount, int seed)
    {
        var random = new Random(seed);
        return new LabelMap(Width, Height, [.. Enumerable.Range(0, Width * Height).Select(_ => (byte)random.Next(classCount))]);
    }

    private sealed record Result(double Ours, double Theirs, int Different, string Rival);
}
