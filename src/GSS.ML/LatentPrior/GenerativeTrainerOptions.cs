using GSS.Torch;

namespace GSS.ML;

/// <summary>How Stage II (latent prior learning) is run from an <c>IDataView</c>: what <see cref="GenerativeSegmenter"/> and <see cref="LatentPriorTrainer"/> have in common.</summary>
public abstract record GenerativeTrainerOptions : SegmentationTrainerOptions
{
    private static readonly GenerativeOptions s_defaults = new();

    private protected GenerativeTrainerOptions()
    {
    }

    /// <inheritdoc cref="GenerativeOptions.Tokenizer"/>
    public Tokenizer Tokenizer { get; set; } = s_defaults.Tokenizer;

    /// <inheritdoc cref="GenerativeOptions.TokenHead"/>
    public TokenHead TokenHead { get; set; } = s_defaults.TokenHead;

    /// <inheritdoc cref="GenerativeOptions.TokenDecoding"/>
    public TokenDecoding TokenDecoding { get; set; } = s_defaults.TokenDecoding;

    /// <inheritdoc cref="GenerativeOptions.ClassTiedTokens"/>
    public bool ClassTiedTokens { get; set; } = s_defaults.ClassTiedTokens;

    /// <inheritdoc cref="GenerativeOptions.TokenLossWeight"/>
    public double TokenLossWeight { get; set; } = s_defaults.TokenLossWeight;

    /// <inheritdoc cref="GenerativeOptions.AuxiliaryLossWeight"/>
    public double AuxiliaryLossWeight { get; set; } = s_defaults.AuxiliaryLossWeight;

    /// <summary>The file of X⁻¹, where the trainer ends with label maps and X⁻¹ is a network.</summary>
    private protected virtual string? TrainedInverse => null;

    /// <summary>The options of the training underneath.</summary>
    internal GenerativeOptions ToGenerativeOptions() => new(this)
    {
        Tokenizer = Tokenizer,
        TokenHead = TokenHead,
        TokenDecoding = TokenDecoding,
        ClassTiedTokens = ClassTiedTokens,
        TokenLossWeight = TokenLossWeight,
        AuxiliaryLossWeight = AuxiliaryLossWeight,
        InverseWeights = TrainedInverse,
    };

    internal override void AddFaults(OptionFaults faults)
    {
        base.AddFaults(faults);
        ToGenerativeOptions().AddOwnFaults(faults);
    }
}
