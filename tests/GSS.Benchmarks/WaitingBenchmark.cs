using System.Diagnostics;

namespace GSS.Benchmarks;

/// <summary>What it gives that libtorch's waiting threads sleep: training in processes of its own, with and without, on a quiet machine and beside busy processes.</summary>
internal sealed class WaitingBenchmark : IBenchmark
{
    private const int Crop = 64;
    private const int BatchSize = 4;
    private const int Threads = 2;

    // What libgomp does where nobody says anything.
    private const string Spinning = "300000";

    public string Name => "waiting";

    public string Summary => $"training steps, crop {Crop}, two threads, with threads that sleep or spin while they wait, beside 0, 1 and 3 busy processes (--steps N, 40; --turns N, 3)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int steps = arguments.Number("--steps", 40);
        if (arguments.Has("--alone"))
        {
            TrainingSteps.Run(steps, Crop, BatchSize, Threads, report);
            return;
        }

        int turns = arguments.Number("--turns", 3);
        var rows = new List<IReadOnlyList<object>>();
        foreach (int busy in new[] { 0, 1, 3 })
        {
            double[] spin = new double[turns], sleep = new double[turns];
            for (int turn = 0; turn < turns; turn++)
            {
                spin[turn] = Beside(busy, () => InAProcess(steps, Spinning));
                sleep[turn] = Beside(busy, () => InAProcess(steps, spinCount: null));
            }

            (double spinning, double sleeping) = (Timing.Median(spin), Timing.Median(sleep));
            rows.Add([busy, spinning, sleeping, spinning / sleeping]);
            if (busy == 0)
            {
                report.BarAtLeast("waiting-quiet-speed-against-spinning", spinning / sleeping, 0.98);
            }
        }

        report.Line($"One step of GSS-FF, ResNet-18, crop {Crop}x{Crop}, batch {BatchSize}, {Threads} threads on {Environment.ProcessorCount} processors: the median of {steps} steps in a process of its own, and of {turns} such processes of each kind in turns.");
        report.Table(["busy processes beside", $"spinning (GOMP_SPINCOUNT={Spinning}), ms a step", "as GSS.ML sets it, ms a step", "times faster"], rows);
    }

    private static double InAProcess(int steps, string? spinCount) =>
        TrainingSteps.InAProcess("waiting", steps, ("OMP_WAIT_POLICY", null), ("GOMP_SPINCOUNT", spinCount)).Milliseconds;

    private static double Beside(int busy, Func<double> work)
    {
        Process[] processes = [.. Enumerable.Range(0, busy).Select(_ => Process.Start(new ProcessStartInfo("sh", ["-c", "while :; do :; done"]))!)];
        try
        {
            return work();
        }
        finally
        {
            foreach (Process process in processes)
            {
                process.Kill();
                process.Dispose();
            }
        }
    }
}
