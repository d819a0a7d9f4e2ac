namespace GSS.Benchmarks;

/// <summary>What it gives that freed memory stays with the process: training in processes of its own, with glibc's allocator as it is and as GSS.ML sets it.</summary>
internal sealed class AllocatorBenchmark : IBenchmark
{
    private const int Crop = 128;
    private const int BatchSize = 4;
    private const int Threads = 2;

    // A tunable that changes nothing here, but says that the user has chosen: GSS.ML leaves the allocator alone then.
    private const string Untouched = "glibc.malloc.arena_test=8";

    public string Name => "allocator";

    public string Summary => $"training steps, crop {Crop}, two threads, with memory that goes back to the system or stays (--steps N, 20; --turns N, 3)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int steps = arguments.Number("--steps", 20);
        if (arguments.Has("--alone"))
        {
            TrainingSteps.Run(steps, Crop, BatchSize, Threads, report);
            return;
        }

        int turns = arguments.Number("--turns", 3);
        var back = new (double Milliseconds, double PeakMebibytes)[turns];
        var kept = new (double Milliseconds, double PeakMebibytes)[turns];
        for (int turn = 0; turn < turns; turn++)
        {
            back[turn] = TrainingSteps.InAProcess(Name, steps, ("GLIBC_TUNABLES", Untouched));
            kept[turn] = TrainingSteps.InAProcess(Name, steps, ("GLIBC_TUNABLES", null));
        }

        double before = Timing.Median([.. back.Select(run => run.Milliseconds)]), now = Timing.Median([.. kept.Select(run => run.Milliseconds)]);
        report.Line($"One step of GSS-FF, ResNet-18, crop {Crop}x{Crop}, batch {BatchSize}, {Threads} threads on {Environment.ProcessorCount} processors: the median of {steps} steps in a process of its own, and of {turns} such processes of each kind in turns.");
        report.Table(
            ["allocator", "ms a step", "peak MiB"],
            [
                ["glibc as it is", before, Timing.Median([.. back.Select(run => run.PeakMebibytes)])],
                ["as GSS.ML sets it", now, Timing.Median([.. kept.Select(run => run.PeakMebibytes)])],
            ]);
        report.BarAtLeast("allocator-speed-against-glibc-as-it-is", before / now, 1);
    }
}
