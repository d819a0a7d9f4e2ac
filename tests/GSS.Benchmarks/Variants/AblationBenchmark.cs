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
        var run = new ShortRun(arguments);
        int[] only = [.. arguments.Text("--only", "1,2,3,4,5").Split(',').Select(int.Parse)];
        GenerativeOptions common = run.Options with
        {
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
            double[] found = [.. run.Seeds.Select(seed => Measure(row, name, options with { Seed = seed, WorkspacePath = Path.Combine(run.Workspace, $"{row}-{seed}") }))];
            table.Add([name, found.Average(), VariantsBenchmark.Spread(found), string.Join(" ", found.Select(value => value.ToString("F2", CultureInfo.InvariantCulture)))]);
        }

        report.Line($"{common.Encoder}, {common.Epochs} epochs of CamVid, batch 4, crop 128, the last weights, the most likely token.");
        report.Table(["", "mIoU % on val", "± (one standard deviation)", "of each seed"], table);

        double Measure(int row, string name, GenerativeOptions options)
        {
            using TrainedPrior trained = LatentPriorTraining.Run(run.Training, SegmentationClasses.CamVid, MaskigePalette.MaximalDistance(SegmentationClasses.CamVid.Count), options, run.Validation);
            SegmentationMetrics metrics = trained.BestValidation!;
            string classes = string.Join(", ", metrics.PerClass.Select(of => string.Create(CultureInfo.InvariantCulture, $"{of.Name} {100 * of.IoU:F1}")));
            report.Progress(string.Create(CultureInfo.InvariantCulture, $"row {row} ({name}), seed {options.Seed}: {100 * metrics.MeanIoU:F2} mIoU. {classes}"));
            return 100 * metrics.MeanIoU;
        }
    }
}
