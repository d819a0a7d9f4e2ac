using System.Diagnostics;
using System.Globalization;
using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Scoring;

namespace GSS.Benchmarks;

/// <summary>A photograph of a hundred megapixels from file to file: time, peak memory, and what is seen of the borders of windows.</summary>
internal sealed class LargeBenchmark : IBenchmark
{
    private const int Reach = 8;

    public string Name => "large";

    public string Summary => "a photograph of 10000x10000 from a file to a label PNG in windows: time, peak memory, seams (--data FOLDER of CamVid, --format png|jpg|tif, --model FILE.gss|.zip, --side N, --rows N, --size N, --stride N, --areas N, --threads N, --keep FOLDER)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        var window = new SlidingWindow(arguments.Number("--size", 768), arguments.Number("--stride", 512), WindowBlending.Cosine);
        int threads = arguments.Number("--threads", 0);
        if (arguments.TextOrNull("--alone") is { } folder)
        {
            Alone(folder, arguments.Text("--format", "png"), window, threads, report);
            return;
        }

        string data = arguments.TextOrNull("--data") ?? Path.Combine(arguments.Text("--shared", Environment.GetEnvironmentVariable("GSS_SHARED") ?? "../shared"), "data", "camvid");
        var photograph = new LargePhotograph(Path.Combine(data, "val", "images"), arguments.Number("--side", 10000), arguments.Number("--rows", arguments.Number("--side", 10000)));
        string format = arguments.Text("--format", "png");
        string work = arguments.TextOrNull("--keep") ?? Directory.CreateTempSubdirectory("gss-large-").FullName;
        try
        {
            Directory.CreateDirectory(work);
            SegmentationModelPackage package = Package(arguments.TextOrNull("--model"));
            package.Save(Path.Combine(work, "model.gss"));
            photograph.Save(Path.Combine(work, $"photograph.{format}"));
            report.Progress($"{photograph.Count} photographs laid out; scoring in a process of its own");
            Measure(work, format, package, photograph, window, threads, report);
            MeasureSeams(package, photograph, window, threads, arguments.Number("--areas", 3), report);
        }
        finally
        {
            if (!arguments.Has("--keep"))
            {
                Directory.Delete(work, recursive: true);
            }
        }
    }

    /// <summary>The package of a trained model, or of an untrained one where there is no path.</summary>
    public static SegmentationModelPackage Package(string? path) => path is null ? UntrainedModel.Package(ImageEncoders.ResNet18()) : PackageFile.Read(path);

    // In the process of its own.
    private static void Alone(string folder, string format, SlidingWindow window, int threads, BenchmarkReport report)
    {
        using SegmentationModel model = SegmentationModel.Load(Path.Combine(folder, "model.gss"), new() { Window = window, ShortSide = 0, ThreadCount = threads });
        long begin = Stopwatch.GetTimestamp(), told = begin;
        int windows = 0;
        model.PredictFile(Path.Combine(folder, $"photograph.{format}"), Path.Combine(folder, "labels.png"), new Told(progress =>
        {
            windows = progress.Done;
            if (Stopwatch.GetElapsedTime(told).TotalSeconds > 30)
            {
                told = Stopwatch.GetTimestamp();
                report.Progress(FormattableString.Invariant($"  {progress.Share:P0}"));
            }
        }));
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        using var self = Process.GetCurrentProcess();
        report.Progress(FormattableString.Invariant($"ALONE {seconds:F1} {self.PeakWorkingSet64 >> 20} {windows}"));
    }

    private static void Measure(string work, string format, SegmentationModelPackage package, LargePhotograph photograph, SlidingWindow window, int threads, BenchmarkReport report)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["large", "--alone", work, "--format", format, "--size", $"{window.Size}", "--stride", $"{window.Stride}", "--threads", $"{threads}", "--results", "none"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string[] numbers = [];
        while (process.StandardOutput.ReadLine() is { } line)
        {
            report.Progress(line);
            numbers = line.StartsWith("ALONE ", StringComparison.Ordinal) ? line.Split(' ')[1..] : numbers;
        }

        process.WaitForExit();
        if (numbers.Length != 3)
        {
            throw new BenchmarkException("The process that scores gave no numbers.");
        }

        double seconds = double.Parse(numbers[0], CultureInfo.InvariantCulture), peak = double.Parse(numbers[1], CultureInfo.InvariantCulture), megapixels = 1e-6 * photograph.Side * photograph.Rows;
        report.Line(
            $"A photograph of {photograph.Side}x{photograph.Rows} as {format} ({new FileInfo(Path.Combine(work, $"photograph.{format}")).Length >> 20} MiB), laid out from {photograph.Count} photographs of CamVid, scored by "
            + $"`PredictFile` in a process of its own, from file to file. Model: {package.Manifest.Encoder}, {package.Manifest.Classes.Count} classes; windows of {window.Size} at a stride of {window.Stride}.");
        report.Table(["windows", "seconds", "megapixels a second", "peak resident MiB", "label PNG MiB"], [[numbers[2], seconds, megapixels / seconds, peak, (double)new FileInfo(Path.Combine(work, "labels.png")).Length / (1 << 20)]]);
        report.BarAtMost("large-peak-mebibytes", peak, 1.5e9 / (1 << 20));
    }

    private static void MeasureSeams(SegmentationModelPackage package, LargePhotograph photograph, SlidingWindow window, int threads, int areas, BenchmarkReport report)
    {
        int side = Math.Min(Math.Min(photograph.Side, photograph.Rows), window.Size + (2 * window.Stride));
        using var whole = new SegmentationModel(package, new() { ShortSide = 0, ThreadCount = threads });
        RgbImage[] parts = [.. Enumerable.Range(0, areas).Select(i => photograph.Part(i * (photograph.Side - side) / Math.Max(1, areas - 1), i * (photograph.Rows - side) / Math.Max(1, areas - 1), side))];
        LabelMap[] expected = [.. parts.Select(part => whole.Predict(part).Labels)];
        var rows = new List<IReadOnlyList<object>>();
        foreach (WindowBlending blending in Enum.GetValues<WindowBlending>())
        {
            using var model = new SegmentationModel(package, new() { Window = window with { Blending = blending }, ShortSide = 0, ThreadCount = threads });
            var seams = new Seams(window, Reach);
            for (int i = 0; i < parts.Length; i++)
            {
                seams.Add(model.Predict(parts[i]).Labels, expected[i]);
            }

            rows.Add([blending, 100 * seams.NearBorders, 100 * seams.Elsewhere]);
            if (blending == WindowBlending.Cosine)
            {
                report.BarAtMost("large-seams-cosine-percent", 100 * seams.NearBorders, 0.5);
            }
        }

        report.Heading("Seams");
        report.Line($"{areas} areas of {side}x{side}: pixels whose class in windows is another than in one window over all of the area, within {Reach} pixels of a border of a window and elsewhere.");
        report.Table(["blending", "near borders %", "elsewhere %"], rows);
    }

    // At once and in the thread that scores, unlike Progress<T>.
    private sealed class Told(Action<ScoringProgress> tell) : IProgress<ScoringProgress>
    {
        public void Report(ScoringProgress value) => tell(value);
    }
}
