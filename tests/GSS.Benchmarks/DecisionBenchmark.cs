using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace GSS.Benchmarks;

/// <summary>From the last features of a token head to the tokens: forms of the decision inside the graph, and the logits handed out to C#'s SIMD code.</summary>
internal sealed class DecisionBenchmark : IBenchmark
{
    private const int Channels = 128;
    private const int Vocabulary = 1024;
    private const int Rows = 90;
    private const int Columns = 120;
    private const int Threads = 2;

    public string Name => "decision";

    public string Summary => "the choice of tokens at 480x360, inside the graph in several forms and outside of it, two threads (--repeats N, 31)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int repeats = arguments.Number("--repeats", 31);
        TorchNative.EnsureLoaded();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using var generator = new Generator(7, CPU);
        Tensor weight = randn([Vocabulary, Channels, 1, 1], generator: generator), bias = randn([Vocabulary], generator: generator);
        float[] features = randn([1, Channels, Rows, Columns], generator: generator).data<float>().ToArray();

        using var outside = new Form(LogitsOutside(weight, bias), features, "logits");
        using var channels = new Form(ArgMax(weight, bias, last: false), features, "tokens");
        using var last = new Form(ArgMax(weight, bias, last: true), features, "tokens");
        using var rows = new Form(RowByRow(weight, bias), features, "tokens");
        int[] chosen = new int[Rows * Columns];
        Action[] forms =
        [
            () => outside.Run(results => TokenChoice.Choose(results.GetTensorDataAsSpan<float>(), chosen, [])),
            () => channels.Run(_ => { }),
            () => last.Run(_ => { }),
            () => rows.Run(_ => { }),
        ];
        double[] times = Timing.CompareMedianMilliseconds(repeats, forms);
        int different = 0;
        foreach (Form form in new[] { channels, last, rows })
        {
            form.Run(result => different += result.GetTensorDataAsSpan<long>().ToArray().Zip(chosen).Count(pair => pair.First != pair.Second));
        }

        const double MiB = Vocabulary * (double)Rows * Columns * sizeof(float) / (1 << 20);
        report.Line($"Features [1, {Channels}, {Rows}, {Columns}] through the classifier of {Vocabulary} tokens to the tokens, {Threads} threads, median of {repeats} turns taken one after the other.");
        report.Table(
            ["form", "ms", "MiB of logits at once"],
            [
                ["logits leave the graph, C# chooses (0.1.0)", times[0], MiB],
                ["ArgMax over the channels of [B, V, h, w]", times[1], MiB],
                ["Transpose to [B, h, w, V], ArgMax over the last dimension", times[2], 2 * MiB],
                ["row by row, ReduceMax over groups, ArgMax over groups and in one (as exported)", times[3], MiB / Rows],
            ]);
        report.Line("The first is not safe: at 6000x4000 its logits are 5.7 GiB, more than a span can hold.");
        report.BarAtMost("decision-against-csharp", times[3] / times[0], 1.05);
        report.BarAtMost("decision-tokens-that-differ", different, 0);
    }

    private static byte[] LogitsOutside(Tensor weight, Tensor bias)
    {
        (OnnxGraph graph, OnnxValue logits) = Logits(weight, bias);
        graph.Output(logits, "logits", OnnxType.Float, "batch", Vocabulary, "rows", "columns");
        return graph.ToBytes();
    }

    private static byte[] ArgMax(Tensor weight, Tensor bias, bool last)
    {
        (OnnxGraph graph, OnnxValue logits) = Logits(weight, bias);
        OnnxValue tokens = last ? graph.ArgMax(graph.Transpose(logits, 0, 2, 3, 1), 3) : graph.ArgMax(logits, 1);
        graph.Output(tokens, "tokens", OnnxType.Int64, "batch", "rows", "columns");
        return graph.ToBytes();
    }

    private static byte[] RowByRow(Tensor weight, Tensor bias)
    {
        (OnnxGraph graph, OnnxValue features) = Features();
        TokenDecision.Output(graph, features, PriorExport.Classifier(graph, weight, bias, selection: null));
        return graph.ToBytes();
    }

    private static (OnnxGraph Graph, OnnxValue Logits) Logits(Tensor weight, Tensor bias)
    {
        (OnnxGraph graph, OnnxValue features) = Features();
        return (graph, graph.Conv(features, graph.Constant(weight.data<float>().ToArray(), weight.shape), graph.Constant(bias.data<float>().ToArray(), bias.shape), kernel: 1));
    }

    private static (OnnxGraph Graph, OnnxValue Features) Features()
    {
        var graph = new OnnxGraph("decision");
        return (graph, graph.Input("features", OnnxType.Float, "batch", Channels, "rows", "columns"));
    }

    /// <summary>One graph with its input, opened.</summary>
    private sealed class Form : IDisposable
    {
        private readonly SessionOptions _settings = new() { IntraOpNumThreads = Threads };
        private readonly RunOptions _run = new();
        private readonly InferenceSession _session;
        private readonly OrtValue _features;
        private readonly OrtValue _withConfidence = OrtValue.CreateTensorValueFromMemory(new[] { false }, []);
        private readonly string _output;

        public Form(byte[] graph, float[] features, string output)
        {
            _session = new(graph, _settings);
            _features = OrtValue.CreateTensorValueFromMemory(features, [1, Channels, Rows, Columns]);
            _output = output;
        }

        public void Run(Action<OrtValue> read)
        {
            bool asks = _session.InputMetadata.ContainsKey("with_confidence");
            using IDisposableReadOnlyCollection<OrtValue> results = asks
                ? _session.Run(_run, ["features", "with_confidence"], [_features, _withConfidence], [_output])
                : _session.Run(_run, ["features"], [_features], [_output]);
            read(results[0]);
        }

        public void Dispose()
        {
            _session.Dispose();
            _features.Dispose();
            _withConfidence.Dispose();
            _run.Dispose();
            _settings.Dispose();
        }
    }
}
