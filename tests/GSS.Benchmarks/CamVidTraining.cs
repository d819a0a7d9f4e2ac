using System.Globalization;
using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Tensor = TorchSharp.torch.Tensor;

namespace GSS.Benchmarks;

/// <summary>Trains on CamVid (train → val) with the generative or the per-pixel head: same encoder, data, epochs and seed.</summary>
internal sealed class CamVidTraining : IBenchmark
{
    public string Name => "camvid";

    public string Summary => "trains on CamVid and prints the table (--encoder resnet18|mobilenetv2, --encoder-weights none|FILE, --frozen-stages N, --data FOLDER, --half FOLDER where the halved pictures go, --head generative|perpixel, --paper-loss, --untied, --interior-share S, --kept-share S, --token-weight W, --auxiliary-weight W, --class-weights None|Frequency|Enet, --final-weight-power P, --ema D, --layer-decay F, --precision Float32|BFloat16|Auto, --minutes M, --tokenizer FILE, --epochs, --batch, --crop, --seed, --threads, --workspace, --validate-every, --overlays FILE)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        string root = arguments.TextOrNull("--data") ?? Path.Combine(arguments.Text("--shared", Environment.GetEnvironmentVariable("GSS_SHARED") ?? "../shared"), "data", "camvid");
        if (arguments.TextOrNull("--half") is { } half)
        {
            HalvedCamVid.Write(root, half);
            root = half;
        }

        SegmentationFiles Split(string name) => SegmentationFiles.FromFolders(Path.Combine(root, name, "images"), Path.Combine(root, name, "labels"), SegmentationClasses.CamVid);
        SegmentationFiles train = Split("train");
        SegmentationFiles validation = Split("val");
        bool generative = arguments.Text("--head", "generative") == "generative";
        TorchNative.EnsureLoaded();
        TorchSharp.torch.set_num_threads(arguments.Number("--threads", 2));
        int crop = arguments.Number("--crop", 256);
        string weights = arguments.Text("--encoder-weights", "none");
        ImageEncoder encoder = (arguments.Text("--encoder", "resnet18"), weights) switch
        {
            ("mobilenetv2", "none") => ImageEncoders.MobileNetV2(),
            ("mobilenetv2", _) => ImageEncoders.MobileNetV2FromTensorFlow(weights),
            (_, "none") => ImageEncoders.ResNet18(),
            _ => ImageEncoders.ResNet18ImageNet(weights),
        };
        Tokenizer tokenizer = arguments.TextOrNull("--tokenizer") is { } file ? Tokenizers.FromFile(file) : Tokenizers.Compact();
        double? Number(string name) => arguments.TextOrNull(name) is { } number ? double.Parse(number, CultureInfo.InvariantCulture) : null;
        SegmentationTrainingOptions Fill(SegmentationTrainingOptions options) => options with
        {
            Epochs = arguments.Number("--epochs", 30),
            BatchSize = arguments.Number("--batch", 8),
            Encoder = encoder,
            ClassWeights = Enum.Parse<ClassWeighting>(arguments.Text("--class-weights", nameof(ClassWeighting.None))),
            CropWidth = crop,
            CropHeight = crop,
            LearningRate = Number("--learning-rate") ?? 1e-3,
            EmaDecay = Number("--ema"),
            EncoderLayerDecay = Number("--layer-decay") ?? 1,
            FrozenStages = arguments.Number("--frozen-stages", 0),
            FinalClassWeightPower = Number("--final-weight-power") ?? 1,
            LabelSmoothing = Number("--label-smoothing") ?? 0,
            MaxTrainingTime = Number("--minutes") is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
            Precision = Enum.Parse<TrainingPrecision>(arguments.Text("--precision", nameof(TrainingPrecision.Float32))),
            Seed = arguments.Number("--seed", 1),
            WorkspacePath = arguments.TextOrNull("--workspace"),
            ValidationInterval = arguments.Number("--validate-every", 5),
            Progress = progress => Tell(progress, report),
        };
        GenerativeOptions Generative()
        {
            // What the paper does: tokens apart from classes, every cell counted, the reference's weights.
            bool paper = arguments.Has("--paper-loss");
            var options = new GenerativeOptions { Tokenizer = tokenizer, ClassTiedTokens = !paper && !arguments.Has("--untied") };
            options.KeptTokenShare = Number("--kept-share") ?? (paper ? 1 : options.KeptTokenShare);
            options.InteriorTokenShare = Number("--interior-share") ?? (paper ? 1 : options.InteriorTokenShare);
            options.TokenLossWeight = Number("--token-weight") ?? (paper ? 0.8 : options.TokenLossWeight);
            options.AuxiliaryLossWeight = Number("--auxiliary-weight") ?? (paper ? 0.2 : options.AuxiliaryLossWeight);
            return options;
        }

        var clock = System.Diagnostics.Stopwatch.StartNew();
        using TrainedSegmenter trained = generative
            ? LatentPriorTraining.Run(train, SegmentationClasses.CamVid, MaskigePalette.MaximalDistance(11), (GenerativeOptions)Fill(Generative()), validation)
            : PerPixelTraining.Run(train, SegmentationClasses.CamVid, (PerPixelOptions)Fill(new PerPixelOptions()), validation);
        SegmentationTrainingOptions options = Fill(new());
        report.Line(FormattableString.Invariant($"{(generative ? "GSS-FF" : "per-pixel head")}, {options.Encoder}, {options.Epochs} epochs, batch {options.BatchSize}, crop {crop}, seed {options.Seed}: best epoch {trained.BestEpoch}, {clock.Elapsed.TotalMinutes:F1} minutes (validation every {options.ValidationInterval} epochs included)."));
        report.Preformatted(trained.BestValidation!.ToString());
        if (trained is TrainedPrior prior)
        {
            (double accuracy, double bits, double entropy) = TokenPrediction.Measure(prior, validation);
            report.Line(FormattableString.Invariant($"Tokens of the validation set: {100 * accuracy:F2} % predicted right, {bits:F3} bits of cross entropy a token; the tokens by themselves have {entropy:F3} bits."));
            Deploy(prior, validation, arguments.TextOrNull("--overlays"), report);
        }
    }

    private static void Tell(TrainingProgress progress, BenchmarkReport report)
    {
        if (progress.Validation is { } metrics)
        {
            report.Progress(FormattableString.Invariant($"epoch {progress.Epoch}/{progress.Epochs} loss {progress.Loss:F4} rate {progress.LearningRate:E2} val mIoU {100 * metrics.MeanIoU:F2} aAcc {100 * metrics.PixelAccuracy:F2} {progress.SamplesPerSecond:F2} images/s elapsed {progress.Elapsed:hh\\:mm\\:ss} left {progress.Remaining:hh\\:mm\\:ss}"));
        }
        else if (progress.Step % 45 == 0)
        {
            report.Progress(FormattableString.Invariant($"  step {progress.Step}/{progress.Steps} epoch {progress.Epoch} loss {progress.Loss:F4} {progress.SamplesPerSecond:F2} images/s left {progress.Remaining:hh\\:mm\\:ss}"));
        }
    }

    /// <summary>The exported model on the validation set, by both ways to decide on a token: what a user gets, and pictures of it.</summary>
    private static void Deploy(TrainedPrior prior, SegmentationFiles validation, string? overlays, BenchmarkReport report)
    {
        foreach (TokenDecoding decoding in new[] { TokenDecoding.MostLikely, TokenDecoding.Expected, TokenDecoding.Agreement })
        {
            prior.TokenDecoding = decoding;
            string? picture = overlays is null || decoding == TokenDecoding.MostLikely ? overlays : Path.ChangeExtension(overlays, $".{decoding}{Path.GetExtension(overlays)}".ToLowerInvariant());
            using var model = new SegmentationModel(ScoringBenchmark.Package(prior, prior.Export()[SegmentationModelPackage.PriorPart], TokenizerExport.DecoderToBytes(prior.Tokenizer)));
            report.Line($"The exported model in ONNX Runtime, {nameof(TokenDecoding)}.{decoding}:");
            report.Preformatted(Score(model, validation, picture).ToString());
        }
    }

    private static SegmentationMetrics Score(SegmentationModel model, SegmentationFiles validation, string? overlays)
    {
        const int pictured = 6;
        var matrix = new ConfusionMatrix(validation.Classes.Count);
        var sheet = new OverlaySheet(validation.Classes);
        for (int i = 0; i < validation.Count; i++)
        {
            (RgbImage image, LabelMap truth) = validation.Read(i);
            SegmentationResult found = model.Predict(image, SegmentationOutputs.Maskige);
            matrix.Add(truth, found.Labels);
            if (i * pictured / validation.Count != (i - 1) * pictured / validation.Count || i == 0)
            {
                sheet.AddRow(image, truth, found.Maskige, found.Labels, Path.GetFileName(validation.Pairs[i].ImagePath));
            }
        }

        if (overlays is not null)
        {
            sheet.SavePng(overlays);
        }

        return matrix.ToMetrics(validation.Classes);
    }
}
