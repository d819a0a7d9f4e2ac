using System.Globalization;
using GSS.Core;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>Trains the default tokenizer from nothing: the command behind the weights in the package.</summary>
internal sealed class TrainTokenizer : IBenchmark
{
    public string Name => "train-tokenizer";

    public string Summary => "trains the compact tokenizer on procedural maskiges (--steps, --vocabulary, --batch, --crop, --seed, --learning-rate, --threads, --from FILE, --output FILE)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        string output = arguments.Text("--output", "compact-vqvae.safetensors");
        int vocabulary = arguments.Number("--vocabulary", CompactVqVae.DefaultVocabularySize);
        TorchNative.EnsureLoaded();
        TorchSharp.torch.set_num_threads(arguments.Number("--threads", 2));
        int steps = arguments.Number("--steps", 20000);
        TorchSharp.torch.random.manual_seed(arguments.Number("--seed", 1));
        string? from = arguments.TextOrNull("--from");
        using CompactVqVae network = from is null ? new CompactVqVae(vocabulary) : CompactVqVae.Load(from, frozen: false);
        LabelMap[] crowded = TokenizerScenes.Procedural(40, 150, 480, 360);
        LabelMap[] streets = TokenizerScenes.CamVid(25);
        TokenizerTraining.Run(network, new()
        {
            Steps = steps,
            BatchSize = arguments.Number("--batch", 8),
            CropSize = arguments.Number("--crop", 96),
            Seed = arguments.Number("--seed", 1),
            LearningRate = double.Parse(arguments.Text("--learning-rate", "0.002"), CultureInfo.InvariantCulture),
            ContinuousSteps = from is null ? 400 : 0,
            GoOn = from is not null,
            Log = report.Progress,
            ReportEvery = arguments.Number("--report-every", 1000),
            Report = step =>
            {
                double camVid = streets.Length == 0 ? double.NaN : Reconstruction.Measure(network, streets, MaskigePalette.MaximalDistance(11)).MeanIoU;
                double many = Reconstruction.Measure(network, crowded, MaskigePalette.MaximalDistance(150)).MeanIoU;
                report.Progress($"step {step}: reconstruction CamVid val {camVid:F2} mIoU, 150 procedural classes {many:F2} mIoU");
                using (var stream = File.Create(output + ".part"))
                {
                    network.Save(stream);
                }

                File.Move(output + ".part", output, overwrite: true);
            },
        });
    }
}
