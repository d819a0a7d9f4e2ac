using System.Runtime.InteropServices;
using GSS.Core;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>Nearest-colour decoding against the formula of the reference, which makes a buffer of K × 3 × H × W.</summary>
internal sealed class DecodeBenchmark : IBenchmark
{
    private const int Width = 480;
    private const int Height = 360;

    private const string Script = """
        k, n, width = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
        x = torch.frombuffer(bytes_of(sys.argv[4]), dtype=torch.float32).reshape(3, n // width, width)
        palette = torch.frombuffer(bytes_of(sys.argv[5]), dtype=torch.float32).reshape(k, 3)
        def work():
            return ((x[None] - palette[:, :, None, None]) ** 2).sum(1).argmin(0)
        with open(sys.argv[6], "wb") as file:
            file.write(work().to(torch.uint8).numpy().tobytes())
        serve(work)
        """;

    public string Name => "decode";

    public string Summary => "nearest-colour decoding of a 480x360 maskige against the reference's formula in PyTorch, one thread each (--repeats N, 15)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int repeats = arguments.Number("--repeats", 15);
        string rival = "";
        var rows = new List<IReadOnlyList<object>>();
        foreach (int classCount in new[] { 11, 19, 150 })
        {
            Result result = Measure(classCount, repeats);
            rival = result.Rival;
            rows.Add([classCount, result.Palette.SmallestDistance, result.Ours, result.Theirs, result.Theirs / result.Ours, result.Different, result.Allocated]);
            if (classCount == 19)
            {
                report.BarAtLeast("decode-k19-speedup", result.Theirs / result.Ours, 20);
                report.BarAtMost("decode-k19-pixels-that-differ", result.Different, 0);
                report.BarAtMost("decode-k19-bytes-allocated", result.Allocated, 0);
            }
        }

        report.Line($"A noisy {Width}x{Height} maskige, [3, H, W] floats in 0..255, one thread each, median of {repeats} turns; the rival is "
            + $"`((x[None] - palette[:, :, None, None]) ** 2).sum(1).argmin(0)` in {rival}.");
        report.Table(["K", "smallest colour distance", "GSS.ML ms", "rival ms", "times faster", "pixels that differ", "bytes allocated"], rows);
    }

    private static Result Measure(int classCount, int repeats)
    {
        MaskigePalette palette = MaskigePalette.MaximalDistance(classCount);
        float[] maskige = NoisyMaskige(palette);
        float[] colors = [.. palette.Colors.SelectMany(c => new float[] { c.R, c.G, c.B })];
        byte[] ids = new byte[Width * Height];
        string folder = Directory.CreateTempSubdirectory("gss-decode-").FullName;
        try
        {
            string x = Path.Combine(folder, "x"), beta = Path.Combine(folder, "palette"), answer = Path.Combine(folder, "ids");
            File.WriteAllBytes(x, MemoryMarshal.AsBytes<float>(maskige));
            File.WriteAllBytes(beta, MemoryMarshal.AsBytes<float>(colors));
            byte[]? torchSharpIds = null;
            using var rivals = new Rivals(Script, [$"{classCount}", $"{ids.Length}", $"{Width}", x, beta, answer], () => torchSharpIds = Formula(maskige, colors));
            (double ours, double theirs) = rivals.Compare(() => palette.Decode(maskige, ids), repeats);
            long before = GC.GetAllocatedBytesForCurrentThread();
            palette.Decode(maskige, ids);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            byte[] expected = torchSharpIds ?? File.ReadAllBytes(answer);
            return new(palette, ours, theirs, ids.Zip(expected).Count(pair => pair.First != pair.Second), allocated, rivals.Name);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static float[] NoisyMaskige(MaskigePalette palette)
    {
        LabelMap truth = ProceduralMaps.Truth(Width, Height, palette.Count, 1);
        float[] planar = new float[3 * Width * Height];
        palette.Colorize(truth.Ids, planar);
        var random = new Random(2);
        return [.. planar.Select(v => (v * 255f) + (60f * (random.NextSingle() - 0.5f)))];
    }

    private static byte[] Formula(float[] maskige, float[] colors)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor x = tensor(maskige, [3, Height, Width]);
        Tensor palette = tensor(colors, [colors.Length / 3, 3]);
        return (x.unsqueeze(0) - palette.unsqueeze(-1).unsqueeze(-1)).square().sum(1).argmin(0).to(ScalarType.Byte).data<byte>().ToArray();
    }

    private sealed record Result(MaskigePalette Palette, double Ours, double Theirs, int Different, long Allocated, string Rival);
}
