using System.Diagnostics;
using System.Globalization;
using GSS.Core;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>Table 1 of the paper: what X and X⁻¹ of each variant lose between label maps and tokens, what they cost to train, and how many numbers they have.</summary>
internal sealed class VariantsBenchmark : IBenchmark
{
    public string Name => "variants";

    public string Summary => "Table 1: reconstruction of the six variants on CamVid val and on 150-class scenes (--data CAMVID|none, --scenes N, 60, --only FF,FT,…, --steps N, --seeds N, 3, --threads N, 2, --workspace FOLDER)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        TorchNative.EnsureLoaded();
        int seeds = arguments.Number("--seeds", 3), scenes = arguments.Number("--scenes", 60);
        string? root = arguments.TextOrNull("--data");
        var plan = new VariantRun.Plan(arguments.Number("--steps", 1000), arguments.Number("--batch", 8), arguments.Number("--crop", 96), double.Parse(arguments.Text("--learning-rate", "0.002"), CultureInfo.InvariantCulture), arguments.Number("--threads", 2), arguments.TextOrNull("--workspace"));
        Variant[] variants = [.. (arguments.TextOrNull("--only") ?? string.Join(',', Variant.All.Select(v => v.Name))).Split(',').Select(Variant.Of)];
        var sets = new List<VariantSet>();
        if (root != "none")
        {
            sets.Add(VariantSet.CamVid(root ?? throw new BenchmarkException("The option --data is missing: give CamVid's folder with train and val, or none.")));
        }

        if (scenes > 0)
        {
            sets.Add(VariantSet.Scenes(scenes));
        }

        foreach (VariantSet set in sets)
        {
            var rows = new List<IReadOnlyList<object>>();
            foreach (Variant variant in variants)
            {
                VariantRun[] runs = [.. Enumerable.Range(1, variant.IsRandom ? seeds : 1).Select(seed => VariantRun.Of(variant, set, plan, seed, report))];
                double[] found = [.. runs.Select(run => run.MeanIoU)];
                rows.Add([$"GSS-{variant.Name}", found.Average(), found.Length > 1 ? Spread(found) : "", string.Join(" ", found.Select(value => value.ToString("F2", CultureInfo.InvariantCulture))), runs.Average(run => run.Seconds), runs[0].Parameters]);
            }

            report.Line($"{set.Name}: {set.Validation.Count} label maps measured, {set.Training.Count} to learn from.");
            report.Table(["variant", "mIoU %", "± (one standard deviation)", "of each seed", "seconds of training", "learned parameters"], rows);
        }
    }

    /// <summary>One standard deviation.</summary>
    public static double Spread(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }
}

/// <summary>A variant of the paper: which parts are learned.</summary>
internal sealed record Variant(string Name, bool RandomPalette = false, bool LearnsPalette = false, InverseKind Inverse = InverseKind.NearestColor)
{
    public static Variant[] All { get; } =
    [
        new("FF-R", RandomPalette: true),
        new("FF"),
        new("FT", Inverse: InverseKind.Convolutions),
        new("FT-W", Inverse: InverseKind.SwinBlocks),
        new("TF", LearnsPalette: true),
        new("TF-R", RandomPalette: true, LearnsPalette: true),
        new("TT", LearnsPalette: true, Inverse: InverseKind.Convolutions),
        new("TT-R", RandomPalette: true, LearnsPalette: true, Inverse: InverseKind.Convolutions),
    ];

    public bool Learns => LearnsPalette || Inverse != InverseKind.NearestColor;

    public bool IsRandom => Learns || RandomPalette;

    public static Variant Of(string name) => All.FirstOrDefault(variant => variant.Name == name) ?? throw new BenchmarkException($"There is no variant '{name}', expected {string.Join(", ", All.Select(v => v.Name))} (-R: from a random palette).");
}

/// <summary>Label maps to learn from and to measure on.</summary>
internal sealed record VariantSet(string Name, SegmentationClasses Classes, ISegmentationSamples Training, ISegmentationSamples Validation)
{
    public static VariantSet CamVid(string root) => new("CamVid val, 480x360, 11 classes", SegmentationClasses.CamVid, TrainedCamVid.Split(root, "train"), TrainedCamVid.Split(root, "val"));

    public static VariantSet Scenes(int count)
    {
        const int ClassCount = 150;
        var classes = new SegmentationClasses("scenes", [.. Enumerable.Range(0, ClassCount).Select(i => $"class {i}")]);
        var training = Enumerable.Range(0, 4 * count).Select(i => ProceduralLabelMaps.Draw(480, 360, ClassCount, new Random(2_000_000 + i), objectScale: 3));
        return new($"procedural scenes, 480x360, {ClassCount} classes", classes, new DrawnLabels([.. training]), new DrawnLabels(TokenizerScenes.Procedural(count, ClassCount, 480, 360)));
    }

    private sealed class DrawnLabels(LabelMap[] maps) : ISegmentationSamples
    {
        public int Count => maps.Length;

        public string Describe(int index) => $"scene {index}";

        public LabelMap ReadLabels(int index) => maps[index];

        public (RgbImage Image, LabelMap Labels) Read(int index) => (new RgbImage(maps[index].Width, maps[index].Height), maps[index]);
    }
}

/// <summary>One run of a variant.</summary>
internal sealed record VariantRun(double MeanIoU, double Seconds, long Parameters)
{
    public sealed record Plan(int Steps, int Batch, int Crop, double LearningRate, int Threads, string? Workspace);

    public static VariantRun Of(Variant variant, VariantSet set, Plan plan, int seed, BenchmarkReport report)
    {
        MaskigePalette palette = variant.RandomPalette ? MaskigePalette.Random(set.Classes.Count, seed) : MaskigePalette.MaximalDistance(set.Classes.Count);
        TorchSharp.torch.set_num_threads(plan.Threads);
        if (!variant.Learns)
        {
            using TokenizerNetwork tokenizer = Tokenizers.Compact().CreateNetwork();
            var reading = new MaskigeReading(tokenizer, palette, null);
            var matrix = new ConfusionMatrix(set.Classes.Count);
            for (int i = 0; i < set.Validation.Count; i++)
            {
                LabelMap labels = set.Validation.ReadLabels(i);
                matrix.Add(labels, reading.Reconstruct(labels, TorchSharp.torch.CPU));
            }

            return Told(new(100 * matrix.ToMetrics(set.Classes).MeanIoU, 0, 0), null);
        }

        var clock = Stopwatch.StartNew();
        double trained = 0;
        var options = new PosteriorTrainingOptions
        {
            LearnsPalette = variant.LearnsPalette,
            Inverse = variant.Inverse,
            Steps = plan.Steps,
            BatchSize = plan.Batch,
            CropSize = plan.Crop,
            LearningRate = plan.LearningRate,
            Seed = seed,
            Threads = plan.Threads,
            WorkspacePath = plan.Workspace is { } folder ? Path.Combine(folder, $"{set.Classes.Count}-{variant.Name}-{seed}") : null,
            Progress = progress =>
            {
                if (progress.Step == progress.Steps && progress.Validation is null)
                {
                    trained = clock.Elapsed.TotalSeconds;
                }

                if (progress.Step % 100 == 0)
                {
                    report.Progress(string.Create(CultureInfo.InvariantCulture, $"  {variant.Name} seed {seed} step {progress.Step}/{progress.Steps} loss {progress.Loss:F4} {clock.Elapsed.TotalSeconds:F0} s"));
                }
            },
        };
        using TrainedPosterior posterior = PosteriorTraining.Run(set.Training, set.Classes, palette, options, set.Validation);
        return Told(new(100 * posterior.Validation!.MeanIoU, trained, posterior.ParameterCount), posterior);

        VariantRun Told(VariantRun run, TrainedPosterior? posterior)
        {
            string classes = posterior?.Validation is { } metrics && set.Classes.Count < 20 ? string.Join(", ", metrics.PerClass.Select(of => string.Create(CultureInfo.InvariantCulture, $"{of.Name} {100 * of.IoU:F1}"))) : "";
            report.Progress(string.Create(CultureInfo.InvariantCulture, $"{set.Classes.Count} classes, GSS-{variant.Name}, seed {seed}: {run.MeanIoU:F2} mIoU, {run.Seconds:F0} s, {run.Parameters} parameters. {(posterior is null ? "" : posterior.Palette)} {classes}"));
            return run;
        }
    }
}
