using System.Globalization;
using GSS.Core;
using GSS.Onnx;
using Scoring;

namespace GSS.Benchmarks;

/// <summary>What views at scoring (test time augmentation) and windows gain and cost: one trained model on CamVid val.</summary>
internal sealed class ViewsBenchmark : IBenchmark
{
    public string Name => "views";

    public string Summary => "mIoU and time of a model trained on CamVid by the views that it scores: mirrored, at other sizes, in windows (--model FILE.gss|.zip, --data CAMVID, --threads N, 2, --repeats N, 11)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        string path = arguments.TextOrNull("--model") ?? throw new BenchmarkException("The option --model is missing: give a model trained on CamVid.");
        string root = arguments.TextOrNull("--data") ?? throw new BenchmarkException("The option --data is missing: give CamVid's folder with train and val.");
        SegmentationModelPackage package = PackageFile.Read(path);
        SegmentationFiles validation = TrainedCamVid.Split(root, "val");
        (RgbImage Image, LabelMap Truth)[] samples = [.. Enumerable.Range(0, validation.Count).Select(validation.Read)];
        var plain = new ScoringOptions { ThreadCount = arguments.Number("--threads", 2) };
        (string Name, ScoringOptions Options)[] ways =
        [
            ("as it is", plain),
            ("mirrored too", plain with { TestTimeAugmentation = new(Flip: true) }),
            ("at 0.75, 1, 1.25", plain with { TestTimeAugmentation = new(Flip: false) { Scales = [0.75, 1, 1.25] } }),
            ("at 0.75, 1, 1.25, mirrored too", plain with { TestTimeAugmentation = new(Flip: true) { Scales = [0.75, 1, 1.25] } }),
            ("at 1, 1.5, mirrored too", plain with { TestTimeAugmentation = new(Flip: true) { Scales = [1, 1.5] } }),
            ("in windows of 256, stride 160, cosine", plain with { Window = new(256, 160, WindowBlending.Cosine) }),
        ];
        var models = new List<SegmentationModel>();
        var rows = new List<(double MeanIoU, string Classes)>();
        foreach ((string name, ScoringOptions options) in ways)
        {
            var model = new SegmentationModel(package, options);
            models.Add(model);
            var matrix = new ConfusionMatrix(package.Manifest.Classes.Count);
            foreach ((RgbImage image, LabelMap truth) in samples)
            {
                matrix.Add(truth, model.Predict(image).Labels);
            }

            var metrics = matrix.ToMetrics(package.Manifest.Classes);
            report.Progress(string.Create(CultureInfo.InvariantCulture, $"{name}: {100 * metrics.MeanIoU:F2}"));
            rows.Add((100 * metrics.MeanIoU, string.Join(", ", metrics.PerClass.Select(of => string.Create(CultureInfo.InvariantCulture, $"{of.Name} {100 * of.IoU:F1}")))));
        }

        double[] times = Timing.CompareMedianMilliseconds(arguments.Number("--repeats", 11), [.. models.Select<SegmentationModel, Action>(model => () => model.Predict(samples[0].Image))]);
        report.Line(string.Create(CultureInfo.InvariantCulture, $"{samples.Length} photographs of CamVid val, {samples[0].Image.Width}x{samples[0].Image.Height}, {plain.ThreadCount} threads; medians of turns taken one after the other."));
        report.Table(["scored", "mIoU", "ms an image", "of the first"], ways.Zip(rows, times).Select(row => (IReadOnlyList<object>)[row.First.Name, row.Second.MeanIoU, row.Third, row.Third / times[0]]));
        foreach (((string name, _), (_, string classes)) in ways.Zip(rows))
        {
            report.Line($"- {name}: {classes}");
        }

        models.ForEach(model => model.Dispose());
    }
}
