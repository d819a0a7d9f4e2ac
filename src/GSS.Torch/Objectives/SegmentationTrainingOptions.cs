namespace GSS.Torch;

/// <summary>Where the details of training follow the reference, and where not.</summary>
public enum TrainingRecipe
{
    /// <summary>A loss is the mean over what is labelled, so that the share of void does not change how hard a step pulls; weight decay shrinks weights of convolutions and linear layers alone; the biases of the classifier begin with the logarithms of the frequencies of its outputs, counted in crops of 32 label maps; labels of scaled samples are taken at the centres of pixels, exactly where photographs are.</summary>
    Balanced,

    /// <summary>As the reference: a loss is the mean over everything, void counting as nothing; weight decay spares only what has <c>norm</c> or <c>relative_position_bias_table</c> in its name; all biases begin with 0; labels of scaled samples are taken at floor(index × ratio), half a pixel beside the photograph.</summary>
    Reference,
}

/// <summary>How much each class weighs in the loss.</summary>
public enum ClassWeighting
{
    /// <summary>All the same.</summary>
    None,

    /// <summary>By the inverse of the share of labelled pixels that a class covers, with a mean of 1 over the labelled pixels: every class counts the same in sum.</summary>
    Frequency,

    /// <summary>1 / ln(1.02 + share) with the share of labelled pixels that a class covers (Paszke et al., "ENet", arXiv:1606.02147, section 5.2): a class that hardly occurs weighs 50, one that covers everything 1.4.</summary>
    Enet,
}

/// <summary>How a network that segments photographs is trained: encoder, crops, augmentation, and everything of <see cref="TrainingOptions"/>.</summary>
public record SegmentationTrainingOptions : TrainingOptions
{
    /// <summary>Gets or sets the image encoder (backbone) and where its first weights come from.</summary>
    /// <value>The default value is <see cref="ImageEncoders.ResNet18"/> from random weights.</value>
    public ImageEncoder Encoder { get; set; } = ImageEncoders.ResNet18();

    /// <summary>Gets or sets the factor from the learning rate of each stage of the encoder to that of the stage before it, above 0 to 1 (layer-wise decay): the last stage learns at <see cref="TrainingOptions.LearningRate"/> times this factor, the one before at its square. Suits pretrained encoders; 1 trains all alike.</summary>
    /// <value>The default value is 1.</value>
    public double EncoderLayerDecay { get; set; } = 1;

    /// <summary>Gets or sets how many stages of the encoder keep their weights and statistics, 0 to 5: 1 is the stem, 2 the stem and the first stage, and so on. Suits pretrained encoders.</summary>
    /// <value>The default value is 0.</value>
    public int FrozenStages { get; set; }

    /// <summary>Gets or sets how losses are averaged, what weight decay applies to, and which biases the classifier begins with.</summary>
    /// <value>The default value is <see cref="TrainingRecipe.Balanced"/>.</value>
    public TrainingRecipe Recipe { get; set; }

    /// <summary>Gets or sets how much each class weighs in the loss: its pixels in that of a per-pixel head and in the auxiliary loss beside tokens, and tokens by the mean weight of the pixels that they stand for. With <see cref="TrainingRecipe.Reference"/> all tokens weigh the same.</summary>
    /// <value>The default value is <see cref="ClassWeighting.None"/>. Where rare classes matter as much as common ones, as they do in mIoU, <see cref="ClassWeighting.Enet"/> learns them in far fewer epochs.</value>
    public ClassWeighting ClassWeights { get; set; }

    /// <summary>
    /// Gets or sets the power that <see cref="ClassWeights"/> are raised to at the end of training, 0 to 1: from 1 at the first step it falls evenly to this. Full weights teach rare classes
    /// early; but a network that was taught with them to the end finds rare classes where there are none.
    /// </summary>
    /// <value>The default value is 1: the weights stay as they are. Ignored with <see cref="ClassWeighting.None"/>.</value>
    /// <remarks>The fall is over all <see cref="TrainingOptions.Epochs"/>: a run that <see cref="TrainingOptions.MaxTrainingTime"/> ends early has not come to its end. A token's weight is raised to the same power.</remarks>
    public double FinalClassWeightPower { get; set; } = 1;

    /// <summary>
    /// Gets or sets the share of each target that is spread evenly over all classes, and of each token over all tokens, 0 to below 1 (label smoothing; Szegedy et al., CVPR 2016,
    /// section 7): a token that is a pixel beside the right one is then not punished as if it were certain.
    /// </summary>
    /// <value>The default value is 0. On CamVid 0.1 changed the mIoU of GSS by no more than chance (three seeds).</value>
    public double LabelSmoothing { get; set; }

    /// <summary>Gets or sets the width of the training crops in pixels, at least 32.</summary>
    /// <value>The default value is 256.</value>
    public int CropWidth { get; set; } = 256;

    /// <summary>Gets or sets the height of the training crops in pixels, at least 32.</summary>
    /// <value>The default value is 256.</value>
    public int CropHeight { get; set; } = 256;

    /// <summary>Gets or sets the smallest random scale of a training sample, above 0.</summary>
    /// <value>The default value is 0.5 (reference).</value>
    public double MinimumScale { get; set; } = 0.5;

    /// <summary>Gets or sets the largest random scale of a training sample, from <see cref="MinimumScale"/> to 16.</summary>
    /// <value>The default value is 2 (reference).</value>
    public double MaximumScale { get; set; } = 2;

    /// <summary>Gets or sets the share of a crop that one class should cover at most, above 0 to 1; a crop is drawn ten times at most.</summary>
    /// <value>The default value is 0.75 (reference: <c>cat_max_ratio</c>).</value>
    public double MaximumClassShare { get; set; } = 0.75;

    /// <summary>Gets or sets whether crops are mirrored at random.</summary>
    /// <value>The default value is true.</value>
    public bool Flip { get; set; } = true;

    /// <summary>Gets or sets whether brightness, contrast, saturation and hue vary at random.</summary>
    /// <value>The default value is true.</value>
    public bool PhotometricDistortion { get; set; } = true;

    /// <summary>The augmentation of the training samples.</summary>
    internal AugmentationOptions Augmentation => new()
    {
        CropWidth = CropWidth,
        CropHeight = CropHeight,
        AlignCentres = Recipe == TrainingRecipe.Balanced,
        MinimumScale = MinimumScale,
        MaximumScale = MaximumScale,
        MaximumClassShare = MaximumClassShare,
        Flip = Flip,
        PhotometricDistortion = PhotometricDistortion,
    };

    internal override void AddFaults(OptionFaults faults)
    {
        faults.Require(Encoder is not null, nameof(Encoder), Encoder, "one of ImageEncoders");
        faults.Require(Encoder?.Weights is null || File.Exists(Encoder.Weights), nameof(Encoder), $"{Encoder?.Name} with the weight file '{Encoder?.Weights}', which does not exist", "null or the path of a weight file");
        base.AddFaults(faults);
        faults.Require(EncoderLayerDecay is > 0 and <= 1, nameof(EncoderLayerDecay), EncoderLayerDecay, "above 0, at most 1");
        faults.Require(FrozenStages is >= 0 and <= 5, nameof(FrozenStages), FrozenStages, "0 to 5");
        faults.Require(Enum.IsDefined(Recipe), nameof(Recipe), Recipe, "Balanced or Reference");
        faults.Require(Enum.IsDefined(ClassWeights), nameof(ClassWeights), ClassWeights, "None, Frequency or Enet");
        faults.Require(FinalClassWeightPower is >= 0 and <= 1, nameof(FinalClassWeightPower), FinalClassWeightPower, "0 to 1");
        faults.Require(LabelSmoothing is >= 0 and < 1, nameof(LabelSmoothing), LabelSmoothing, "0 to below 1");
        faults.Require(CropWidth >= 32, nameof(CropWidth), CropWidth, "at least 32");
        faults.Require(CropHeight >= 32, nameof(CropHeight), CropHeight, "at least 32");
        int stride = Encoder?.CoarsestStride ?? 32;
        long values = (long)BatchSize * ((CropWidth + stride - 1) / stride) * ((CropHeight + stride - 1) / stride);
        faults.Require(BatchSize < 1 || CropWidth < 32 || CropHeight < 32 || values > 1, nameof(BatchSize), FormattableString.Invariant($"1 with crops of {CropWidth}x{CropHeight}, of which batch normalisation sees one value a channel at stride {stride}"), "at least 2, or larger crops");
        faults.Require(MinimumScale > 0, nameof(MinimumScale), MinimumScale, "above 0");
        faults.Require(MaximumScale >= MinimumScale && MaximumScale <= 16, nameof(MaximumScale), MaximumScale, "from MinimumScale to 16");
        faults.Require(MaximumClassShare is > 0 and <= 1, nameof(MaximumClassShare), MaximumClassShare, "above 0, at most 1");
    }
}
