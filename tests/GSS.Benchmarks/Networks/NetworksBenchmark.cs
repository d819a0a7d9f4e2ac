using System.Globalization;
using GSS.Torch;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>Each full-size network: its size, its work, and its time at 512×512 in TorchSharp, ONNX Runtime and, where Python has it, PyTorch.</summary>
internal sealed class NetworksBenchmark : IBenchmark
{
    private const int Threads = 2;
    private const int MostTurns = 9;

    /// <summary>About how long all turns of one network may take together, after one uncounted turn.</summary>
    private const double NetworkMilliseconds = 15_000;

    public string Name => "networks";

    public string Summary => $"encoders and dVAE at full size, {NetworkCase.Side}x{NetworkCase.Side}, two threads: TorchSharp, ONNX Runtime, PyTorch (--networks a,b,c; --repeats N, by default as many as fit into 15 seconds, 9 at most)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int? repeats = arguments.TextOrNull("--repeats") is null ? null : arguments.Number("--repeats", 1);
        NetworkCase[] chosen = Choose(arguments.TextOrNull("--networks"));
        TorchNative.EnsureLoaded();
        int threadsBefore = get_num_threads();
        set_num_threads(Threads);
        try
        {
            using IDisposable noGradient = no_grad();
            NetworkTimes[] times = [.. chosen.Select(network => Measure(network, repeats, report))];
            Report(times, report);
        }
        finally
        {
            set_num_threads(threadsBefore);
        }
    }

    private static NetworkCase[] Choose(string? names)
    {
        if (names is null)
        {
            return [.. NetworkCase.All];
        }

        return [.. names.Split(',').Select(name => NetworkCase.All.FirstOrDefault(network => network.Name == name)
            ?? throw new BenchmarkException($"There is no network '{name}'; --networks takes {string.Join(", ", NetworkCase.All.Select(network => network.Name))}."))];
    }

    private static NetworkTimes Measure(NetworkCase network, int? repeats, BenchmarkReport report)
    {
        using DisposeScope scope = NewDisposeScope();
        using NetworkUnderTest made = network.Make();
        long parameters = made.Module.parameters().Sum(p => p.numel());
        double giga = MultiplyCounter.Count(made) / 1e9;
        using Tensor channelsLast = made.Input.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        using var onnx = new OnnxTurn(made);
        string[] python = [network.Name, parameters.ToString(CultureInfo.InvariantCulture), $"{NetworkCase.Side}", $"{Threads}"];
        using PythonPeer? peer = PythonPeer.TryStart(PythonScript(), python);

        // All take turns, so that a noisy neighbour slows all of them; the peer measures itself, without the talk between the processes.
        List<Func<double>> rivals = [() => Clock(() => Torch(made, made.Input)), () => Clock(() => Torch(made, channelsLast)), () => Clock(onnx.Run)];
        if (peer is not null)
        {
            rivals.AddRange([() => peer.Milliseconds(0), () => peer.Milliseconds(1)]);
        }

        double once = rivals.Sum(rival => rival());
        int turns = repeats ?? Math.Clamp((int)(NetworkMilliseconds / once), 1, MostTurns);
        double[][] times = [.. rivals.Select(_ => new double[turns])];
        for (int turn = 0; turn < turns; turn++)
        {
            for (int i = 0; i < rivals.Count; i++)
            {
                times[i][turn] = rivals[i]();
            }
        }

        double[] medians = [.. times.Select(Timing.Median), double.NaN, double.NaN];
        var result = new NetworkTimes(network.Name, parameters, giga, turns, medians[0], medians[1], medians[2], medians[3], medians[4], peer?.Version);
        report.Progress(FormattableString.Invariant(
            $"{network.Name}: {parameters:N0} parameters, {giga:F1} GMAC, {turns} turns; TorchSharp {medians[0]:F0} / {medians[1]:F0} ms, ONNX Runtime {medians[2]:F0} ms, PyTorch {medians[3]:F0} / {medians[4]:F0} ms"));
        return result;
    }

    private static void Torch(NetworkUnderTest network, Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        network.Forward(input);
    }

    private static double Clock(Action action)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        action();
        return System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static string PythonScript()
    {
        using Stream stream = typeof(NetworksBenchmark).Assembly.GetManifestResourceStream("torch_networks.py")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static void Report(NetworkTimes[] times, BenchmarkReport report)
    {
        string peer = times.FirstOrDefault(t => t.PyTorchVersion is not null)?.PyTorchVersion is { } version ? $"PyTorch {version}" : "PyTorch (not found)";
        report.Line($"One {NetworkCase.Side}x{NetworkCase.Side} image, random weights, float32, {Threads} threads each, batch normalisation in evaluation mode; milliseconds, medians of turns taken one after the other. "
            + "'last' has the channels last in the input (in PyTorch in the weights too). PyTorch runs the same architecture out of plain modules; n/a for Swin where PyTorch was built with the generic BLAS (as in Debian): its matrix products are twenty times slower than any other's. "
            + "The machine is shared, and the load at the time slows all columns: compare the ratios.");
        report.Table(["network", "parameters", "GMAC", "turns", "TorchSharp ms", "last ms", "ONNX Runtime ms", $"{peer} ms", "last ms"],
            times.Select(t => (IReadOnlyList<object>)[t.Name, t.Parameters, t.GigaMultiplyAdds, t.Turns, t.TorchSharp, t.TorchSharpLast, t.Onnx, t.PyTorch, t.PyTorchLast]));
        report.Line("How many times faster than PyTorch, each layout against the same one; and the bars' figures: the better layout of TorchSharp, and ONNX Runtime, against PyTorch as it comes, which is contiguous. "
            + "PyTorch with the channels last is the harder rival, so ONNX Runtime stands against it too.");
        report.Table(["network", "TorchSharp", "last", "TorchSharp's better", "ONNX Runtime", "ONNX Runtime against last"], times.Where(t => t.PyTorchVersion is not null).Select(t => (IReadOnlyList<object>)
            [t.Name, t.PyTorch / t.TorchSharp, t.PyTorchLast / t.TorchSharpLast, t.PyTorch / t.BestTorchSharp, t.PyTorch / t.Onnx, t.PyTorchLast / t.Onnx]));
        if (times.FirstOrDefault(t => t.Name == "resnet50" && t.PyTorchVersion is not null) is { } resNet)
        {
            report.BarAtLeast("networks-resnet50-torchsharp-against-pytorch", resNet.PyTorch / resNet.BestTorchSharp, 1.0);
            report.BarAtLeast("networks-resnet50-onnx-against-pytorch", resNet.PyTorch / resNet.Onnx, 1.4);
        }
    }

    private sealed record NetworkTimes(
        string Name, long Parameters, double GigaMultiplyAdds, int Turns, double TorchSharp, double TorchSharpLast, double Onnx, double PyTorch, double PyTorchLast, string? PyTorchVersion)
    {
        public double BestTorchSharp => Math.Min(TorchSharp, TorchSharpLast);
    }

    /// <summary>The exported network in ONNX Runtime, all outputs.</summary>
    private sealed class OnnxTurn : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly OrtValue _input;
        private readonly RunOptions _options = new();

        public OnnxTurn(NetworkUnderTest network)
        {
            using var options = new SessionOptions { IntraOpNumThreads = Threads };

            // Threads that spin while they wait would slow libtorch in the same process.
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            _session = new InferenceSession(network.ToOnnx(), options);
            _input = network.OnnxTokens is { } shape
                ? OrtValue.CreateTensorValueFromMemory(new long[shape[0] * shape[1] * shape[2]], shape)
                : OrtValue.CreateTensorValueFromMemory(network.Input.data<float>().ToArray(), network.Input.shape);
        }

        public void Run() => _session.Run(_options, [_session.InputNames[0]], [_input], _session.OutputNames).Dispose();

        public void Dispose()
        {
            _options.Dispose();
            _input.Dispose();
            _session.Dispose();
        }
    }
}
