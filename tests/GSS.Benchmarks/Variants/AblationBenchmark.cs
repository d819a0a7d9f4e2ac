using System.Globalization;
using GSS.Core;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>Table 3 of the paper: what the auxiliary head, finer tokens and the aggregation of levels gain, one after the other, with one small encoder under one budget.</summary>
internal sealed class AblationBenchmark : IBenchmark
{
    public string Name => "ablation";

    public string Summary => "Table 3 on CamVid: d = 1/8, + auxiliary head, d = 1/4, + MLA, + tied tokens (--data CAMVID, --encoder-weights none|FILE.onnx, --epochs N, 6, --seeds 1,2,3, --only ROW,ROW, --precision Float32|BFloat16|Auto, --threads N, 2, --workspace FOLDER: finished runs are not repeated)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        TorchNative.EnsureLoaded();
        string root = arguments.TextOrNull("--data") ?? throw new BenchmarkException("The option --data is missing: give CamVid's folder with train and val.");
        string workspace = arguments.TextOrNull("--workspace") ?? throw new BenchmarkException("The option --workspace is missing: give a folder for the runs.");
        string weights = arguments.Text("--encoder-weights", "none");
        int[] seeds = [.. arguments.Text("--seeds", "1,2,3").Split(',').Select(int.Parse)], only = [.. arguments.Text("--only", "1,2,3,4,5").Split(',').Select(int.Parse)];
        SegmentationFiles train = TrainedCamVid.Split(root, "train"), validation = TrainedCamVid.Split(root, "val");
        var common = new GenerativeOptions
        {
            Encoder = weights == "none" ? ImageEncoders.ResNet18() : ImageEncoders.ResNet18ImageNet(weights),
            Epochs = arguments.Number("--epochs", 6),
            BatchSize = 4,
            CropWidth = 128,
            CropHeight = 128,
            LearningRate = 3e-3,
            EncoderLayerDecay = 0.6,
            ClassWeights = ClassWeighting.Enet,
            FinalClassWeightPower = 0.5,
            Precision = Enum.Parse<TrainingPrecision>(arguments.Text("--precision", nameof(TrainingPrecision.Float32))),
            Threads = arguments.Number("--threads", 2),
            TokenDecoding = TokenDecoding.MostLikely,
            ValidationInterval = 1000,

            // As in the paper, but for the cells of one class that a step leaves out.
            ClassTiedTokens = false,
            KeptTokenShare = 1,
            TokenLossWeight = 0.8,
            AuxiliaryLossWeight = 0.2,
        };
        (string Name, GenerativeOptions Options)[] rows =
        [
            ("d = 1/8, last level alone, no auxiliary head", common with { Tokenizer = Tokenizers.Compact(8), TokenHead = TokenHeads.Light(multiLevel: false), AuxiliaryLossWeight = 0 }),
            ("+ auxiliary head (pseudo labels for void)", common with { Tokenizer = Tokenizers.Compact(8), TokenHead = TokenHeads.Light(multiLevel: false) }),
            ("d = 1/4", common with { TokenHead = TokenHeads.Light(multiLevel: false) }),
            ("+ aggregation of levels (MLA)", common),
            ("+ tokens tied to classes (not in the paper)", common with { ClassTiedTokens = true, TokenLossWeight = 0.5, AuxiliaryLossWeight = 1 }),
        ];
        var table = new List<IReadOnlyList<object>>();
        foreach (int row in only)
        {
            (string name, GenerativeOptions options) = rows[row - 1];
            double[] found = [.. seeds.Select(seed => Measure(row, name, options with { Seed = seed, WorkspacePath = Path.Combine(workspace, $"{row}-{seed}") }))];
            table.Add([name, found.Average(), VariantsBenchmark.Spread(found), string.Join(" ", found.Select(value => value.ToString("F2", CultureInfo.InvariantCulture)))]);
        }

        report.Line($"{common.Encoder}, {common.Epochs} epochs of CamVid, batch 4, crop 128, the last weights, the most likely token.");
        report.Table(["", "mIoU % on val", "± (one standard deviation)", "of each seed"], table);

        double Measure(int row, string name, GenerativeOptions options)
        {
            using TrainedPrior trained = LatentPriorTraining.Run(train, SegmentationClasses.CamVid, MaskigePalette.MaximalDistance(SegmentationClasses.CamVid.Count), options, validation);
            SegmentationMetrics metrics = trained.BestValidation!;
            string classes = string.Join(", ", metrics.PerClass.Select(of => string.Create(CultureInfo.InvariantCulture, $"{of.Name} {100 * of.IoU:F1}")));
            report.Progress(string.Create(CultureInfo.InvariantCulture, $"row {row} ({name}), seed {options.Seed}: {100 * metrics.MeanIoU:F2} mIoU. {classes}"));
            return 100 * metrics.MeanIoU;
        }
    }
}
