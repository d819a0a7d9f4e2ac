using System.Diagnostics;
using GSS.Core;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>What a training step of GSS costs against one of the per-pixel head, on the same encoder, batch and crop: CamVid's label maps, whose cells of one class are as many as a street has.</summary>
internal sealed class HeadsBenchmark : IBenchmark
{
    private const int BatchSize = 4;
    private const int DefaultCrop = 128;

    public string Name => "heads";

    public string Summary => $"a training step of GSS against one of the per-pixel head, ResNet-18, batch {BatchSize} (--data FOLDER, --steps N, 40; --threads N, 2; --crop N, {DefaultCrop})";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        string root = arguments.TextOrNull("--data") ?? Path.Combine(arguments.Text("--shared", Environment.GetEnvironmentVariable("GSS_SHARED") ?? "../shared"), "data", "camvid");
        var files = SegmentationFiles.FromFolders(Path.Combine(root, "train", "images"), Path.Combine(root, "train", "labels"), SegmentationClasses.CamVid);
        int steps = arguments.Number("--steps", 40), threads = arguments.Number("--threads", 2), crop = arguments.Number("--crop", DefaultCrop);
        TorchNative.EnsureLoaded();
        (string Name, SegmentationTrainingOptions Options)[] heads =
        [
            ("per-pixel head", new PerPixelOptions()),
            ("GSS-FF", new GenerativeOptions()),
            ("GSS-FF, all cells counted", new GenerativeOptions { InteriorTokenShare = 1 }),
            ("GSS-FF, the paper's loss", new GenerativeOptions { ClassTiedTokens = false, InteriorTokenShare = 1, TokenLossWeight = 0.8, AuxiliaryLossWeight = 0.2 }),
        ];
        double[] medians = InTurns(files, [.. heads.Select(head => head.Options with
        {
            BatchSize = BatchSize, CropWidth = crop, CropHeight = crop, Device = TrainingDevice.Cpu, Threads = threads, Workers = 1, ClassWeights = ClassWeighting.Enet,
        })], steps);
        report.Line($"One training step from batch to moved weights, photographs and label maps of CamVid, crop {crop}x{crop}, batch {BatchSize}, ResNet-18, {threads} threads: the median of {steps} steps of each, taken in turns.");
        report.Table(["head", "ms a step", "against the per-pixel head"], [.. heads.Select((head, i) => new object[] { head.Name, medians[i], medians[i] / medians[0] })]);
        report.BarAtMost("gss-step-against-per-pixel", medians[1] / medians[0], 1.3);
    }

    /// <summary>A run for each of the options, in threads of their own that take turns after every step; the median time of a step of each in milliseconds.</summary>
    private static double[] InTurns(SegmentationFiles files, SegmentationTrainingOptions[] options, int steps)
    {
        SemaphoreSlim[] turns = [.. options.Select((_, i) => new SemaphoreSlim(0))];
        var times = options.Select(_ => new List<double>()).ToArray();
        Thread[] runs = [.. options.Select((own, i) => new Thread(() =>
        {
            turns[i].Wait();
            long begin = Stopwatch.GetTimestamp();
            Train(files, own with
            {
                // The first steps warm up: memory is taken, kernels are chosen.
                StopWhen = progress => progress.Step == steps + 3,
                Progress = _ =>
                {
                    times[i].Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                    turns[(i + 1) % turns.Length].Release();
                    turns[i].Wait();
                    begin = Stopwatch.GetTimestamp();
                },
            });
            turns[(i + 1) % turns.Length].Release();
        }))];
        foreach (Thread run in runs)
        {
            run.Start();
        }

        turns[0].Release();
        foreach (Thread run in runs)
        {
            run.Join();
        }

        return [.. times.Select(taken => Timing.Median([.. taken.Skip(3)]))];
    }

    private static void Train(SegmentationFiles files, SegmentationTrainingOptions options)
    {
        using TrainedSegmenter trained = options is GenerativeOptions generative
            ? LatentPriorTraining.Run(files, SegmentationClasses.CamVid, MaskigePalette.MaximalDistance(SegmentationClasses.CamVid.Count), generative)
            : PerPixelTraining.Run(files, SegmentationClasses.CamVid, (PerPixelOptions)options);
    }
}
