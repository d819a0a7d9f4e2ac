namespace GSS.Torch;

/// <summary>Where training runs.</summary>
public enum TrainingDevice
{
    /// <summary>A CUDA device where libtorch finds one, else the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>The first CUDA device; an error where there is none.</summary>
    Cuda,
}

/// <summary>Which numbers the layers compute with in training.</summary>
public enum TrainingPrecision
{
    /// <summary>32 bits everywhere.</summary>
    Float32,

    /// <summary>
    /// 16 bits with the range of 32 and 8 significant bits (bfloat16) in convolutions, linear layers and attention, forwards and backwards; 32 bits for the weights that are learned
    /// and their averages, for normalisations and for the loss. For CUDA devices, and for processors with AVX512_BF16 (AMD's from Zen 4 on, Intel's Xeons from Sapphire Rapids on).
    /// </summary>
    BFloat16,

    /// <summary>
    /// <see cref="BFloat16"/> where training runs on a processor with AVX512_BF16 and its objective knows it, <see cref="Float32"/> anywhere else, CUDA devices among them:
    /// there it is to be asked for. The same run then gives other numbers on other processors.
    /// </summary>
    Auto,
}

/// <summary>How the learning rate falls over the run, after a linear warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>On a straight line to 0 (reference).</summary>
    Linear,

    /// <summary>(1 - step / steps) to the power <see cref="TrainingOptions.PolyPower"/>: usual for per-pixel heads.</summary>
    Poly,

    /// <summary>On half a cosine to a two-hundredth.</summary>
    Cosine,
}

/// <summary>Why training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs were done.</summary>
    AllEpochs,

    /// <summary>The metric had not risen for <see cref="TrainingOptions.EarlyStoppingPatience"/> validations.</summary>
    EarlyStopping,

    /// <summary><see cref="TrainingOptions.MaxTrainingTime"/> was over.</summary>
    MaxTrainingTime,

    /// <summary><see cref="TrainingOptions.StopWhen"/> asked for it.</summary>
    StopWhen,

    /// <summary>It was cancelled, and <see cref="TrainingOptions.KeepBestOnCancellation"/> asked for what there was.</summary>
    Cancellation,
}
