namespace GSS.Torch;

/// <summary>What Stage I learns, and how: one epoch of <see cref="Steps"/> steps over crops of label maps.</summary>
internal sealed record PosteriorTrainingOptions : TrainingOptions
{
    public PosteriorTrainingOptions()
    {
        (Epochs, LearningRate, LearningRateSchedule, WeightDecay) = (1, 2e-3, LearningRateSchedule.Cosine, 1e-4);
    }

    /// <summary>Options with what a run in two stages has in common: seed, device, threads, memory, and who listens.</summary>
    public PosteriorTrainingOptions(TrainingOptions common)
        : this()
    {
        (Seed, Device, Threads, Workers, CacheBytes) = (common.Seed, common.Device, common.Threads, common.Workers, common.CacheBytes);
        (CheckpointMinutes, CancellationToken) = (common.CheckpointMinutes, common.CancellationToken);
    }

    /// <summary>The frozen tokenizer.</summary>
    public Tokenizer Tokenizer { get; set; } = Tokenizers.Compact();

    /// <summary>Whether X, the palette, is learned (GSS-TF, TT).</summary>
    public bool LearnsPalette { get; set; }

    /// <summary>What X⁻¹ is; all but the nearest colour is learned.</summary>
    public InverseKind Inverse { get; set; }

    /// <summary>Steps of the optimizer.</summary>
    public int Steps { get; set; } = 1000;

    /// <summary>Side of the crops in pixels, a multiple of 16.</summary>
    public int CropSize { get; set; } = 96;

    /// <summary>The temperature of the Gumbel-softmax at the first step.</summary>
    public double StartTemperature { get; set; } = 1;

    /// <summary>The temperature at the last step; between them it falls by the same factor in each step.</summary>
    public double EndTemperature { get; set; } = 0.1;

    /// <summary>How much each class weighs in the loss of X⁻¹: where it reads predictions, as in the prior's own loss, or it would take back what the prior learned of rare classes.</summary>
    public ClassWeighting ClassWeights { get; set; }

    /// <summary>The power that the weights are raised to.</summary>
    public double ClassWeightPower { get; set; } = 1;

    /// <summary>Whether there is anything to train.</summary>
    public bool Learns => LearnsPalette || Inverse != InverseKind.NearestColor;

    internal override void AddFaults(OptionFaults faults)
    {
        base.AddFaults(faults);
        faults.Require(Epochs == 1, nameof(Epochs), Epochs, "1, since Steps says how long to train");
        faults.Require(Steps >= 1, nameof(Steps), Steps, "at least 1");
        faults.Require(CropSize >= 16 && CropSize % 16 == 0, nameof(CropSize), CropSize, "a multiple of 16");
        faults.Require(StartTemperature > 0 && double.IsFinite(StartTemperature), nameof(StartTemperature), StartTemperature, "a number above 0");
        faults.Require(EndTemperature > 0 && EndTemperature <= StartTemperature, nameof(EndTemperature), EndTemperature, "above 0, at most StartTemperature");
        faults.Require(Learns, nameof(Inverse), Inverse, "a network, or LearnsPalette true: the nearest colour of a given palette has nothing to learn");
    }
}
