using GSS.Core;

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

/// <summary>Where the details of training follow the reference, and where not.</summary>
public enum TrainingRecipe
{
    /// <summary>A loss is the mean over what is labelled, so that the share of void does not change how hard a step pulls; weight decay shrinks weights of convolutions and linear layers alone; the biases of the tokens' classifier begin with the logarithms of the tokens' frequencies, counted in 32 label maps.</summary>
    Balanced,

    /// <summary>As the reference: a loss is the mean over everything, void counting as nothing; weight decay spares only what has <c>norm</c> or <c>relative_position_bias_table</c> in its name; all biases begin with 0.</summary>
    Reference,
}

/// <summary>Which token stands at a place of the predicted grid.</summary>
public enum TokenDecoding
{
    /// <summary>The most likely one, as in the paper.</summary>
    MostLikely,

    /// <summary>
    /// The one whose code is nearest to the expected code, the mean of all codes by their probabilities: soft decoding. Where the network is sure, both choose alike;
    /// where it is not, the maskige becomes a mixture of colours, and its nearest colour may be that of a third class. That can help rare classes or invent them,
    /// depending on which class has which colour: compare both on data of your own.
    /// </summary>
    Expected,
}

/// <summary>What the network predicts for each cell of the token grid.</summary>
internal enum SegmentationHead
{
    /// <summary>Latent tokens, decoded to a maskige: the method.</summary>
    Generative,

    /// <summary>Class logits, resized bilinearly: the ordinary head to compare with.</summary>
    PerPixel,
}

/// <summary>How Stage II (latent prior learning) is run. The defaults suit a small data set on a CPU.</summary>
public sealed record LatentPriorOptions
{
    /// <summary>The image encoder. The default is <see cref="ImageEncoders.ResNet18"/> from random weights.</summary>
    public ImageEncoder Encoder { get; init; } = ImageEncoders.ResNet18();

    /// <summary>The tokenizer. The default is <see cref="Tokenizers.Compact"/>.</summary>
    public Tokenizer Tokenizer { get; init; } = Tokenizers.Compact();

    /// <summary>The token head, from the encoder's features to the tokens. The default is <see cref="TokenHeads.Light"/>.</summary>
    public TokenHead TokenHead { get; init; } = TokenHeads.Light();

    /// <summary>Which token stands at a place of the predicted grid: in validation, and in the exported model. The default is <see cref="TokenDecoding.MostLikely"/>.</summary>
    public TokenDecoding TokenDecoding { get; init; }

    /// <summary>The file of a trained X⁻¹ (paper section 3.3: GSS-FT or GSS-FT-W), which tells classes from the decoded maskige; null takes the nearest colour of the palette (GSS-FF). The default is null.</summary>
    /// <remarks>It must have been trained for the same tokenizer, palette and classes. Training the latent prior does not change it.</remarks>
    public string? InverseWeights { get; init; }

    /// <summary>Passes over the training set, at least 1. The default is 30.</summary>
    public int Epochs { get; init; } = 30;

    /// <summary>Crops in a step, at least 1. The default is 8.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Width of the training crops in pixels, at least 32. The default is 256.</summary>
    public int CropWidth { get; init; } = 256;

    /// <summary>Height of the training crops in pixels, at least 32. The default is 256.</summary>
    public int CropHeight { get; init; } = 256;

    /// <summary>The learning rate after warm-up, above 0. The default is 1e-3, for runs of minutes; an hour from random weights ended better with 4e-4.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>How losses are averaged, what weight decay applies to, and which biases the classifier begins with. The default is <see cref="TrainingRecipe.Balanced"/>.</summary>
    public TrainingRecipe Recipe { get; init; }

    /// <summary>AdamW's weight decay, 0 or more; <see cref="Recipe"/> says of which parameters. The default is 0.01 (reference).</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Steps of linear warm-up, 0 or more; null is 1500 (reference) or a twentieth of the run, whichever is less. The default is null.</summary>
    public int? WarmUpSteps { get; init; }

    /// <summary>Weight of the token loss, above 0. The default is 0.8 (reference).</summary>
    public double TokenLossWeight { get; init; } = 0.8;

    /// <summary>Weight of the auxiliary loss, 0 or more. The default is 0.2 (reference).</summary>
    public double AuxiliaryLossWeight { get; init; } = 0.2;

    /// <summary>Gradients are scaled down to this norm; null leaves them (reference). The default is null.</summary>
    public double? GradientClipNorm { get; init; }

    /// <summary>The smallest random scale, above 0. The default is 0.5.</summary>
    public double MinimumScale { get; init; } = 0.5;

    /// <summary>The largest random scale, not below the smallest. The default is 2.</summary>
    public double MaximumScale { get; init; } = 2;

    /// <summary>No class should cover more than this share of a crop, above 0 to 1; ten tries (reference: cat_max_ratio). The default is 0.75.</summary>
    public double MaximumClassShare { get; init; } = 0.75;

    /// <summary>Whether crops are mirrored at random. The default is true.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>Whether brightness, contrast, saturation and hue vary at random. The default is true.</summary>
    public bool PhotometricDistortion { get; init; } = true;

    /// <summary>The only source of randomness: the same seed gives the same weights on the same machine. The default is 0.</summary>
    public int Seed { get; init; }

    /// <summary>Where training runs. The default is <see cref="TrainingDevice.Auto"/>.</summary>
    public TrainingDevice Device { get; init; }

    /// <summary>Samples to validate on; the weights of the best mIoU are kept. Null keeps the last weights. The default is null.</summary>
    public ISegmentationSamples? Validation { get; init; }

    /// <summary>Validate after every so many epochs, and after the last, at least 1. The default is 1.</summary>
    public int ValidationInterval { get; init; } = 1;

    /// <summary>A folder for checkpoints: a run that was broken off goes on from there and ends with the weights of an unbroken one. Null keeps none. The default is null.</summary>
    public string? WorkspacePath { get; init; }

    /// <summary>Minutes between checkpoints in the middle of an epoch, above 0; each epoch ends with one too. The default is 5.</summary>
    public double CheckpointMinutes { get; init; } = 5;

    /// <summary>Ends training within one step, leaving a checkpoint where there is a workspace.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Told after every step and every validation, on the training thread.</summary>
    public Action<TrainingProgress>? Progress { get; init; }

    /// <summary>The head; anything but generative is for comparison.</summary>
    internal SegmentationHead Head { get; init; }

    /// <summary>Checks all options.</summary>
    /// <returns>Every fault as one sentence: what was found, what is expected.</returns>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        void Require(bool holds, string name, object? found, string expected)
        {
            if (!holds)
            {
                faults.Add(FormattableString.Invariant($"{name} is {found ?? "null"}, expected {expected}."));
            }
        }

        Require(Encoder is not null, nameof(Encoder), Encoder, "one of ImageEncoders");
        Require(Encoder?.Weights is null || File.Exists(Encoder.Weights), nameof(Encoder), $"{Encoder?.Name} with the weight file '{Encoder?.Weights}', which does not exist", "null or the path of a weight file");
        Require(Tokenizer is not null, nameof(Tokenizer), Tokenizer, "one of Tokenizers");
        faults.AddRange(Tokenizer?.Faults() ?? []);
        Require(Tokenizer is null or { Stride: 4 or 8 }, nameof(Tokenizer), $"{Tokenizer} of stride {Tokenizer?.Stride}", "stride 4 or 8, which the encoder's levels have");
        Require(TokenHead is not null, nameof(TokenHead), TokenHead, "one of TokenHeads");
        Require(InverseWeights is null || File.Exists(InverseWeights), nameof(InverseWeights), $"'{InverseWeights}', which does not exist", "null or a file of X⁻¹'s weights");
        Require(Enum.IsDefined(TokenDecoding), nameof(TokenDecoding), TokenDecoding, "MostLikely or Expected");
        Require(Enum.IsDefined(Recipe), nameof(Recipe), Recipe, "Balanced or Reference");
        Require(Epochs >= 1, nameof(Epochs), Epochs, "at least 1");
        Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "at least 1");
        Require(CropWidth >= 32, nameof(CropWidth), CropWidth, "at least 32");
        Require(CropHeight >= 32, nameof(CropHeight), CropHeight, "at least 32");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "a number above 0");
        Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay), WeightDecay, "0 or more");
        Require(WarmUpSteps is null or >= 0, nameof(WarmUpSteps), WarmUpSteps, "null, or 0 or more");
        Require(TokenLossWeight > 0 && double.IsFinite(TokenLossWeight), nameof(TokenLossWeight), TokenLossWeight, "a number above 0");
        Require(AuxiliaryLossWeight >= 0 && double.IsFinite(AuxiliaryLossWeight), nameof(AuxiliaryLossWeight), AuxiliaryLossWeight, "0 or more");
        Require(GradientClipNorm is null or > 0, nameof(GradientClipNorm), GradientClipNorm, "null, or above 0");
        Require(MinimumScale > 0, nameof(MinimumScale), MinimumScale, "above 0");
        Require(MaximumScale >= MinimumScale && MaximumScale <= 16, nameof(MaximumScale), MaximumScale, $"from MinimumScale to 16");
        Require(MaximumClassShare is > 0 and <= 1, nameof(MaximumClassShare), MaximumClassShare, "above 0, at most 1");
        Require(Enum.IsDefined(Device), nameof(Device), Device, "Auto, Cpu or Cuda");
        Require(ValidationInterval >= 1, nameof(ValidationInterval), ValidationInterval, "at least 1");
        Require(WorkspacePath is null || WorkspacePath.Trim().Length > 0, nameof(WorkspacePath), "empty", "null or a folder");
        Require(CheckpointMinutes > 0, nameof(CheckpointMinutes), CheckpointMinutes, "above 0");
        return faults;
    }

    /// <summary>Throws where an option is out of range.</summary>
    /// <exception cref="ArgumentException">Lists every fault.</exception>
    internal void Validate()
    {
        IReadOnlyList<string> faults = Faults();
        if (faults.Count > 0)
        {
            throw new ArgumentException($"The training options have {faults.Count} fault(s): {string.Join(" ", faults)}");
        }
    }
}
