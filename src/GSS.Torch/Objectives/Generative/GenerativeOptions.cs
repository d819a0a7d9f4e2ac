namespace GSS.Torch;

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

    /// <summary>
    /// The one that agrees best with what all tokens together show: the probability of each class in each quarter of the cell is added up over all tokens, and the token
    /// whose own picture has the most of it is chosen. A boundary is hundreds of tokens that differ by a pixel: none of them may be the most likely one, though together they are.
    /// What a token shows is counted in the training label maps.
    /// </summary>
    Agreement,

    /// <summary>
    /// Whichever of the three has the best mIoU on the validation set at the end of training; the most likely one without a validation set. Validation on the way, which chooses
    /// the weights, takes the most likely one. Costs about one more validation after the last step, whatever <see cref="TrainingOptions.MaxTrainingTime"/> says.
    /// </summary>
    Validated,
}

/// <summary>How Stage II (latent prior learning) is run. The defaults suit a small data set on a CPU.</summary>
public record GenerativeOptions : SegmentationTrainingOptions
{
    private TokenDecoding? _tokenDecoding;
    private bool? _classTiedTokens;
    private double? _interiorTokenShare, _keptTokenShare, _tokenLossWeight, _auxiliaryLossWeight;

    /// <summary>Options with the defaults.</summary>
    public GenerativeOptions()
    {
    }

    /// <summary>Options that take over all that other trainers have too, and the defaults for the rest.</summary>
    internal GenerativeOptions(SegmentationTrainingOptions common)
        : base(common)
    {
    }

    /// <summary>Gets or sets the tokenizer (VQVAE) between maskiges and latent tokens.</summary>
    /// <value>The default value is <see cref="Tokenizers.Compact()"/>.</value>
    public Tokenizer Tokenizer { get; set; } = Tokenizers.Compact();

    /// <summary>Gets or sets the token head, which leads from the encoder's features to the latent tokens.</summary>
    /// <value>The default value is <see cref="TokenHeads.Light()"/>.</value>
    public TokenHead TokenHead { get; set; } = TokenHeads.Light();

    /// <summary>Gets or sets which token stands at a place of the predicted grid, in validation and in the trained model.</summary>
    /// <value>The default value is <see cref="TokenDecoding.Validated"/>, and <see cref="TokenDecoding.MostLikely"/> with <see cref="TrainingRecipe.Reference"/> (paper).</value>
    public TokenDecoding TokenDecoding
    {
        get => _tokenDecoding ?? (FollowsReference ? TokenDecoding.MostLikely : TokenDecoding.Validated);
        set => _tokenDecoding = value;
    }

    /// <summary>Gets or sets the file of a trained X⁻¹ (paper section 3.3: GSS-FT or GSS-FT-W), which tells classes from the decoded maskige: <c>.safetensors</c>, <c>.pth</c>, or a released GSS-FT-W checkpoint. Null takes the nearest colour of the palette (GSS-FF).</summary>
    /// <value>The default value is null.</value>
    /// <remarks>It must have been trained for the same tokenizer, palette and classes. Training the latent prior does not change it.</remarks>
    [WeightFile]
    public string? InverseWeights { get; set; }

    /// <summary>
    /// Gets or sets whether tokens are tied to classes: the logit of a token gets what the auxiliary head says of the classes that the token showed in the training label maps.
    /// A boundary between two classes is hundreds of tokens, each seen seldom: tied, they share what is learned of the classes, and learn shape alone.
    /// </summary>
    /// <value>The default value is true, and false with <see cref="TrainingRecipe.Reference"/> (paper: tokens are apart from classes) or without an auxiliary loss.</value>
    public bool ClassTiedTokens
    {
        get => _classTiedTokens ?? (!FollowsReference && AuxiliaryLossWeight > 0);
        set => _classTiedTokens = value;
    }

    /// <summary>
    /// Gets or sets which share of the cells that show one class alone the token loss of a step looks at, above 0 to 1; each counts for those left out. Cells in which classes meet are all
    /// looked at. Most cells show one class, are learned soon and cost as much as the others.
    /// </summary>
    /// <value>The default value is 0.25, and 1 with <see cref="TrainingRecipe.Reference"/> (paper).</value>
    public double InteriorTokenShare
    {
        get => _interiorTokenShare ?? (FollowsReference ? 1 : 0.25);
        set => _interiorTokenShare = value;
    }

    /// <summary>
    /// Gets or sets which share of the pixels of each class, in the training label maps, the tokens stand for that a trained model chooses from, above 0 to 1; of each class the commonest
    /// are kept. Scoring computes a logit for each token, and few of them show nearly all pixels. 1 keeps all tokens of the tokenizer.
    /// </summary>
    /// <value>The default value is 0.95, and 1 with <see cref="TrainingRecipe.Reference"/> (paper).</value>
    /// <remarks>
    /// Training learns all tokens; validation and the trained model choose from those kept. A model trained on CamVid chooses from 288 of 1024, and 0.2 % of its pixels differ.
    /// With few label maps, in which a class shows little of its outlines, 1 is the safe choice.
    /// </remarks>
    public double KeptTokenShare
    {
        get => _keptTokenShare ?? (FollowsReference ? 1 : 0.95);
        set => _keptTokenShare = value;
    }

    /// <summary>Gets or sets the weight of the token loss, above 0.</summary>
    /// <value>The default value is 0.5, and 0.8 with <see cref="TrainingRecipe.Reference"/> (reference).</value>
    public double TokenLossWeight
    {
        get => _tokenLossWeight ?? (FollowsReference ? 0.8 : 0.5);
        set => _tokenLossWeight = value;
    }

    /// <summary>
    /// Gets or sets the weight of the auxiliary loss, 0 or more. With 0 there is no auxiliary head: void inside a cell then has a colour of its own, in place of that of the class that the head sees there
    /// (paper, Table 3: the head gained 3 points of mIoU), and <see cref="ClassTiedTokens"/> is false.
    /// </summary>
    /// <value>The default value is 1, since tokens are tied to the classes of the auxiliary head, and 0.2 with <see cref="TrainingRecipe.Reference"/> (reference).</value>
    public double AuxiliaryLossWeight
    {
        get => _auxiliaryLossWeight ?? (FollowsReference ? 0.2 : 1);
        set => _auxiliaryLossWeight = value;
    }

    /// <summary>Weights to start from; null starts from the encoder's own and random ones.</summary>
    internal StartWeights? Start { get; set; }

    /// <summary>Who is told, in a sentence, what became of <see cref="Start"/>.</summary>
    internal Action<string>? Told { get; set; }

    // Null is the default of the recipe, whichever is set first.
    private bool FollowsReference => Recipe == TrainingRecipe.Reference;

    internal override void AddFaults(OptionFaults faults)
    {
        base.AddFaults(faults);
        AddOwnFaults(faults);
    }

    /// <summary>The faults of what this record adds.</summary>
    internal void AddOwnFaults(OptionFaults faults)
    {
        faults.Require(Tokenizer is not null, nameof(Tokenizer), Tokenizer, "one of Tokenizers");
        faults.Add(Tokenizer?.Faults() ?? []);
        faults.Require(Tokenizer is null or { Stride: 4 or 8 }, nameof(Tokenizer), $"{Tokenizer} of stride {Tokenizer?.Stride}", "stride 4 or 8, which the encoder's levels have");
        faults.Require(TokenHead is not null, nameof(TokenHead), TokenHead, "one of TokenHeads");
        faults.Require(Enum.IsDefined(TokenDecoding), nameof(TokenDecoding), TokenDecoding, "MostLikely, Expected, Agreement or Validated");
        faults.Require(InverseWeights is null || File.Exists(InverseWeights), nameof(InverseWeights), $"'{InverseWeights}', which does not exist", "null or a file of X⁻¹'s weights");
        faults.Require(!ClassTiedTokens || AuxiliaryLossWeight > 0, nameof(AuxiliaryLossWeight), AuxiliaryLossWeight, "above 0 where ClassTiedTokens is true, since the auxiliary head has to learn the classes");
        faults.Require(InteriorTokenShare is > 0 and <= 1, nameof(InteriorTokenShare), InteriorTokenShare, "above 0, at most 1");
        faults.Require(KeptTokenShare is > 0 and <= 1, nameof(KeptTokenShare), KeptTokenShare, "above 0, at most 1");
        faults.Require(TokenLossWeight > 0 && double.IsFinite(TokenLossWeight), nameof(TokenLossWeight), TokenLossWeight, "a number above 0");
        faults.Require(AuxiliaryLossWeight >= 0 && double.IsFinite(AuxiliaryLossWeight), nameof(AuxiliaryLossWeight), AuxiliaryLossWeight, "0 or more");
    }
}
