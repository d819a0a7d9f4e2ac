using System.Globalization;
using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>How many of the tokenizer's tokens a trained model has to choose from: accuracy and speed of one model by <see cref="GenerativeOptions.KeptTokenShare"/>.</summary>
internal sealed class KeptTokensBenchmark : IBenchmark
{
    private static readonly double[] s_shares = [1, 0.9999, 0.999, 0.99, 0.98, 0.95, 0.9];

    public string Name => "kept-tokens";

    public string Summary => "accuracy and speed of a model trained on CamVid by the share of pixels whose tokens are kept (--workspace FOLDER with its checkpoint, --data CAMVID, --crop N of the counting, 256, --seed N, 1, --decoding Agreement|MostLikely|Expected, --threads N, 2, --repeats N, 21)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        string workspace = arguments.TextOrNull("--workspace") ?? throw new BenchmarkException("The option --workspace is missing: give the folder with the checkpoint of a finished run on CamVid with ResNet-18.");
        string root = arguments.TextOrNull("--data") ?? throw new BenchmarkException("The option --data is missing: give CamVid's folder with train and val.");
        SegmentationFiles training = TrainedCamVid.Split(root, "train"), validation = TrainedCamVid.Split(root, "val");
        int threads = arguments.Number("--threads", 2), crop = arguments.Number("--crop", 256);
        var scoring = new ScoringOptions { ThreadCount = threads };
        var options = new GenerativeOptions { CropWidth = crop, CropHeight = crop, Seed = arguments.Number("--seed", 1), TokenDecoding = Enum.Parse<TokenDecoding>(arguments.Text("--decoding", nameof(TokenDecoding.Agreement))) };
        TorchNative.EnsureLoaded();
        set_num_threads(threads);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using TrainedPrior trained = TrainedCamVid.Open(workspace, options);
        Tensor counts = tensor(TokenClasses.Count(training, trained, options, default)).sum(1);

        (RgbImage Image, LabelMap Truth)[] samples = [.. Enumerable.Range(0, validation.Count).Select(validation.Read)];
        var models = new List<SegmentationModel>();
        var rows = new List<(double Share, int Kept, double MeanIoU, double Differing)>();
        LabelMap[] all = [];
        foreach (double share in s_shares)
        {
            trained.KeptTokens = TokenClasses.Kept(counts, TokenClasses.Solid(trained), share);
            IReadOnlyDictionary<string, byte[]> parts = trained.Export();
            var model = new SegmentationModel(ScoringBenchmark.Package(trained, parts[SegmentationModelPackage.PriorPart], parts[SegmentationModelPackage.DecoderPart]), scoring);
            models.Add(model);
            LabelMap[] found = [.. samples.Select(sample => model.Predict(sample.Image).Labels)];
            all = all.Length == 0 ? found : all;
            var matrix = new ConfusionMatrix(SegmentationClasses.CamVid.Count);
            long different = 0;
            for (int i = 0; i < found.Length; i++)
            {
                matrix.Add(samples[i].Truth, found[i]);
                different += found[i].Ids.ToArray().Zip(all[i].Ids.ToArray()).Count(pair => pair.First != pair.Second);
            }

            rows.Add((share, trained.KeptTokens?.Length ?? trained.Tokenizer.VocabularySize, 100 * matrix.ToMetrics(SegmentationClasses.CamVid).MeanIoU, 100.0 * different / found.Sum(map => (long)map.Ids.Length)));
        }

        double[] times = Timing.CompareMedianMilliseconds(arguments.Number("--repeats", 21), [.. models.Select<SegmentationModel, Action>(model => () => model.Predict(samples[0].Image))]);
        report.Line(string.Create(CultureInfo.InvariantCulture, $"{options.TokenDecoding}, {threads} threads, medians of turns taken one after the other, {samples[0].Image.Width}x{samples[0].Image.Height}."));
        report.Table(
            ["KeptTokenShare", "tokens kept", "mIoU on val", "pixels that differ from all, %", "ms an image", "of all"],
            rows.Zip(times, (row, time) => (IReadOnlyList<object>)[row.Share.ToString(CultureInfo.InvariantCulture), row.Kept, row.MeanIoU, row.Differing, time, time / times[0]]));
        models.ForEach(model => model.Dispose());
    }
}
