using GSS.Torch;

namespace GSS.ML;

/// <summary>How Stage II (latent prior learning) is run from an <c>IDataView</c>: what <see cref="GenerativeSegmenter"/> and <see cref="LatentPriorTrainer"/> have in common.</summary>
public abstract record GenerativeTrainerOptions : SegmentationTrainerOptions
{
    private static readonly GenerativeOptions s_defaults = new();

    private TokenDecoding? _tokenDecoding;
    private bool? _classTiedTokens;
    private double? _interiorTokenShare, _keptTokenShare, _tokenLossWeight, _auxiliaryLossWeight;

    private protected GenerativeTrainerOptions()
    {
    }

    /// <inheritdoc cref="GenerativeOptions.Tokenizer"/>
    public Tokenizer Tokenizer { get; set; } = s_defaults.Tokenizer;

    /// <inheritdoc cref="GenerativeOptions.TokenHead"/>
    public TokenHead TokenHead { get; set; } = s_defaults.TokenHead;

    /// <inheritdoc cref="GenerativeOptions.TokenDecoding"/>
    public TokenDecoding TokenDecoding
    {
        get => _tokenDecoding ?? OfRecipe.TokenDecoding;
        set => _tokenDecoding = value;
    }

    /// <inheritdoc cref="GenerativeOptions.ClassTiedTokens"/>
    public bool ClassTiedTokens
    {
        get => _classTiedTokens ?? (OfRecipe with { AuxiliaryLossWeight = AuxiliaryLossWeight }).ClassTiedTokens;
        set => _classTiedTokens = value;
    }

    /// <inheritdoc cref="GenerativeOptions.InteriorTokenShare"/>
    public double InteriorTokenShare
    {
        get => _interiorTokenShare ?? OfRecipe.InteriorTokenShare;
        set => _interiorTokenShare = value;
    }

    /// <inheritdoc cref="GenerativeOptions.KeptTokenShare"/>
    public double KeptTokenShare
    {
        get => _keptTokenShare ?? OfRecipe.KeptTokenShare;
        set => _keptTokenShare = value;
    }

    /// <inheritdoc cref="GenerativeOptions.TokenLossWeight"/>
    public double TokenLossWeight
    {
        get => _tokenLossWeight ?? OfRecipe.TokenLossWeight;
        set => _tokenLossWeight = value;
    }

    /// <inheritdoc cref="GenerativeOptions.AuxiliaryLossWeight"/>
    public double AuxiliaryLossWeight
    {
        get => _auxiliaryLossWeight ?? OfRecipe.AuxiliaryLossWeight;
        set => _auxiliaryLossWeight = value;
    }

    /// <summary>Gets or sets whether the trained model keeps the weights in the form that training needs, beside the exported graphs: another training can start from it then, and its file is about twice as large. Scoring does not read them.</summary>
    /// <value>The default value is false.</value>
    public bool KeepTrainingWeights { get; set; }

    // What was not set follows the recipe, whichever is set first.
    private GenerativeOptions OfRecipe => new(this);

    /// <summary>The file of X⁻¹, where the trainer ends with label maps and X⁻¹ is a network.</summary>
    private protected virtual string? TrainedInverse => null;

    /// <summary>The options of the training underneath.</summary>
    internal GenerativeOptions ToGenerativeOptions() => new(this)
    {
        Tokenizer = Tokenizer,
        TokenHead = TokenHead,
        TokenDecoding = TokenDecoding,
        ClassTiedTokens = ClassTiedTokens,
        InteriorTokenShare = InteriorTokenShare,
        KeptTokenShare = KeptTokenShare,
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
