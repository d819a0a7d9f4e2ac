using GSS.Torch;

namespace CamVid;

/// <summary>Which head is trained.</summary>
internal enum Head
{
    /// <summary>Generative Semantic Segmentation: tokens of the maskige.</summary>
    Generative,

    /// <summary>An ordinary per-pixel head, to compare with.</summary>
    PerPixel,
}

/// <summary>How a model of CamVid is trained: the best that was found so far. The command line changes what it names, everything else is here.</summary>
internal sealed record CamVidSettings
{
    /// <summary>What stands in place of a weight file where training starts from random weights.</summary>
    public const string RandomWeights = "none";

    /// <summary>Which head is trained.</summary>
    public Head Head { get; init; } = Head.Generative;

    /// <summary>Null: ResNet-18 with ImageNet weights out of Microsoft's package. A file: weights of ResNet-18. <see cref="RandomWeights"/>: random ones.</summary>
    public string? EncoderWeights { get; init; }

    /// <summary>How much each class weighs in the loss: poles, signs and people are few pixels of a street.</summary>
    public ClassWeighting ClassWeights { get; init; } = ClassWeighting.Enet;

    /// <summary>The power of <see cref="ClassWeights"/> at the end of training: they teach rare classes early, and kept to the end they would paint them over buildings and roads.</summary>
    public double FinalClassWeightPower { get; init; } = 0.5;

    /// <summary>Passes over the training photographs.</summary>
    public int Epochs { get; init; } = 42;

    /// <summary>Training samples in a batch.</summary>
    public int BatchSize { get; init; } = 4;

    /// <summary>Width and height of the training crops in pixels.</summary>
    public int Crop { get; init; } = 256;

    /// <summary>The learning rate after warm-up: that of the head, which knows nothing yet. The best of the rates that were tried at half size with ImageNet weights; with random ones 3e-3 was no better than 1e-3.</summary>
    public double LearningRate => EncoderWeights == RandomWeights ? 1e-3 : 3e-3;

    /// <summary>The factor from the learning rate of each stage of the encoder to that of the stage before it: what ImageNet taught is changed slowly.</summary>
    public double EncoderLayerDecay => EncoderWeights == RandomWeights ? 1 : 0.6;

    /// <summary>After how many epochs the validation photographs are measured.</summary>
    public int ValidationInterval { get; init; } = 6;

    /// <summary>Minutes after which training ends early; null trains all epochs.</summary>
    public double? Minutes { get; init; }

    /// <summary>Threads of libtorch; null leaves its own number.</summary>
    public int? Threads { get; init; }

    /// <summary>The seed of everything random.</summary>
    public int Seed { get; init; } = 1;
}
