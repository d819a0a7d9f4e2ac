using System.Globalization;
using GSS.Core;
using GSS.Torch;
using Quickstart;

namespace GSS.Benchmarks;

/// <summary>Table 7 of the paper: the maskige, and then the image encoder too, taken over from other data. Here from drawn street scenes to CamVid.</summary>
internal sealed class TransferBenchmark : IBenchmark
{
    public string Name => "transfer";

    public string Summary => "Table 7, from drawn street scenes to CamVid: nothing shared, the palette, palette and encoder (--data CAMVID, --encoder-weights none|FILE.onnx, --scenes N, 240, --source-epochs N, 6, --epochs N, 6, --seeds 1,2,3, --precision Float32|BFloat16|Auto, --threads N, 2, --workspace FOLDER: finished runs are not repeated)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        var run = new ShortRun(arguments);
        GenerativeOptions common = run.Options;
        SegmentationClasses streets = StreetScenes.Classes, target = SegmentationClasses.CamVid;
        MaskigePalette palette = MaskigePalette.MaximalDistance(streets.Count), shared = palette.For(streets, target), own = MaskigePalette.MaximalDistance(target.Count);
        string[] known = [.. target.Names.Intersect(streets.Names)];
        report.Line($"{streets.Count} classes in the drawn streets; {known.Length} of CamVid's {target.Count} have the same name: {string.Join(", ", known)}. Smallest distance of two colours: {own.SmallestDistance:F0} of CamVid's own palette, {shared.SmallestDistance:F0} of the shared one.");

        var source = new Streets(arguments.Number("--scenes", 240));
        using TrainedPrior first = LatentPriorTraining.Run(source, streets, palette, common with { Epochs = arguments.Number("--source-epochs", 6), Seed = 1, WorkspacePath = Path.Combine(run.Workspace, "streets") });
        var start = new StartWeights(StartWeights.Of(first.Network), streets.Names, common.Encoder.Name);
        (string Name, MaskigePalette Palette, StartWeights? Start)[] rows =
        [
            ("nothing", own, null),
            ("maskige", shared, null),
            ("maskige and image encoder", shared, start),
        ];
        report.Table(["shared", "mIoU % on val", "± (one standard deviation)", "of each seed"], [.. rows.Select((row, i) =>
        {
            double[] found = [.. run.Seeds.Select(seed => Measure(row.Name, row.Palette, common with { Seed = seed, Start = row.Start, WorkspacePath = Path.Combine(run.Workspace, $"{i}-{seed}") }))];
            return (IReadOnlyList<object>)[row.Name, found.Average(), VariantsBenchmark.Spread(found), string.Join(" ", found.Select(value => value.ToString("F2", CultureInfo.InvariantCulture)))];
        })]);

        double Measure(string name, MaskigePalette colors, GenerativeOptions options)
        {
            using TrainedPrior trained = LatentPriorTraining.Run(run.Training, target, colors, options, run.Validation);
            double found = 100 * trained.BestValidation!.MeanIoU;
            report.Progress(string.Create(CultureInfo.InvariantCulture, $"shared: {name}, seed {options.Seed}: {found:F2} mIoU. {string.Join(", ", trained.BestValidation.PerClass.Select(of => string.Create(CultureInfo.InvariantCulture, $"{of.Name} {100 * of.IoU:F1}")))}"));
            return found;
        }
    }

    private sealed class Streets(int count) : ISegmentationSamples
    {
        private readonly (RgbImage Image, LabelMap Labels)[] _scenes = [.. Enumerable.Range(0, count).AsParallel().AsOrdered().Select(seed => StreetCamera.Take(seed, 240, 180))];

        public int Count => count;

        public string Describe(int index) => $"scene {index}";

        public (RgbImage Image, LabelMap Labels) Read(int index) => _scenes[index];
    }
}
