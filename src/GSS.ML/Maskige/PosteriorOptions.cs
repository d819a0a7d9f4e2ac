using GSS.Torch;

namespace GSS.ML;

/// <summary>What a trained X⁻¹ learns to read.</summary>
public enum InverseTraining
{
    /// <summary>Maskiges of label maps that went through the tokenizer and back, before Stage II (paper section 3.3). It learns what the tokenizer does to colours and edges.</summary>
    Reconstructions,

    /// <summary>Maskiges that the trained latent prior predicts for the photographs, after Stage II (the authors' code). It learns what the prior gets wrong as well, and must be learned anew for every prior. Classes weigh as at the end of the prior's training.</summary>
    Predictions,
}

/// <summary>How Stage I (latent posterior learning, paper section 3.3) is run, where a <see cref="MaskigeVariant"/> has something to learn in it. The defaults suit a CPU.</summary>
/// <remarks>The learning rate falls by half a cosine to 0. The other options of the training, such as device, threads and seed, are those of the estimator.</remarks>
public sealed record PosteriorOptions
{
    private static readonly PosteriorTrainingOptions s_defaults = new();

    /// <summary>Gets or sets the steps of the optimizer, at least 1.</summary>
    /// <value>The default value is 1000.</value>
    public int Steps { get; set; } = s_defaults.Steps;

    /// <summary>Gets or sets the label maps in a batch, at least 1.</summary>
    /// <value>The default value is 8.</value>
    public int BatchSize { get; set; } = s_defaults.BatchSize;

    /// <summary>Gets or sets the side of the square crops of label maps in pixels, a multiple of 16.</summary>
    /// <value>The default value is 96.</value>
    public int CropSize { get; set; } = s_defaults.CropSize;

    /// <summary>Gets or sets the learning rate after warm-up, above 0.</summary>
    /// <value>The default value is 2e-3.</value>
    public double LearningRate { get; set; } = s_defaults.LearningRate;

    /// <summary>Gets or sets the temperature of the Gumbel-softmax at the first step, above 0. Only <see cref="MaskigeVariant.TF"/> and <see cref="MaskigeVariant.TT"/> learn by it.</summary>
    /// <value>The default value is 1.</value>
    public double StartTemperature { get; set; } = s_defaults.StartTemperature;

    /// <summary>Gets or sets the temperature at the last step, above 0, at most <see cref="StartTemperature"/>; between the two it falls by the same factor in each step.</summary>
    /// <value>The default value is 0.1.</value>
    public double EndTemperature { get; set; } = s_defaults.EndTemperature;

    /// <summary>Gets or sets what X⁻¹ of <see cref="MaskigeVariant.FT"/> and <see cref="MaskigeVariant.FTW"/> learns to read. <see cref="MaskigeEncoder"/>, which has no photographs, knows reconstructions alone.</summary>
    /// <value>The default value is <see cref="InverseTraining.Reconstructions"/> (paper).</value>
    public InverseTraining InverseTraining { get; set; }

    /// <summary>Gets or sets who receives the progress of this stage after every step, on the training thread.</summary>
    /// <value>The default value is null.</value>
    public Action<TrainingProgress>? Progress { get; set; }

    /// <summary>The options as a model card shows them.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Steps} steps, batch {BatchSize}, crop {CropSize}, learning rate {LearningRate}, temperature {StartTemperature} to {EndTemperature}, {InverseTraining}");

    /// <summary>Adds a sentence for each option that is out of range.</summary>
    /// <param name="faults">The list.</param>
    /// <param name="option">The name of the option that holds these.</param>
    /// <param name="variant">What is to be learned.</param>
    /// <param name="hasPhotographs">Whether there are photographs to predict from.</param>
    internal void AddFaults(OptionFaults faults, string option, MaskigeVariant variant, bool hasPhotographs)
    {
        PosteriorTrainingOptions training = ToTraining(MaskigeVariant.TT, Tokenizers.Compact(), new TrainingOptions(), null);
        faults.Add(training.Faults().Select(fault => $"{option}.{fault}"));
        faults.Require(Enum.IsDefined(InverseTraining), $"{option}.{nameof(InverseTraining)}", InverseTraining, "Reconstructions or Predictions");
        faults.Require(
            InverseTraining != InverseTraining.Predictions || (hasPhotographs && variant is MaskigeVariant.FT or MaskigeVariant.FTW),
            $"{option}.{nameof(InverseTraining)}", InverseTraining, "Reconstructions, but for GenerativeSegmenter with the variants FT and FTW: predictions need photographs and a palette that is given");
    }

    /// <summary>The options of the training underneath.</summary>
    internal PosteriorTrainingOptions ToTraining(MaskigeVariant variant, Tokenizer tokenizer, TrainingOptions common, string? workspacePath) => new(common)
    {
        Tokenizer = tokenizer,
        LearnsPalette = variant.LearnsPalette(),
        Inverse = variant.Inverse(),
        Steps = Steps,
        BatchSize = BatchSize,
        CropSize = CropSize,
        LearningRate = LearningRate,
        StartTemperature = StartTemperature,
        EndTemperature = EndTemperature,
        WorkspacePath = workspacePath,
    };
}
