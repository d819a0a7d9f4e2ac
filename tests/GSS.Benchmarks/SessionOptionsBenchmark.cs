using System.Diagnostics;
using System.Globalization;
using GSS.Core;
using GSS.Onnx;
using Microsoft.ML.OnnxRuntime;
using Scoring;

namespace GSS.Benchmarks;

/// <summary>Options of an ONNX Runtime session on a whole model: what they cost and gain where photographs are of many sizes, and what a kept optimised model saves when opening.</summary>
internal sealed class SessionOptionsBenchmark : IBenchmark
{
    private static readonly (string Name, bool Pattern, bool Arena)[] s_ways =
        [("as it is", true, true), ("no memory pattern", false, true), ("no arena", true, false), ("neither", false, false)];

    public string Name => "session-options";

    public string Summary => "memory pattern, arena and kept optimised models of ONNX Runtime on a whole model, photographs of many sizes (--model FILE.gss|.zip, --rounds N, 6, --sizes N, 12, --threads N, 2)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        if (arguments.TextOrNull("--alone") is { } way)
        {
            Alone(arguments.Text("--file", ""), s_ways[int.Parse(way, CultureInfo.InvariantCulture)], arguments.Number("--rounds", 6), arguments.Number("--sizes", 12), arguments.Number("--threads", 2), report);
            return;
        }

        string folder = Directory.CreateTempSubdirectory("gss-session-").FullName;
        try
        {
            string file = Path.Combine(folder, "model.onnx");
            using (var model = new SegmentationModel(PackageFile.Read(arguments.TextOrNull("--model") ?? throw new BenchmarkException("The option --model is missing: give a trained model."))))
            {
                model.ExportToOnnx(file, new OnnxExportOptions { ImageType = OnnxImageType.UInt8, Layout = OnnxImageLayout.Hwc });
            }

            report.Line($"The fused file of the model, {arguments.Number("--sizes", 12)} sizes from 320x240 to 640x480, each {arguments.Number("--rounds", 6)} times in turns, each way in a process of its own, {arguments.Number("--threads", 2)} threads.");
            report.Table(["session", "ms an image, later rounds", "resident MiB after the first round", "at the end", "peak"], s_ways.Select((known, i) => Measure(i, known.Name, file, arguments, report)));
            Opening(file, folder, report);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IReadOnlyList<object> Measure(int way, string name, string file, BenchmarkArguments arguments, BenchmarkReport report)
    {
        string[] options = ["session-options", "--alone", $"{way}", "--file", file, "--rounds", $"{arguments.Number("--rounds", 6)}", "--sizes", $"{arguments.Number("--sizes", 12)}", "--threads", $"{arguments.Number("--threads", 2)}", "--results", "none"];
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, options) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string line = output.Split('\n').LastOrDefault(text => text.StartsWith("ALONE ", StringComparison.Ordinal)) ?? throw new BenchmarkException($"The process gave no numbers: {output}");
        report.Progress($"{name}: {line}");
        return [name, .. line.Split(' ')[1..].Select(number => (object)double.Parse(number, CultureInfo.InvariantCulture))];
    }

    // In the process of its own.
    private static void Alone(string file, (string Name, bool Pattern, bool Arena) way, int rounds, int sizes, int threads, BenchmarkReport report)
    {
        using SessionOptions options = Options(threads);
        (options.EnableMemoryPattern, options.EnableCpuMemArena) = (way.Pattern, way.Arena);
        using var session = new InferenceSession(file, options);
        using var run = new RunOptions();
        (byte[] Pixels, long[] Shape)[] images = [.. Enumerable.Range(0, sizes).Select(i =>
        {
            (int width, int height) = (320 + (320 * i / Math.Max(1, sizes - 1)), 240 + (240 * i / Math.Max(1, sizes - 1)));
            byte[] pixels = new byte[3 * width * height];
            new Random(i).NextBytes(pixels);
            return (pixels, new long[] { 1, height, width, 3 });
        })];
        long first = 0, later = 0;
        for (int round = 0; round < rounds; round++)
        {
            long begin = Stopwatch.GetTimestamp();
            foreach ((byte[] pixels, long[] shape) in images)
            {
                using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, shape);
                using IDisposableReadOnlyCollection<OrtValue> found = session.Run(run, ["image"], [input], ["labels"]);
            }

            later += round == 0 ? 0 : Stopwatch.GetTimestamp() - begin;
            first = round == 0 ? Resident() : first;
        }

        using var self = Process.GetCurrentProcess();
        double milliseconds = Stopwatch.GetElapsedTime(0, later).TotalMilliseconds / Math.Max(1, (rounds - 1) * sizes);
        report.Progress(string.Create(CultureInfo.InvariantCulture, $"ALONE {milliseconds:F1} {first >> 20} {Resident() >> 20} {self.PeakWorkingSet64 >> 20}"));
    }

    private static void Opening(string file, string folder, BenchmarkReport report)
    {
        string optimised = Path.Combine(folder, "optimised.onnx");
        using (SessionOptions options = Options(2))
        {
            options.OptimizedModelFilePath = optimised;
            new InferenceSession(file, options).Dispose();
        }

        double[] times = Timing.CompareMedianMilliseconds(9, () => Open(file, GraphOptimizationLevel.ORT_ENABLE_ALL), () => Open(optimised, GraphOptimizationLevel.ORT_DISABLE_ALL), () => Open(file, GraphOptimizationLevel.ORT_DISABLE_ALL));
        report.Line("Opening the file, medians of nine turns:");
        report.Table(["opened", "ms", "MB on the disk"], [["optimised when opened", times[0], new FileInfo(file).Length / 1e6], ["the kept optimised model", times[1], new FileInfo(optimised).Length / 1e6], ["not optimised at all", times[2], new FileInfo(file).Length / 1e6]]);

        static void Open(string path, GraphOptimizationLevel level)
        {
            using SessionOptions options = Options(2);
            options.GraphOptimizationLevel = level;
            new InferenceSession(path, options).Dispose();
        }
    }

    private static SessionOptions Options(int threads)
    {
        var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        return options;
    }

    private static long Resident()
    {
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}
