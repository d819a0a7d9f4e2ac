using System.Diagnostics;
using GSS.Core;
using GSS.Torch;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>What a training step of GSS costs beside a step of a per-pixel head: same encoder, batch and crop, in turns.</summary>
internal sealed class HeadStepsBenchmark : IBenchmark
{
    // The first steps of a run take memory and choose kernels.
    private const int WarmUp = 3;

    public string Name => "head-steps";

    public string Summary => "a training step of GSS-FF against one of the per-pixel head, ResNet-18 (--steps N, 10; --turns N, 5; --crop, 256; --batch, 4; --threads, 2)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        (int steps, int turns) = (arguments.Number("--steps", 10), arguments.Number("--turns", 5));
        (int crop, int batch, int threads) = (arguments.Number("--crop", 256), arguments.Number("--batch", 4), arguments.Number("--threads", 2));
        TorchNative.EnsureLoaded();
        set_num_threads(threads);
        SegmentationTrainingOptions common = new()
        {
            BatchSize = batch,
            CropWidth = crop,
            CropHeight = crop,
            Epochs = steps + WarmUp,
            ClassWeights = ClassWeighting.Enet,
            Device = TrainingDevice.Cpu,
        };
        var samples = new DrawnSamples(batch, crop);
        var pixels = new double[turns];
        var tokens = new double[turns];
        var paper = new double[turns];
        for (int turn = 0; turn < turns; turn++)
        {
            pixels[turn] = Median(common, options => PerPixelTraining.Run(samples, SegmentationClasses.CamVid, new PerPixelOptions(options)));
            tokens[turn] = Median(common, options => Generative(new GenerativeOptions(options)));
            paper[turn] = Median(common, options => Generative(new GenerativeOptions(options) { ClassTiedTokens = false, InteriorTokenShare = 1, TokenLossWeight = 0.8, AuxiliaryLossWeight = 0.2 }));
        }

        report.Line(FormattableString.Invariant($"One step from batch to moved weights: ResNet-18, crop {crop}x{crop}, batch {batch}, ENet's class weights, {threads} threads, the medians of {steps} steps, in {turns} turns."));
        report.Table(["what", "ms a step", "times the per-pixel head's, median of turns", "least", "most"],
        [
            Row("per-pixel head", pixels),
            Row("GSS-FF", tokens),
            Row("GSS-FF with the paper's loss, all cells", paper),
        ]);
        report.BarAtMost("step-of-gss-against-per-pixel-head", Ratios(tokens)[turns / 2], 1.3);

        TrainedPrior Generative(GenerativeOptions options) => LatentPriorTraining.Run(samples, SegmentationClasses.CamVid, MaskigePalette.MaximalDistance(SegmentationClasses.CamVid.Count), options);
        double[] Ratios(double[] times) => [.. times.Zip(pixels, (time, pixel) => time / pixel).Order()];
        object[] Row(string what, double[] times) => [what, Timing.Median(times), Ratios(times)[turns / 2], Ratios(times)[0], Ratios(times)[^1]];
    }

    private static double Median(SegmentationTrainingOptions options, Func<SegmentationTrainingOptions, TrainedSegmenter> train)
    {
        var times = new List<double>();
        long begin = Stopwatch.GetTimestamp();
        train(options with
        {
            Progress = _ =>
            {
                times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                begin = Stopwatch.GetTimestamp();
            },
        }).Dispose();
        return Timing.Median([.. times.Skip(WarmUp)]);
    }
}
