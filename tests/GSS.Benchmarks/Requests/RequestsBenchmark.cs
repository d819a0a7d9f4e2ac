using System.Diagnostics;
using System.Globalization;
using GSS.Core;
using GSS.Onnx;
using GSS.Tests;

namespace GSS.Benchmarks;

/// <summary>Many requests at once through the sample host (samples/WebApp): the bits of one thread, memory that stays as it is, sentences for damaged uploads.</summary>
internal sealed class RequestsBenchmark : IBenchmark
{
    private const int Photographs = 24, WarmUp = 500, DamagedEvery = 50, JsonEvery = 5;

    // The longest sides of the photographs: sizes that vary are what an allocator is tried by.
    private static readonly int[] s_widths = [240, 224, 208, 192];

    public string Name => "requests";

    public string Summary => "requests of 8 clients through samples/WebApp as a process of its own: same bits as one thread, memory, latency, damaged uploads (--requests N, 10000, --clients N, 8, --data FOLDER of CamVid, --model FILE.gss|.zip)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int requests = arguments.Number("--requests", 10_000), clients = arguments.Number("--clients", 8);
        if (requests < 2 * WarmUp)
        {
            throw new BenchmarkException($"--requests is {requests}, expected {2 * WarmUp} or more: memory is watched after the first {WarmUp}.");
        }

        string data = arguments.TextOrNull("--data") ?? Path.Combine(arguments.Text("--shared", Environment.GetEnvironmentVariable("GSS_SHARED") ?? "../shared"), "data", "camvid");
        string work = Directory.CreateTempSubdirectory("gss-requests-").FullName;
        try
        {
            SegmentationModelPackage package = LargeBenchmark.Package(arguments.TextOrNull("--model"));
            string file = Path.Combine(work, "model.gss");
            package.Save(file);
            using var model = new SegmentationModel(package, new ScoringOptions { ThreadCount = 1 });
            ExpectedAnswer[] good = Good(Path.Combine(data, "val", "images"), model);
            using WebAppProcess host = WebAppProcess.Start("--model", file);
            Measure(host, good, ExpectedAnswer.Damaged(good[0], good[1]), requests, clients, package, report);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static ExpectedAnswer[] Good(string folder, SegmentationModel model)
    {
        if (!Directory.Exists(folder))
        {
            throw new BenchmarkException($"There is no folder '{folder}', expected photographs: name CamVid's folder with --data.");
        }

        return [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Take(Photographs).Select((path, i) =>
        {
            RgbImage image = ImageReader.Read(path);
            int width = s_widths[i / 2 % s_widths.Length];
            return ExpectedAnswer.Of(image.Resize(width, width * image.Height / image.Width), asJpeg: i % 2 == 1, model);
        })];
    }

    private static void Measure(WebAppProcess host, ExpectedAnswer[] good, ExpectedAnswer[] damaged, int requests, int clients, SegmentationModelPackage package, BenchmarkReport report)
    {
        var watch = new MemoryWatch(host.Process, WarmUp);
        var watching = new Lock();
        double[] milliseconds = new double[requests];
        int done = 0, wrong = 0, refused = 0, notRefused = 0;
        long begin = Stopwatch.GetTimestamp();
        Parallel.ForAsync(0, requests, new ParallelOptions { MaxDegreeOfParallelism = clients }, async (number, _) =>
        {
            bool isDamaged = number % DamagedEvery == DamagedEvery - 1;
            ExpectedAnswer expected = isDamaged ? damaged[number / DamagedEvery % damaged.Length] : good[number % good.Length];
            long start = Stopwatch.GetTimestamp();
            bool holds = await expected.AskAsync(host.Client, asJson: number % JsonEvery == 0);
            milliseconds[number] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            Interlocked.Add(ref refused, isDamaged ? 1 : 0);
            Interlocked.Add(ref wrong, !holds && !isDamaged ? 1 : 0);
            Interlocked.Add(ref notRefused, !holds && isDamaged ? 1 : 0);
            lock (watching)
            {
                watch.Look(++done);
                if (done % WarmUp == 0)
                {
                    report.Progress(string.Create(CultureInfo.InvariantCulture, $"  {done} requests, {done / Stopwatch.GetElapsedTime(begin).TotalSeconds:F1} a second, {watch.Now():F0} MiB"));
                }
            }
        }).GetAwaiter().GetResult();
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds, peak = watch.Peak();
        host.Terminate();
        (int code, string error) = host.EndAsync().GetAwaiter().GetResult();

        double[] blocks = watch.Blocks(), sorted = [.. milliseconds.Where((_, number) => number % DamagedEvery != DamagedEvery - 1).Order()];
        (double least, double most) = watch.Extremes();
        report.Line(
            $"{clients} clients ask `samples/WebApp`, a process of its own, over the loopback address: photographs of CamVid at {string.Join(", ", s_widths.Select(width => $"{width}x{width * 3 / 4}"))} pixels, half PNG, half JPEG, every {JsonEvery}th answer as JSON, the others as PNG. "
            + $"Every {DamagedEvery}th upload is empty, text, cut short, of another content type or a broken form. Model: {package.Manifest.Encoder}, {package.Manifest.Classes.Count} classes. Every answer is compared with that of one thread in the benchmark's process.");
        report.Table(["requests", "of them damaged", "seconds", "a second", "p50 ms", "p95 ms", "p99 ms"], [[requests, refused, seconds, requests / seconds, At(sorted, 0.5), At(sorted, 0.95), At(sorted, 0.99)]]);
        report.Line($"Resident memory of the host in MiB, looked at after each 10th answer; blocks are medians of a hundred answers, the first of them begins after {WarmUp}.");
        report.Table(["first block", "least block", "most block", "last block", "least sample", "most sample", "peak since start"], [[blocks[0], blocks.Min(), blocks.Max(), blocks[^1], least, most, peak]]);
        report.Line($"After SIGTERM the host ended with exit code {code} and {(error.Length == 0 ? "an empty error stream" : $"said: {error}")}.");
        report.BarAtMost("requests-other-bits", wrong, 0);
        report.BarAtMost("requests-damaged-without-a-sentence", notRefused, 0);
        report.BarAtLeast("requests-least-memory", blocks.Min() / blocks[0], 0.95);
        report.BarAtMost("requests-most-memory", blocks.Max() / blocks[0], 1.05);
    }

    private static double At(double[] sorted, double share) => sorted[(int)(share * (sorted.Length - 1))];
}
