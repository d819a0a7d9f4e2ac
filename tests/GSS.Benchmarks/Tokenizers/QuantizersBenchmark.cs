using System.Globalization;
using System.Text.Json;
using GSS.Core;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>Codebooks of several sizes and finite scalar quantisers in the same network under one budget: what they lose, what they use, and how well an image encoder predicts their tokens.</summary>
internal sealed class QuantizersBenchmark : IBenchmark
{
    private const int LabelMapCount = 25;
    private const int TokenizerCrop = 80;

    public string Name => "quantizers";

    public string Summary => "codebooks against finite scalar quantisers: reconstruction, codes used, entropy, prediction (--steps, --epochs, --prior-batch, --prior-crop, --scenes, --validate-on N: every Nth image, --threads, --seed, --learning-rate, --variants vq-1024,fsq-8-5-5-5,…, --workspace FOLDER)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        string shared = Path.Combine(arguments.Text("--shared", Environment.GetEnvironmentVariable("GSS_SHARED") ?? "../shared"), "data");
        string weights = Path.Combine(shared, "weights", "mobilenet_v2_imagenet.safetensors");
        if (!File.Exists(weights))
        {
            throw new BenchmarkException($"The file '{weights}' is missing; set GSS_SHARED to the folder that holds data/weights and data/camvid.");
        }

        QuantizerVariant[] variants = [.. arguments.Text("--variants", "vq-256,vq-512,vq-1024,fsq-8-6-5,fsq-8-5-5-5,package").Split(',').Select(QuantizerVariant.Parse)];
        var budget = new Budget(
            arguments.Number("--steps", 1000),
            double.Parse(arguments.Text("--learning-rate", "0.002"), CultureInfo.InvariantCulture),
            arguments.Number("--epochs", 1),
            arguments.Number("--prior-batch", 4),
            arguments.Number("--prior-crop", 192),
            arguments.Number("--scenes", 100),
            arguments.Number("--validate-on", 1),
            arguments.Number("--seed", 1));
        string workspace = arguments.Text("--workspace", Path.Combine(Path.GetTempPath(), "gss-quantizers"));
        KeepToOneBudget(workspace, budget);
        TorchNative.EnsureLoaded();
        TorchSharp.torch.set_num_threads(arguments.Number("--threads", 1));

        var measurement = new Measurement(budget, workspace, weights, Split(shared, "train", 1), Split(shared, "val", budget.ValidateOn), report.Progress);
        List<(QuantizerVariant Variant, QuantizerRow Row)> rows = [.. variants.Select(variant => (variant, measurement.Row(variant)))];
        report.Line(FormattableString.Invariant(
            $"Tokenizers: today's encoder and decoder, {budget.Steps} steps of 8 procedural crops of {TokenizerCrop}x{TokenizerCrop}, learning rate {budget.LearningRate}, seed {budget.Seed}, the same crops for all; the package's weights were trained longer (`train-tokenizer.md`) and are the reference. Reconstruction, codes used and entropy: {LabelMapCount} label maps spread over CamVid val (11 classes, palette of maximal distance), and {budget.Scenes} procedural scenes of 150 classes."));
        report.Line(FormattableString.Invariant(
            $"Prediction: MobileNetV2 with ImageNet weights, light head, trained on CamVid train with each tokenizer, epochs: {budget.Epochs}, batch {budget.PriorBatch}, crop {budget.PriorCrop}x{budget.PriorCrop}, seed {budget.Seed}; measured on {measurement.ValidationCount} images spread over CamVid val. Bits are for one token; those explained are the entropy of the tokens of labelled cells less their cross entropy: what the photograph tells about a token."));
        report.Table(
            ["quantiser", "V", "CamVid mIoU %", "150 classes mIoU %", "codes used", "entropy, bits", "tokens right %", "cross entropy", "entropy, labelled", "explained", "predicted mIoU %"],
            rows.Select(r => (IReadOnlyList<object>)[r.Variant.Description, r.Row.Vocabulary, r.Row.CamVid, r.Row.Many, r.Row.CodesUsed, r.Row.Entropy, r.Row.Accuracy, r.Row.CrossEntropy, r.Row.LabelledEntropy, r.Row.LabelledEntropy - r.Row.CrossEntropy, r.Row.PredictedMeanIoU]));
    }

    /// <summary>Every so-manieth image of a part of CamVid.</summary>
    private static SegmentationFiles Split(string shared, string name, int every)
    {
        SegmentationFiles all = SegmentationFiles.FromFolders(Path.Combine(shared, "camvid", name, "images"), Path.Combine(shared, "camvid", name, "labels"), SegmentationClasses.CamVid);
        return SegmentationFiles.FromPairs(all.Pairs.Where((_, i) => i % every == 0), all.Classes);
    }

    /// <summary>Rows of different budgets must not stand in one table.</summary>
    private static void KeepToOneBudget(string workspace, Budget budget)
    {
        string path = Path.Combine(workspace, "budget.txt");
        if (File.Exists(path) && File.ReadAllText(path) is var found && found != budget.ToString())
        {
            throw new BenchmarkException($"The workspace '{workspace}' belongs to a comparison with '{found}', expected '{budget}': give the same options, or another --workspace.");
        }

        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(budget.ToString())));
    }

    private sealed record Budget(int Steps, double LearningRate, int Epochs, int PriorBatch, int PriorCrop, int Scenes, int ValidateOn, int Seed)
    {
        public override string ToString() => FormattableString.Invariant($"{Steps} steps, learning rate {LearningRate}, {Epochs} epochs, batch {PriorBatch}, crop {PriorCrop}, {Scenes} scenes, every {ValidateOn} of val, seed {Seed}");
    }

    /// <summary>What one variant was measured to be; percentages and bits.</summary>
    private sealed record QuantizerRow(
        int Vocabulary, double CamVid, double Many, int CodesUsed, double Entropy, double Accuracy, double CrossEntropy, double LabelledEntropy, double PredictedMeanIoU);

    /// <summary>Trains and measures a variant, or takes from the workspace what was done before.</summary>
    private sealed class Measurement(Budget budget, string workspace, string encoderWeights, SegmentationFiles train, SegmentationFiles validation, Action<string> log)
    {
        private readonly LabelMap[] _streets = TokenizerScenes.CamVid(LabelMapCount);
        private readonly Lazy<LabelMap[]> _crowded = new(() => TokenizerScenes.Procedural(budget.Scenes, 150, 480, 360));

        public int ValidationCount => validation.Count;

        public QuantizerRow Row(QuantizerVariant variant)
        {
            string kept = Path.Combine(workspace, variant.Name + ".json");
            if (File.Exists(kept))
            {
                return JsonSerializer.Deserialize<QuantizerRow>(File.ReadAllText(kept))!;
            }

            string weights = Path.Combine(workspace, variant.Name + ".safetensors");
            if (!variant.IsPackage && !File.Exists(weights))
            {
                log(FormattableString.Invariant($"{variant.Name}: the tokenizer, {budget.Steps} steps"));
                variant.Train(new() { Steps = budget.Steps, CropSize = TokenizerCrop, LearningRate = budget.LearningRate, Seed = budget.Seed, Log = log }, weights);
            }

            QuantizerRow row = Measure(variant, weights);
            AtomicFile.Write(kept, stream => JsonSerializer.Serialize(stream, row));
            log($"{variant.Name}: {row}");
            return row;
        }

        private QuantizerRow Measure(QuantizerVariant variant, string weights)
        {
            double camVid, many;
            long[] tokens;
            Tokenizer tokenizer = variant.Tokenizer(weights);
            using (TokenizerNetwork network = tokenizer.CreateNetwork())
            {
                (camVid, _, tokens) = Reconstruction.Measure(network, _streets, MaskigePalette.MaximalDistance(11));
                many = Reconstruction.Measure(network, _crowded.Value, MaskigePalette.MaximalDistance(150)).MeanIoU;
                log(FormattableString.Invariant($"{variant.Name}: reconstruction CamVid {camVid:F2}, 150 classes {many:F2} mIoU"));
            }

            using TrainedPrior prior = LatentPriorTraining.Run(train, SegmentationClasses.CamVid, MaskigePalette.MaximalDistance(11), new()
            {
                Tokenizer = tokenizer,
                Encoder = ImageEncoders.MobileNetV2FromTensorFlow(encoderWeights),
                Epochs = budget.Epochs,
                BatchSize = budget.PriorBatch,
                CropWidth = budget.PriorCrop,
                CropHeight = budget.PriorCrop,
                Seed = budget.Seed,
                ValidationInterval = budget.Epochs,
                WorkspacePath = Path.Combine(workspace, variant.Name + ".prior"),
                Progress = progress =>
                {
                    if (progress.Step % 15 == 0)
                    {
                        log(FormattableString.Invariant($"  step {progress.Step}/{progress.Steps} loss {progress.Loss:F4} {progress.SamplesPerSecond:F2} images/s left {progress.Remaining:hh\\:mm\\:ss}"));
                    }
                },
            }, validation);
            (double accuracy, double crossEntropy, double labelledEntropy) = TokenPrediction.Measure(prior, validation);
            double total = tokens.Sum();
            double entropy = tokens.Where(count => count > 0).Sum(count => -count / total * Math.Log2(count / total));
            return new(prior.Tokenizer.VocabularySize, camVid, many, tokens.Count(count => count > 0), entropy, 100 * accuracy, crossEntropy, labelledEntropy, 100 * prior.BestValidation!.MeanIoU);
        }
    }
}
