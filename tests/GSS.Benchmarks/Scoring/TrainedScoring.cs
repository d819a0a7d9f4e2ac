using System.Diagnostics;
using System.Globalization;
using GSS.Core;
using GSS.Onnx;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>A model trained on CamVid in every way that it can be scored: time by batch, memory, size, accuracy, and the pixels in which the ways differ.</summary>
internal sealed class TrainedScoring(string workspace, string root, int threads, int repeats, BenchmarkReport report)
{
    private static readonly int[] s_batches = [1, 4, 8];

    private readonly ScoringOptions _scoring = new() { ThreadCount = threads };
    private readonly GenerativeOptions _options = new() { CropWidth = 256, CropHeight = 256, TokenDecoding = TokenDecoding.Agreement };

    /// <summary>One way in a process of its own: prints the most memory that it had.</summary>
    public void Alone(string name, string folder)
    {
        RgbImage image = TrainedCamVid.Split(root, "val").Read(0).Image;
        (IDisposable owner, Func<IReadOnlyList<RgbImage>, byte[][]> score) = ScoringPaths.Open(name, folder, () => TrainedCamVid.Open(workspace, _options), _scoring);
        using (owner)
        {
            for (int i = 0; i < 20; i++)
            {
                score([image]);
            }
        }

        using var self = Process.GetCurrentProcess();
        report.Line(FormattableString.Invariant($"PEAK {self.PeakWorkingSet64 / 1048576.0:R}"));
    }

    public void Measure()
    {
        SegmentationFiles training = TrainedCamVid.Split(root, "train"), validation = TrainedCamVid.Split(root, "val");
        (RgbImage Image, LabelMap Truth)[] samples = [.. Enumerable.Range(0, validation.Count).Select(validation.Read)];
        RgbImage[] calibration = [.. Enumerable.Range(0, 32).Select(i => training.Read(i * training.Count / 32).Image)];
        using TrainedPrior trained = TrainedCamVid.Open(workspace, _options);
        trained.KeptTokens = TokenClasses.Kept(TorchSharp.torch.tensor(TokenClasses.Count(training, trained, _options, default)).sum(1), TokenClasses.Solid(trained), _options.KeptTokenShare);
        IReadOnlyDictionary<string, byte[]> parts = trained.Export();
        SegmentationModelPackage package = ScoringBenchmark.Package(trained, parts[SegmentationModelPackage.PriorPart], parts[SegmentationModelPackage.DecoderPart]);
        string folder = Directory.CreateTempSubdirectory("gss-scoring-").FullName;
        var owners = new List<IDisposable>();
        try
        {
            report.Line($"{trained.KeptTokens?.Length} of {trained.Tokenizer.VocabularySize} tokens kept, {_options.TokenDecoding}; {ScoringPaths.Write(folder, package, calibration, samples[0].Image, _scoring)}.");
            var ways = new List<Way>();
            foreach ((string name, string? file, bool batches) in ScoringPaths.All)
            {
                (IDisposable owner, Func<IReadOnlyList<RgbImage>, byte[][]> score) = ScoringPaths.Open(name, folder, () => TrainedCamVid.Open(workspace, _options), _scoring);
                owners.Add(owner);
                if (owner is TrainedPrior torch)
                {
                    torch.KeptTokens = trained.KeptTokens;
                }

                ways.Add(new(name, batches ? s_batches : [1], images => Timing.Milliseconds(() => score(images)), image => score([image])[0], () => PeakAlone(name, folder), file is null ? double.NaN : new FileInfo(Path.Combine(folder, file)).Length / 1e6));
            }

            foreach (bool last in new[] { false, true })
            {
                if (ScoringPeer.TryStart(folder, trained, [.. samples.Take(8).Select(sample => sample.Image)], threads, last) is { } peer)
                {
                    owners.Add(peer);
                    ways.Add(new($"PyTorch {peer.Version}{(last ? ", channels last" : "")}", s_batches, images => peer.Milliseconds(images.Count), peer.Label, () => peer.PeakMebibytes, double.NaN));
                }
            }

            Dictionary<(int, string), double[]> times = TakeTurns(ways, [.. samples.Select(sample => sample.Image)]);
            ReportTimes(ways, times);
            ReportPixels(ways, samples, trained);
        }
        finally
        {
            owners.ForEach(owner => owner.Dispose());
            Directory.Delete(folder, recursive: true);
        }
    }

    private Dictionary<(int Batch, string Name), double[]> TakeTurns(List<Way> ways, RgbImage[] images)
    {
        var times = new Dictionary<(int, string), double[]>();
        foreach (int batch in s_batches)
        {
            Way[] taking = [.. ways.Where(way => way.Batches.Contains(batch))];
            int turns = Math.Max(5, repeats / batch);
            double[][] found = [.. taking.Select(_ => new double[turns])];
            for (int turn = -1; turn < turns; turn++)
            {
                for (int i = 0; i < taking.Length; i++)
                {
                    // Threads of the one before may still be waiting for more work.
                    Thread.Sleep(10);
                    double time = taking[i].Milliseconds([.. images.Take(batch)]);
                    if (turn >= 0)
                    {
                        found[i][turn] = time;
                    }
                }
            }

            for (int i = 0; i < taking.Length; i++)
            {
                times[(batch, taking[i].Name)] = found[i];
            }
        }

        return times;
    }

    private void ReportTimes(List<Way> ways, Dictionary<(int Batch, string Name), double[]> times)
    {
        double Rate(Way way, int batch) => times.TryGetValue((batch, way.Name), out double[]? found) ? 1000 * batch / Timing.Median(found) : double.NaN;
        double baseline = ways.Where(way => way.Name.StartsWith("PyTorch", StringComparison.Ordinal)).Select(way => Rate(way, 1)).DefaultIfEmpty(double.NaN).Max();
        report.Line(string.Create(CultureInfo.InvariantCulture, $"Photographs of CamVid at 480x360 to label maps, {threads} threads each, all ways in turns ({repeats} for batches of 1, fewer for larger ones). Memory is the most that a process with this way alone had in 20 predictions (of PyTorch: in all that it did here, batches of 8 included)."));
        report.Table(
            ["way", "images/s, batch 1", "batch 4", "batch 8", "median ms, batch 1", "95 % within ms", "against the better PyTorch", "most memory, MiB", "on disk, MB"],
            ways.Select(way => (IReadOnlyList<object>)
            [
                way.Name, Rate(way, 1), Rate(way, 4), Rate(way, 8), Timing.Median(times[(1, way.Name)]), Percentile(times[(1, way.Name)]), Rate(way, 1) / baseline, way.PeakMebibytes(), way.Megabytes,
            ]));
        double Of(string name) => Rate(ways.Single(way => way.Name == name), 1);
        if (!double.IsNaN(baseline))
        {
            report.BarAtLeast("scoring-fp32-against-better-pytorch", Of(ScoringPaths.Model) / baseline, 1.6);
            report.BarAtLeast("scoring-int8-against-better-pytorch", Of(ScoringPaths.Int8) / baseline, 3);
        }

        report.BarAtMost("scoring-fused-against-parts", Of(ScoringPaths.Model) / Of(ScoringPaths.Fused), 1);
    }

    private void ReportPixels(List<Way> ways, (RgbImage Image, LabelMap Truth)[] samples, TrainedPrior trained)
    {
        // PyTorch chooses the most likely of all tokens: it is compared with a model that does.
        (trained.TokenDecoding, trained.KeptTokens) = (TokenDecoding.MostLikely, null);
        IReadOnlyDictionary<string, byte[]> parts = trained.Export();
        using var likely = new SegmentationModel(ScoringBenchmark.Package(trained, parts[SegmentationModelPackage.PriorPart], parts[SegmentationModelPackage.DecoderPart]), _scoring);
        var ours = ways.Single(way => way.Name == ScoringPaths.Model);
        ConfusionMatrix[] matrices = [.. ways.Select(_ => new ConfusionMatrix(SegmentationClasses.CamVid.Count))];
        long[] different = new long[ways.Count];
        long pixels = 0;
        foreach ((RgbImage image, LabelMap truth) in samples)
        {
            byte[] expected = ours.Label(image), expectedOfPyTorch = likely.Predict(image).Labels.Ids.ToArray();
            pixels += expected.Length;
            for (int i = 0; i < ways.Count; i++)
            {
                byte[] found = ways[i].Label(image);
                byte[] wanted = ways[i].IsPyTorch ? expectedOfPyTorch : expected;
                different[i] += found.Zip(wanted).Count(pair => pair.First != pair.Second);
                matrices[i].Add(truth, new LabelMap(image.Width, image.Height, found));
            }
        }

        double MeanIoU(int i) => 100 * matrices[i].ToMetrics(SegmentationClasses.CamVid).MeanIoU;
        report.Line("All photographs of CamVid val. Differing pixels are counted against SegmentationModel, PyTorch's against the same network in SegmentationModel with PyTorch's decision (the most likely of all tokens).");
        report.Table(["way", "mIoU", "pixels that differ, %"], ways.Select((way, i) => (IReadOnlyList<object>)[way.Name, MeanIoU(i), 100.0 * different[i] / pixels]));
        int exact = ways.FindIndex(way => way.Name == ScoringPaths.Model), bytes = ways.FindIndex(way => way.Name == ScoringPaths.Int8);
        report.BarAtLeast("scoring-int8-miou-difference", MeanIoU(bytes) - MeanIoU(exact), -0.5);
        report.BarAtMost("scoring-pixels-that-differ-percent", Enumerable.Range(0, ways.Count).Where(i => i != bytes).Max(i => 100.0 * different[i] / pixels), 0.05);
    }

    private double PeakAlone(string name, string folder)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        string[] arguments = ["scoring", "--alone", name, "--folder", folder, "--workspace", workspace, "--data", root, "--threads", $"{threads}", "--results", "none"];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string? line = output.Split('\n').FirstOrDefault(line => line.StartsWith("PEAK ", StringComparison.Ordinal));
        return line is null ? throw new BenchmarkException($"The process that scores by '{name}' gave no memory: {output}") : double.Parse(line[5..], CultureInfo.InvariantCulture);
    }

    private static double Percentile(double[] times) => times.Order().ElementAt((int)Math.Ceiling(0.95 * times.Length) - 1);

    private sealed record Way(string Name, int[] Batches, Func<IReadOnlyList<RgbImage>, double> Milliseconds, Func<RgbImage, byte[]> Label, Func<double> PeakMebibytes, double Megabytes)
    {
        public bool IsPyTorch => Name.StartsWith("PyTorch", StringComparison.Ordinal);
    }
}
