using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using GSS.Core;
using GSS.Core.OnnxSchema;
using GSS.Onnx;
using Scoring;

namespace GSS.Benchmarks;

/// <summary>The exported file without GSS.ML: ONNX Runtime Web scores a photograph in a headless browser (samples/Browser); its label map against ours.</summary>
internal sealed class BrowserBenchmark : IBenchmark
{
    private sealed record Found(string Browser, string OnnxruntimeWeb, int Width, int Height, int Threads, double Milliseconds, int Pixels, int Different, string[] Faults);

    public string Name => "browser";

    public string Summary => "the exported ONNX file in a web page, its label map against ours; needs node, npm and Chromium (--model FILE.zip|.gss, --image FILE, --screenshot FILE.png)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        string path = arguments.TextOrNull("--model") ?? throw new BenchmarkException("--model is missing, expected a trained model (.zip or .gss): samples/Quickstart or samples/CamVid make one.");
        using var model = new SegmentationModel(PackageFile.Read(path));
        RgbImage image = arguments.TextOrNull("--image") is { } file ? ImageReader.Read(file) : ScoringBenchmark.Photograph(MaskigePalette.MaximalDistance(model.Manifest.Classes.Count));
        string? screenshot = arguments.TextOrNull("--screenshot") is { } picture ? Path.GetFullPath(picture) : null;

        string sample = SampleFolder(), folder = Directory.CreateDirectory(Path.Combine(sample, "model")).FullName;
        if (!Directory.Exists(Path.Combine(sample, "node_modules")))
        {
            report.Progress("npm ci …");
            Start(sample, OperatingSystem.IsWindows() ? "npm.cmd" : "npm", "ci", "--no-audit", "--no-fund");
        }

        LabelMap expected = model.Predict(image).Labels;
        double ours = Timing.Milliseconds(() => model.Predict(image));
        ImageWriter.SavePng(image, Path.Combine(folder, "sample.png"));
        File.WriteAllBytes(Path.Combine(folder, "expected.bin"), expected.Ids);
        SegmentationClasses classes = model.Manifest.Classes;
        File.WriteAllText(Path.Combine(folder, "classes.json"), JsonSerializer.Serialize(
            new { names = classes.Names, colors = classes.Colors.Select(color => $"#{color.R:x2}{color.G:x2}{color.B:x2}") }, JsonSerializerOptions.Web));

        // The last one stays, the smaller: it is what a page would load.
        var rows = new List<(OnnxWeightStorage Weights, OnnxExportResult Export, Found Found)>();
        foreach (OnnxWeightStorage weights in new[] { OnnxWeightStorage.Float32, OnnxWeightStorage.Float16 })
        {
            var options = new OnnxExportOptions { ImageType = OnnxImageType.UInt8, Layout = OnnxImageLayout.Hwc, BatchSize = 1, Weights = weights };
            OnnxExportResult export = model.ExportToOnnx(Path.Combine(folder, "model.onnx"), options, [image]);
            report.Progress($"{weights}: {export}");
            string[] command = screenshot is null ? ["check.mjs"] : ["check.mjs", screenshot];
            rows.Add((weights, export, JsonSerializer.Deserialize<Found>(Start(sample, "node", command), JsonSerializerOptions.Web)!));
        }

        Report(report, model, rows, ours);
    }

    private static void Report(BenchmarkReport report, SegmentationModel model, List<(OnnxWeightStorage Weights, OnnxExportResult Export, Found Found)> rows, double ours)
    {
        Found found = rows[0].Found;
        report.Line($"{found.Browser}, ONNX Runtime Web {found.OnnxruntimeWeb} (WebAssembly, {found.Threads} threads); a {found.Width}x{found.Height} photograph, {model.Manifest.Encoder}, {model.Manifest.Classes.Count} classes. "
            + "Pixels that differ are counted against SegmentationModel.Predict, of the same file in ONNX Runtime and in the browser. The browser's time is that of its first run.");
        report.Table(
            ["weights", "MB", "pixels", "differ in ONNX Runtime", "differ in the browser", "browser ms", "SegmentationModel ms"],
            rows.Select(row => (IReadOnlyList<object>)[$"{row.Weights}", row.Export.Bytes / 1e6, row.Found.Pixels, row.Export.ComparedPixels - row.Export.EqualPixels, row.Found.Different, row.Found.Milliseconds, ours]));
        report.Line($"Operators of the file: {string.Join(", ", Operators(ModelProto.Parser.ParseFrom(File.ReadAllBytes(rows[0].Export.Path)).Graph).Distinct().Order(StringComparer.Ordinal))}.");
        string[] faults = [.. rows.SelectMany(row => row.Found.Faults).Distinct()];
        report.Line(faults.Length == 0 ? "The page's console had no warning and no error." : $"The page's console said: {string.Join(" / ", faults)}");
        report.BarAtMost("browser-pixels-that-differ", found.Different / (double)found.Pixels, 0.001);
    }

    private static IEnumerable<string> Operators(GraphProto graph) =>
        graph.Node.SelectMany(node => node.Attribute.Where(attribute => attribute.G is not null).SelectMany(attribute => Operators(attribute.G)).Append(node.OpType));

    private static string Start(string folder, string command, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : throw new BenchmarkException($"'{command} {string.Join(' ', arguments)}' ended with {process.ExitCode}: {error.Result.Trim()}");
        }
        catch (Win32Exception e)
        {
            throw new BenchmarkException($"'{command}' could not be started ({e.Message}): install Node.js 20 or later.");
        }
    }

    private static string SampleFolder([CallerFilePath] string source = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", "samples", "Browser"));
}
