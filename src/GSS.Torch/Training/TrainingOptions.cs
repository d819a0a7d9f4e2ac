namespace GSS.Torch;

/// <summary>How a training run goes, whatever it trains: length, optimizer, schedule, validation, checkpoints. The defaults suit a small data set on a CPU.</summary>
public record TrainingOptions
{
    /// <summary>Gets or sets the passes over the training set, at least 1.</summary>
    /// <value>The default value is 30.</value>
    public int Epochs { get; set; } = 30;

    /// <summary>Gets or sets the training samples in a batch, at least 1. The last, partial batch of an epoch is left out.</summary>
    /// <value>The default value is 8.</value>
    public int BatchSize { get; set; } = 8;

    /// <summary>Gets or sets the batches whose gradients are averaged for one step, at least 1: a large batch in little memory.</summary>
    /// <value>The default value is 1.</value>
    /// <remarks>Batch normalisation still sees <see cref="BatchSize"/> samples at a time.</remarks>
    public int GradientAccumulation { get; set; } = 1;

    /// <summary>Gets or sets the learning rate after warm-up, above 0.</summary>
    /// <value>The default value is 1e-3.</value>
    /// <remarks>It suits runs of minutes; an hour from random weights ended better with 4e-4.</remarks>
    public double LearningRate { get; set; } = 1e-3;

    /// <summary>Gets or sets how the learning rate falls over the run.</summary>
    /// <value>The default value is <see cref="LearningRateSchedule.Linear"/> (reference).</value>
    public LearningRateSchedule LearningRateSchedule { get; set; }

    /// <summary>Gets or sets the power of <see cref="LearningRateSchedule.Poly"/>, above 0. Ignored by other schedules.</summary>
    /// <value>The default value is 0.9.</value>
    public double PolyPower { get; set; } = 0.9;

    /// <summary>Gets or sets the steps of linear warm-up, 0 or more; null is 1500 (reference) or a twentieth of the run, whichever is less.</summary>
    /// <value>The default value is null.</value>
    public int? WarmUpSteps { get; set; }

    /// <summary>Gets or sets AdamW's weight decay, 0 or more.</summary>
    /// <value>The default value is 0.01 (reference).</value>
    public double WeightDecay { get; set; } = 0.01;

    /// <summary>Gets or sets the norm that gradients are scaled down to, above 0; null leaves them.</summary>
    /// <value>The default value is null (reference).</value>
    public double? GradientClipNorm { get; set; }

    /// <summary>Gets or sets the decay of an exponential moving average (EMA) of the weights, above 0, below 1, such as 0.999; the average is then what is validated and kept. Null keeps no average.</summary>
    /// <value>The default value is null.</value>
    /// <remarks>In the first steps the average follows faster: step t uses the smaller one of the decay and (1 + t) / (10 + t).</remarks>
    public double? EmaDecay { get; set; }

    /// <summary>Gets or sets after how many validations without a better metric training ends, at least 1; null trains to the end. Ignored without validation samples.</summary>
    /// <value>The default value is null.</value>
    public int? EarlyStoppingPatience { get; set; }

    /// <summary>Gets or sets how long training may take, above 0: it ends after the step in which the time is over, validates once more, and keeps the best weights. Null sets no limit.</summary>
    /// <value>The default value is null.</value>
    /// <remarks>The time of a run that was broken off and goes on in its workspace counts together. The learning rate does not fall faster because of it.</remarks>
    [KeepsWeights("It says when to stop: with more time the same run goes on.")]
    public TimeSpan? MaxTrainingTime { get; set; }

    /// <summary>Gets or sets whether a cancelled run gives back what it has, the weights of the best validation or else the last ones, in place of an <see cref="OperationCanceledException"/>.</summary>
    /// <value>The default value is false.</value>
    [KeepsWeights("It says what a cancelled call gives back.")]
    public bool KeepBestOnCancellation { get; set; }

    /// <summary>Gets or sets the only source of randomness: the same seed, options and data give the same weights on the same machine.</summary>
    /// <value>The default value is 0.</value>
    public int Seed { get; set; }

    /// <summary>Gets or sets where training runs.</summary>
    /// <value>The default value is <see cref="TrainingDevice.Auto"/>.</value>
    [KeepsWeights("The same run may go on elsewhere; numbers differ by rounding alone.")]
    public TrainingDevice Device { get; set; }

    /// <summary>
    /// Gets or sets the numbers that the layers compute with: <see cref="TrainingPrecision.BFloat16"/> takes less time and memory on processors with AVX512_BF16 (1.6 times as many
    /// images a second with a ResNet-18) and on CUDA devices that have it (NVIDIA's from compute capability 8.0 on), and is refused on other processors; <see cref="TrainingPrecision.Auto"/> takes it where the processor has it.
    /// </summary>
    /// <value>The default value is <see cref="TrainingPrecision.Float32"/>, which gives the same numbers on any processor but for rounding.</value>
    /// <remarks>Validation, checkpoints and export see 32-bit weights in all. On a CUDA device nobody has run it yet.</remarks>
    public TrainingPrecision Precision { get; set; }

    /// <summary>Lets <see cref="TrainingPrecision.BFloat16"/> run on any CPU, where it may be slow: tests must not depend on their processor.</summary>
    internal bool BFloat16OnCpu { get; set; }

    /// <summary>Whether <see cref="TrainingPrecision.BFloat16"/> may run on the CPU.</summary>
    internal bool CanUseBFloat16OnCpu => BFloat16OnCpu || BFloat16Hardware.IsFast();

    /// <summary>What <see cref="Precision"/> means on a device.</summary>
    internal TrainingPrecision PrecisionOn(TorchSharp.torch.Device device) => Precision != TrainingPrecision.Auto
        ? Precision
        : device.type == TorchSharp.DeviceType.CPU && CanUseBFloat16OnCpu ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32;

    /// <summary>Gets or sets the threads that libtorch computes with during the run, at least 1; null leaves libtorch's own number. What was set before is set again afterwards.</summary>
    /// <value>The default value is null.</value>
    [KeepsWeights("Numbers differ by rounding alone.")]
    public int? Threads { get; set; }

    /// <summary>Gets or sets the background workers that make batches ahead, at least 1; null is half the processors, 2 to 8.</summary>
    /// <value>The default value is null.</value>
    /// <remarks>Does not change what is trained.</remarks>
    [KeepsWeights("Batches are the same whoever makes them.")]
    public int? Workers { get; set; }

    /// <summary>Gets or sets the bytes of decoded samples to keep in memory at most, 0 or more.</summary>
    /// <value>The default value is 1 GiB.</value>
    [KeepsWeights("A cached sample is the sample.")]
    public long CacheBytes { get; set; } = 1L << 30;

    /// <summary>Gets or sets after how many epochs validation is repeated, at least 1; the last epoch is always validated. Ignored without validation samples.</summary>
    /// <value>The default value is 1.</value>
    public int ValidationInterval { get; set; } = 1;

    /// <summary>Gets or sets a folder for checkpoints: a run that was broken off goes on from there and ends with the weights of an unbroken one. Null keeps none.</summary>
    /// <value>The default value is null.</value>
    [KeepsWeights("A workspace may be moved.")]
    public string? WorkspacePath { get; set; }

    /// <summary>Gets or sets the minutes between checkpoints in the middle of an epoch, above 0; each epoch ends with one too. Ignored without <see cref="WorkspacePath"/>.</summary>
    /// <value>The default value is 5.</value>
    [KeepsWeights("A checkpoint changes nothing.")]
    public double CheckpointMinutes { get; set; } = 5;

    /// <summary>Gets or sets what ends training within one step, with an <see cref="OperationCanceledException"/> unless <see cref="KeepBestOnCancellation"/>; a workspace keeps a checkpoint.</summary>
    /// <value>The default value is <see cref="CancellationToken.None"/>.</value>
    [KeepsWeights("The run goes on later.")]
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Gets or sets who receives the progress after every step and every validation, on the training thread.</summary>
    /// <value>The default value is null.</value>
    [KeepsWeights("It only listens.")]
    public Action<TrainingProgress>? Progress { get; set; }

    /// <summary>Gets or sets what is asked after every validation, on the training thread: true ends training, and the best weights are kept.</summary>
    /// <value>The default value is null.</value>
    [KeepsWeights("Code cannot be compared; it decides when to stop, as a user does.")]
    public Func<TrainingProgress, bool>? StopWhen { get; set; }

    /// <summary>Checks all options.</summary>
    /// <returns>Every fault as one sentence: what was found, what is expected.</returns>
    public IReadOnlyList<string> Faults()
    {
        var faults = new OptionFaults();
        AddFaults(faults);
        return faults.Sentences;
    }

    /// <summary>Throws where an option is out of range.</summary>
    /// <exception cref="ArgumentException">Lists every fault.</exception>
    internal void Validate()
    {
        IReadOnlyList<string> faults = Faults();
        if (faults.Count > 0)
        {
            throw new ArgumentException($"The training options have {faults.Count} fault{(faults.Count == 1 ? "" : "s")}: {string.Join(" ", faults)}");
        }
    }

    /// <summary>Adds a sentence for each option that is out of range; records that add options add theirs.</summary>
    internal virtual void AddFaults(OptionFaults faults)
    {
        faults.Require(Epochs >= 1, nameof(Epochs), Epochs, "at least 1");
        faults.Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "at least 1");
        faults.Require(GradientAccumulation >= 1, nameof(GradientAccumulation), GradientAccumulation, "at least 1");
        faults.Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "a number above 0");
        faults.Require(Enum.IsDefined(LearningRateSchedule), nameof(LearningRateSchedule), LearningRateSchedule, "Linear, Poly or Cosine");
        faults.Require(PolyPower > 0 && double.IsFinite(PolyPower), nameof(PolyPower), PolyPower, "a number above 0");
        faults.Require(WarmUpSteps is null or >= 0, nameof(WarmUpSteps), WarmUpSteps, "null, or 0 or more");
        faults.Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay), WeightDecay, "0 or more");
        faults.Require(GradientClipNorm is null or > 0, nameof(GradientClipNorm), GradientClipNorm, "null, or above 0");
        faults.Require(EmaDecay is null or (> 0 and < 1), nameof(EmaDecay), EmaDecay, "null, or above 0 and below 1");
        faults.Require(EarlyStoppingPatience is null or >= 1, nameof(EarlyStoppingPatience), EarlyStoppingPatience, "null, or at least 1");
        faults.Require(MaxTrainingTime is null || MaxTrainingTime > TimeSpan.Zero, nameof(MaxTrainingTime), MaxTrainingTime, "null, or above 0");
        faults.Require(Enum.IsDefined(Device), nameof(Device), Device, "Auto, Cpu or Cuda");
        faults.Require(Enum.IsDefined(Precision), nameof(Precision), Precision, "Float32, BFloat16 or Auto");
        faults.Require(Precision != TrainingPrecision.BFloat16 || Device != TrainingDevice.Cpu || CanUseBFloat16OnCpu, nameof(Precision), Precision, "Auto or Float32 where Device is Cpu and the processor has no AVX512_BF16");
        faults.Require(Threads is null or >= 1, nameof(Threads), Threads, "null, or at least 1");
        faults.Require(Workers is null or >= 1, nameof(Workers), Workers, "null, or at least 1");
        faults.Require(CacheBytes >= 0, nameof(CacheBytes), CacheBytes, "0 or more");
        faults.Require(ValidationInterval >= 1, nameof(ValidationInterval), ValidationInterval, "at least 1");
        faults.Require(WorkspacePath is null || WorkspacePath.Trim().Length > 0, nameof(WorkspacePath), "empty", "null or a folder");
        faults.Require(CheckpointMinutes > 0, nameof(CheckpointMinutes), CheckpointMinutes, "above 0");
    }
}
