using System.Diagnostics;
using System.Globalization;
using GSS.Core;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>What a trained X⁻¹ gains for one trained prior, by what it learns to read: reconstructions (paper) or predictions (the authors' code).</summary>
internal sealed class InverseBenchmark : IBenchmark
{
    public string Name => "inverse";

    public string Summary => "a prior that samples/CamVid trained, with the nearest colour and with X⁻¹ learned from reconstructions and from predictions (--workspace FOLDER of the run, --data CAMVID, --only FT,FT-W, --steps N, 500, --batch N, 4, --crop N, 192, --learning-rate, 0.001, --decoding MostLikely, --class-weights None|Enet, --weight-power, 0.5, --predictions-only, --threads N, 2)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        TorchNative.EnsureLoaded();
        string workspace = arguments.TextOrNull("--workspace") ?? throw new BenchmarkException("The option --workspace is missing: give the workspace of a run of samples/CamVid.");
        string root = arguments.TextOrNull("--data") ?? throw new BenchmarkException("The option --data is missing: give CamVid's folder with train and val.");
        SegmentationFiles train = TrainedCamVid.Split(root, "train"), validation = TrainedCamVid.Split(root, "val");
        using TrainedPrior prior = TrainedCamVid.Open(workspace, new GenerativeOptions { TokenDecoding = Enum.Parse<TokenDecoding>(arguments.Text("--decoding", nameof(TokenDecoding.MostLikely))) });
        var common = new PosteriorTrainingOptions
        {
            Steps = arguments.Number("--steps", 500),
            BatchSize = arguments.Number("--batch", 4),
            CropSize = arguments.Number("--crop", 192),
            LearningRate = double.Parse(arguments.Text("--learning-rate", "0.001"), CultureInfo.InvariantCulture),
            Threads = arguments.Number("--threads", 2),
            Seed = 1,
            ClassWeights = Enum.Parse<ClassWeighting>(arguments.Text("--class-weights", nameof(ClassWeighting.None))),
            ClassWeightPower = double.Parse(arguments.Text("--weight-power", "0.5"), CultureInfo.InvariantCulture),
        };
        TorchSharp.torch.set_num_threads(arguments.Number("--threads", 2));
        var rows = new List<IReadOnlyList<object>>();
        Add("FF", "", 0, Score(prior, validation));
        foreach (string name in arguments.Text("--only", "FT,FT-W").Split(','))
        {
            PosteriorTrainingOptions options = common with { Inverse = Variant.Of(name).Inverse };
            foreach (bool predictions in arguments.Has("--predictions-only") ? new[] { true } : [false, true])
            {
                var clock = Stopwatch.StartNew();
                PosteriorTrainingOptions told = options with
                {
                    Progress = progress =>
                    {
                        if (progress.Step % 50 == 0)
                        {
                            report.Progress(string.Create(CultureInfo.InvariantCulture, $"  {name} {(predictions ? "predictions" : "reconstructions")} step {progress.Step}/{progress.Steps} loss {progress.Loss:F4} {clock.Elapsed.TotalSeconds:F0} s"));
                        }
                    },
                };
                TrainedPosterior posterior = predictions
                    ? PosteriorTraining.Run(train, prior, told)
                    : PosteriorTraining.Run(train, SegmentationClasses.CamVid, prior.Palette, told);
                double seconds = clock.Elapsed.TotalSeconds;
                prior.Take(posterior.Inverse!, null);
                Add(name, predictions ? "predictions" : "reconstructions", seconds, Score(prior, validation));
            }
        }

        report.Table(["variant", "X⁻¹ learned from", "seconds", "mIoU % on val", "Pole", "SignSymbol", "Pedestrian", "Bicyclist"], rows);

        void Add(string name, string from, double seconds, SegmentationMetrics metrics)
        {
            double Of(string of) => 100 * metrics.PerClass.Single(c => c.Name == of).IoU;
            report.Progress(string.Create(CultureInfo.InvariantCulture, $"GSS-{name} {from}: {100 * metrics.MeanIoU:F2} mIoU. {string.Join(", ", metrics.PerClass.Select(of => string.Create(CultureInfo.InvariantCulture, $"{of.Name} {100 * of.IoU:F1}")))}"));
            rows.Add([$"GSS-{name}", from, seconds, 100 * metrics.MeanIoU, Of("Pole"), Of("SignSymbol"), Of("Pedestrian"), Of("Bicyclist")]);
        }
    }

    private static SegmentationMetrics Score(TrainedPrior prior, SegmentationFiles validation)
    {
        var matrix = new ConfusionMatrix(SegmentationClasses.CamVid.Count);
        for (int i = 0; i < validation.Count; i++)
        {
            (RgbImage image, LabelMap truth) = validation.Read(i);
            matrix.Add(truth, prior.Predict(image));
        }

        return matrix.ToMetrics(SegmentationClasses.CamVid);
    }
}
