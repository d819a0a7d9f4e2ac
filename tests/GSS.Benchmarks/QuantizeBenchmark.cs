using System.Diagnostics;
using System.Globalization;
using GSS.Core;
using GSS.Onnx;
using Scoring;

namespace GSS.Benchmarks;

/// <summary>A trained model in int8 against itself in 32 bits: accuracy on CamVid, size, speed.</summary>
internal sealed class QuantizeBenchmark : IBenchmark
{
    public string Name => "quantize";

    public string Summary => "a model trained on CamVid in int8 against 32 bits (--model FILE, --data CAMVID, --images N of the training set, 32, --calibration Best|MinMax|Percentile|Entropy, --agreement A, --threads N, 2, --repeats N, 31, --reduce-range, --no-miou, --save FILE)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        SegmentationModelPackage package = PackageFile.Read(arguments.TextOrNull("--model") ?? throw new BenchmarkException("The option --model is missing: give a model that mlContext.Model.Save or SegmentationModelPackage.Save wrote."));
        string root = arguments.TextOrNull("--data") ?? throw new BenchmarkException("The option --data is missing: give CamVid's folder with train and val.");
        SegmentationFiles training = TrainedCamVid.Split(root, "train"), validation = TrainedCamVid.Split(root, "val");
        var scoring = new ScoringOptions { ThreadCount = arguments.Number("--threads", 2) };
        var options = new QuantizationOptions
        {
            Calibration = Enum.Parse<QuantizationCalibration>(arguments.Text("--calibration", nameof(QuantizationCalibration.Best))),
            MinimumAgreement = double.Parse(arguments.Text("--agreement", new QuantizationOptions().MinimumAgreement.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture),
            ReduceRange = arguments.Has("--reduce-range"),
            ThreadCount = scoring.ThreadCount,
        };

        int count = Math.Min(training.Count, arguments.Number("--images", 32));
        RgbImage[] images = [.. Enumerable.Range(0, count).Select(i => training.Read(i * training.Count / count).Image)];
        using var exact = new SegmentationModel(package, scoring);
        long start = Stopwatch.GetTimestamp();
        QuantizationResult result = exact.Quantize(images, options);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var quantized = new SegmentationModel(result.Package, scoring);
        report.Line($"{package.Manifest.Encoder}, {package.Manifest.Variant}, {count} training photographs: {result}; {string.Join(", ", result.AgreementByCalibration.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:P2}")))}.");
        if (arguments.TextOrNull("--save") is { } file)
        {
            result.Package.Save(file);
        }

        double[] times = Timing.CompareMedianMilliseconds(arguments.Number("--repeats", 31), () => exact.Predict(images[0]), () => quantized.Predict(images[0]));
        (double before, double after) = arguments.Has("--no-miou") ? (double.NaN, double.NaN) : (MeanIoU(exact, validation), MeanIoU(quantized, validation));
        report.Table(["", "32 bits", "int8", "ratio"],
        [
            ["mIoU on val", before, after, after - before],
            ["images/s, batch 1", 1000 / times[0], 1000 / times[1], times[0] / times[1]],
            ["ms an image", times[0], times[1], times[0] / times[1]],
            ["MB on disk", Megabytes(package), Megabytes(result.Package), Megabytes(package) / Megabytes(result.Package)],
        ]);
        report.Line(string.Create(CultureInfo.InvariantCulture, $"Quantising took {seconds:F0} s. {scoring.ThreadCount} threads, median of turns taken one after the other; the last column of mIoU is the difference."));
        string[] floats = [.. result.Layers.Where(layer => !layer.IsInt8).Select(layer => string.Create(CultureInfo.InvariantCulture, $"{layer.Part} {layer.Name} ({(double)layer.MultiplyAdds / result.Layers.Sum(l => l.MultiplyAdds):P1} of the work)"))];
        report.Line(floats.Length == 0 ? "No layer stayed float." : $"Layers that stayed float: {string.Join(", ", floats)}.");
        report.BarAtLeast("quantize-miou-difference", after - before, -0.5);
        report.BarAtLeast("quantize-speedup", times[0] / times[1], 2);
    }

    private static double MeanIoU(SegmentationModel model, SegmentationFiles files)
    {
        var confusion = new ConfusionMatrix(files.Classes.Count);
        for (int i = 0; i < files.Count; i++)
        {
            (RgbImage image, LabelMap truth) = files.Read(i);
            confusion.Add(truth, model.Predict(image).Labels);
        }

        return 100 * confusion.ToMetrics().MeanIoU;
    }

    private static double Megabytes(SegmentationModelPackage package)
    {
        using var stream = new MemoryStream();
        package.Write(stream);
        return stream.Length / 1e6;
    }
}
