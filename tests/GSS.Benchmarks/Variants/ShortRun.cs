using GSS.Core;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>The short run on CamVid by which options are compared: what its command line says, and how it trains.</summary>
internal sealed class ShortRun
{
    public ShortRun(BenchmarkArguments arguments)
    {
        TorchNative.EnsureLoaded();
        string root = arguments.TextOrNull("--data") ?? throw new BenchmarkException("The option --data is missing: give CamVid's folder with train and val.");
        Workspace = arguments.TextOrNull("--workspace") ?? throw new BenchmarkException("The option --workspace is missing: give a folder for the runs.");
        string weights = arguments.Text("--encoder-weights", "none");
        Seeds = [.. arguments.Text("--seeds", "1,2,3").Split(',').Select(int.Parse)];
        (Training, Validation) = (TrainedCamVid.Split(root, "train"), TrainedCamVid.Split(root, "val"));
        Options = new GenerativeOptions
        {
            Encoder = weights == "none" ? ImageEncoders.ResNet18() : ImageEncoders.ResNet18ImageNet(weights),
            Epochs = arguments.Number("--epochs", 6),
            BatchSize = 4,
            CropWidth = 128,
            CropHeight = 128,
            LearningRate = 3e-3,
            EncoderLayerDecay = 0.6,
            ClassWeights = ClassWeighting.Enet,
            FinalClassWeightPower = 0.5,
            Precision = Enum.Parse<TrainingPrecision>(arguments.Text("--precision", nameof(TrainingPrecision.Float32))),
            Threads = arguments.Number("--threads", 2),
            TokenDecoding = TokenDecoding.MostLikely,
            ValidationInterval = 1000,
        };
    }

    /// <summary>Where each run has a folder: a finished one is not repeated.</summary>
    public string Workspace { get; }

    public int[] Seeds { get; }

    public SegmentationFiles Training { get; }

    public SegmentationFiles Validation { get; }

    public GenerativeOptions Options { get; }
}
