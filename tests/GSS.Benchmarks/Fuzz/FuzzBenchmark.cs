using System.Diagnostics;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>
/// Damaged files for every reader of files from elsewhere: weights (safetensors, PyTorch's zip and stream), label maps, model packages.
/// A reader may read a file or refuse it by its own exception; anything else is a crash.
/// </summary>
internal sealed class FuzzBenchmark : IBenchmark
{
    /// <summary>What a reader may cost beyond twice the file: its windows, tables and messages.</summary>
    private const long Constant = 4 << 20;

    private const double SuspiciousMilliseconds = 100;

    public string Name => "fuzz";

    public string Summary => "damaged files for every file reader: crashes, slowest input, memory (--inputs N, 100000; --seed N, 1; --shared FOLDER)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int inputs = arguments.Number("--inputs", 100_000), seed = arguments.Number("--seed", 1);
        string golden = Path.Combine(arguments.Text("--shared", Environment.GetEnvironmentVariable("GSS_SHARED") ?? "../shared"), "reference", "golden");
        if (!Directory.Exists(golden))
        {
            throw new BenchmarkException($"The golden files were not found in '{golden}': name their folder with --shared or GSS_SHARED.");
        }

        TorchNative.EnsureLoaded();
        FuzzTarget[] targets = FuzzSeeds.Targets(golden);
        foreach (FuzzTarget target in targets)
        {
            // Once whole, so that the first damaged file does not pay for the compiler.
            foreach (byte[] file in target.Seeds)
            {
                target.Read(file);
            }
        }

        long start = Stopwatch.GetTimestamp();
        Result[] results = [.. targets.Select((target, i) => Attack(target, inputs * target.Share / targets.Sum(t => t.Share), seed + i, report))];
        Tell(results, Stopwatch.GetElapsedTime(start), seed, report);
    }

    private static Result Attack(FuzzTarget target, int inputs, int seed, BenchmarkReport report)
    {
        var mutation = new FuzzMutation(seed);
        var random = new Random(seed);
        var result = new Result(target);
        for (int i = 0; i < inputs; i++)
        {
            byte[] damaged = target.Make?.Invoke(random) ?? mutation.Damage(target.Seeds[random.Next(target.Seeds.Count)], target.Seeds[random.Next(target.Seeds.Count)], target.Repair);
            try
            {
                result.Add(damaged, Measure(target, damaged));
            }
            catch (Exception e)
            {
                result.Crashes++;
                if (result.Crashes <= 5)
                {
                    report.Line($"Crash of {target.Name}, input {i}, {damaged.Length} bytes: {e.GetType().Name}: {e.Message.Split('\n')[0]}");
                    report.Progress(e.ToString());
                }
            }
        }

        report.Progress($"{target.Name}: {inputs} inputs, slowest {result.SlowestMilliseconds:F1} ms, {result.Crashes} crashes");
        return result;
    }

    /// <summary>Milliseconds, managed bytes allocated and bytes of the largest tensor. A slow input gets two more tries: the machine may have been busy.</summary>
    private static Cost Measure(FuzzTarget target, byte[] damaged)
    {
        double best = double.MaxValue;
        long allocated = 0;
        FuzzReading reading = default;
        for (int i = 0; i < 3 && (i == 0 || best > SuspiciousMilliseconds); i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            reading = target.Read(damaged);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        return new(best, allocated, reading);
    }

    private static void Tell(Result[] results, TimeSpan elapsed, int seed, BenchmarkReport report)
    {
        int inputs = results.Sum(r => r.Inputs + r.Crashes);
        report.Line($"{inputs} damaged files in {elapsed.TotalMinutes:F1} minutes, seed {seed}: golden files, pictures and packages of {results.SelectMany(r => r.Target.Seeds).Min(s => s.Length)} to "
            + $"{results.SelectMany(r => r.Target.Seeds).Max(s => s.Length)} bytes with flipped bits, overwritten bytes, cuts, splices, repeats, gaps and false lengths, one to four at a time; "
            + "half of the files with checksums have them repaired; and descriptions made of random instructions. Each is opened and everything in it is read; the reader's own exception is the only one allowed. "
            + "Time is wall-clock, the best of three tries where the first took more than 100 ms. Allocated are all managed bytes of the one call (GC.GetAllocatedBytesForCurrentThread), garbage included; "
            + "tensors lie outside the managed heap: the table has the largest one relative to its file (a view that is not contiguous needs the run it lies in beside it, at most as much again).");
        report.Table(["reader", "inputs", "read whole", "crashes", "slowest, ms", "most allocated, KiB", "most beyond 2x the file, KiB", "largest tensor / file"], results.Select(r => (IReadOnlyList<object>)
            [r.Target.Name, r.Inputs, r.Whole, r.Crashes, r.SlowestMilliseconds, r.MostAllocated / 1024.0, r.Target.IsBounded ? r.MostBeyond / 1024.0 : "(unpacks)", r.LargestTensor]));
        report.BarAtLeast("fuzz-inputs", inputs, 100_000);
        report.BarAtMost("fuzz-crashes", results.Sum(r => r.Crashes), 0);
        report.BarAtMost("fuzz-slowest-milliseconds", results.Max(r => r.SlowestMilliseconds), 1000);
        report.BarAtMost("fuzz-kibibytes-allocated-beyond-twice-the-file", results.Where(r => r.Target.IsBounded).Max(r => r.MostBeyond) / 1024.0, Constant / 1024.0);
        report.BarAtMost("fuzz-largest-tensor-relative-to-the-file", results.Max(r => r.LargestTensor), 1);
    }

    private readonly record struct Cost(double Milliseconds, long Allocated, FuzzReading Reading);

    private sealed class Result(FuzzTarget target)
    {
        public FuzzTarget Target => target;

        public int Inputs { get; private set; }

        public int Crashes { get; set; }

        public int Whole { get; private set; }

        public double SlowestMilliseconds { get; private set; }

        public long MostAllocated { get; private set; }

        public long MostBeyond { get; private set; }

        public double LargestTensor { get; private set; }

        public void Add(byte[] file, Cost cost)
        {
            Inputs++;
            Whole += cost.Reading.IsRead ? 1 : 0;
            SlowestMilliseconds = Math.Max(SlowestMilliseconds, cost.Milliseconds);
            MostAllocated = Math.Max(MostAllocated, cost.Allocated);
            MostBeyond = Math.Max(MostBeyond, cost.Allocated - (2L * file.Length));
            LargestTensor = Math.Max(LargestTensor, file.Length == 0 ? 0 : cost.Reading.LargestTensor / (double)file.Length);
        }
    }
}
