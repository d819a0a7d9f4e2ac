using System.Globalization;
using GSS.Core;
using GSS.Torch;
using TorchSharp;

namespace GSS.Benchmarks;

/// <summary>Trains the default tokenizer from nothing: the one command behind the weights in the package.</summary>
internal sealed class TrainTokenizer : IBenchmark
{
    public string Name => "train-tokenizer";

    public string Summary => "trains the compact tokenizer on procedural maskiges (--steps, --levels 8-5-5-5 or --vocabulary V for a codebook, --batch, --crop, --seed, --learning-rate, --threads, --report-every, --from FILE, --workspace FOLDER to go on after a break, --output FILE)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int seed = arguments.Number("--seed", 1);
        int vocabulary = arguments.Number("--vocabulary", 0);
        string levels = arguments.Text("--levels", "8-5-5-5");
        string? from = arguments.TextOrNull("--from");
        string output = arguments.Text("--output", vocabulary > 0 ? "compact-vqvae.safetensors" : "compact-fsq.safetensors");
        TorchNative.EnsureLoaded();
        torch.random.manual_seed(seed);
        using TokenizerNetwork network = from is not null ? Read(from)
            : vocabulary > 0 ? new CompactVqVae(vocabulary, CompactWidths.Codebook)
            : new CompactFsqVae(CompactWidths.Scalar, [.. levels.Split('-').Select(level => int.Parse(level, CultureInfo.InvariantCulture))]);
        LabelMap[] streets = TokenizerScenes.CamVid(25);
        LabelMap[] crowded = TokenizerScenes.Procedural(100, 150, 480, 360);
        Action<Stream> save = network switch
        {
            CompactFsqVae fsq => stream => fsq.Save(stream),
            CompactVqVae vq => stream => vq.Save(stream),
            _ => throw new BenchmarkException($"Found a network {network.Name}, expected a compact one."),
        };
        var options = new TokenizerTrainingOptions
        {
            Steps = arguments.Number("--steps", 22000),
            BatchSize = arguments.Number("--batch", 4),
            CropSize = arguments.Number("--crop", 80),
            Seed = seed,
            LearningRate = double.Parse(arguments.Text("--learning-rate", "0.003"), CultureInfo.InvariantCulture),
            Threads = arguments.Number("--threads", 1),
            Workers = 1,
            WorkspacePath = arguments.TextOrNull("--workspace"),
            ContinuousSteps = from is null ? 400 : 0,
            GoOn = from is not null,
            Log = line => report.Progress(FormattableString.Invariant($"{DateTime.Now:HH:mm:ss} {line}")),
            ReportEvery = arguments.Number("--report-every", 5500),
            Report = step =>
            {
                double camVid = streets.Length == 0 ? double.NaN : Reconstruction.Measure(network, streets, MaskigePalette.MaximalDistance(11)).MeanIoU;
                double many = Reconstruction.Measure(network, crowded, MaskigePalette.MaximalDistance(150)).MeanIoU;
                report.Progress($"step {step}: reconstruction CamVid val {camVid:F2} mIoU, 150 procedural classes {many:F2} mIoU");
                AtomicFile.Write(output, save);
            },
        };
        if (network is CompactFsqVae grid)
        {
            TokenizerTraining.Run(grid, options);
        }
        else
        {
            TokenizerTraining.Run((CompactVqVae)network, options);
        }

        AtomicFile.Write(output, save);
    }

    private static TokenizerNetwork Read(string path)
    {
        using CompactFile file = CompactFile.Open(path);
        return file.Read(frozen: false);
    }
}
