using System.Diagnostics;
using System.Globalization;
using GSS.Core;
using GSS.Torch;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>Training steps in a process of its own, for what only the environment of a process decides.</summary>
internal static class TrainingSteps
{
    /// <summary>In the process of its own: trains GSS-FF with ResNet-18 on drawn samples and prints the median of its steps in milliseconds and the peak of its resident memory in MiB.</summary>
    public static void Run(int steps, int crop, int batchSize, int threads, BenchmarkReport report)
    {
        TorchNative.EnsureLoaded();
        set_num_threads(threads);
        var times = new List<double>();
        long begin = Stopwatch.GetTimestamp();
        var options = new GenerativeOptions
        {
            BatchSize = batchSize,
            CropWidth = crop,
            CropHeight = crop,
            Epochs = steps + 2,
            Device = TrainingDevice.Cpu,
            Progress = _ =>
            {
                times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                begin = Stopwatch.GetTimestamp();
            },
        };
        LatentPriorTraining.Run(new DrawnSamples(batchSize, crop), SegmentationClasses.CamVid, MaskigePalette.MaximalDistance(SegmentationClasses.CamVid.Count), options).Dispose();
        using var self = Process.GetCurrentProcess();
        report.Line(FormattableString.Invariant($"{Timing.Median([.. times.Skip(2)]):R} {self.PeakWorkingSet64 >> 20}"));
    }

    /// <summary>Starts the process and reads what it prints.</summary>
    /// <param name="benchmark">The benchmark whose <c>--alone</c> calls <see cref="Run"/>.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="environment">Variables of the process; null removes one.</param>
    public static (double Milliseconds, double PeakMebibytes) InAProcess(string benchmark, int steps, params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [benchmark, "--alone", "--steps", $"{steps}", "--results", "none"]) { RedirectStandardOutput = true };
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        foreach (string[] words in output.Split('\n').Select(line => line.Split(' ')))
        {
            if (words.Length == 2 && double.TryParse(words[0], CultureInfo.InvariantCulture, out double milliseconds) && double.TryParse(words[1], CultureInfo.InvariantCulture, out double peak))
            {
                return (milliseconds, peak);
            }
        }

        throw new BenchmarkException($"The process that trains gave no time: {output}");
    }
}
