using GSS.Core;
using GSS.Torch;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>How Stage II (latent prior learning) is run from an <c>IDataView</c>: what <see cref="GenerativeSegmenter"/> and <see cref="LatentPriorTrainer"/> have in common.</summary>
/// <remarks>A trainer copies the options when it is made; changing them afterwards changes nothing, and a trainer never changes them.</remarks>
public abstract class PriorTrainingOptions
{
    private static readonly GenerativeOptions Defaults = new();

    private protected PriorTrainingOptions()
    {
    }

    /// <summary>Gets or sets the column of photographs (<c>MLImage</c>).</summary>
    /// <value>The default value is <c>Image</c>.</value>
    public string ImageColumnName { get; set; } = "Image";

    /// <summary>Gets or sets the column of label maps. Needed for training, never for scoring.</summary>
    /// <value>The default value is <c>Label</c>.</value>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Gets or sets the image encoder (backbone) and where its first weights come from.</summary>
    /// <value>The default value is <see cref="ImageEncoders.ResNet18"/> from random weights.</value>
    public ImageEncoder Encoder { get; set; } = Defaults.Encoder;

    /// <summary>Gets or sets the tokenizer (VQVAE) between maskiges and latent tokens.</summary>
    /// <value>The default value is <see cref="Tokenizers.Compact"/>.</value>
    public Tokenizer Tokenizer { get; set; } = Defaults.Tokenizer;

    /// <summary>Gets or sets the token head, which leads from the encoder's features to the latent tokens.</summary>
    /// <value>The default value is <see cref="TokenHeads.Light"/>.</value>
    public TokenHead TokenHead { get; set; } = Defaults.TokenHead;

    /// <summary>Gets or sets how losses are averaged and what weight decay applies to.</summary>
    /// <value>The default value is <see cref="TrainingRecipe.Balanced"/>.</value>
    public TrainingRecipe Recipe { get; set; } = Defaults.Recipe;

    /// <summary>Gets or sets which token stands at a place of the predicted grid, in validation and in the trained model.</summary>
    /// <value>The default value is <see cref="TokenDecoding.MostLikely"/> (paper). Compare <see cref="TokenDecoding.Expected"/> on data of your own before you choose it.</value>
    public TokenDecoding TokenDecoding { get; set; } = Defaults.TokenDecoding;

    /// <summary>Gets or sets the passes over the training set, at least 1.</summary>
    /// <value>The default value is 30.</value>
    public int Epochs { get; set; } = Defaults.Epochs;

    /// <summary>Gets or sets the training crops in a step, at least 1. The last, partial batch of an epoch is left out.</summary>
    /// <value>The default value is 8.</value>
    public int BatchSize { get; set; } = Defaults.BatchSize;

    /// <summary>Gets or sets the width of the training crops in pixels, at least 32.</summary>
    /// <value>The default value is 256.</value>
    public int CropWidth { get; set; } = Defaults.CropWidth;

    /// <summary>Gets or sets the height of the training crops in pixels, at least 32.</summary>
    /// <value>The default value is 256.</value>
    public int CropHeight { get; set; } = Defaults.CropHeight;

    /// <summary>Gets or sets the short side in pixels, at least 32, to which images are resized before the network sees them, in training and in scoring; null keeps each image's own size.</summary>
    /// <value>The default value is null.</value>
    /// <remarks>Predicted label maps have the size of the input image all the same. The metrics during training are measured at the resized size.</remarks>
    public int? ShortSide { get; set; }

    /// <summary>Gets or sets the learning rate after warm-up, above 0; it falls to 0 on a straight line.</summary>
    /// <value>The default value is 1e-3.</value>
    /// <remarks>It suits runs of minutes; an hour from random weights ended better with 4e-4.</remarks>
    public double LearningRate { get; set; } = Defaults.LearningRate;

    /// <summary>Gets or sets AdamW's weight decay, 0 or more.</summary>
    /// <value>The default value is 0.01 (reference).</value>
    public double WeightDecay { get; set; } = Defaults.WeightDecay;

    /// <summary>Gets or sets the steps of linear warm-up, 0 or more; null is 1500 (reference) or a twentieth of the run, whichever is less.</summary>
    /// <value>The default value is null.</value>
    public int? WarmUpSteps { get; set; } = Defaults.WarmUpSteps;

    /// <summary>Gets or sets the weight of the token loss, above 0.</summary>
    /// <value>The default value is 0.8 (reference).</value>
    public double TokenLossWeight { get; set; } = Defaults.TokenLossWeight;

    /// <summary>Gets or sets the weight of the auxiliary loss, 0 or more.</summary>
    /// <value>The default value is 0.2 (reference).</value>
    public double AuxiliaryLossWeight { get; set; } = Defaults.AuxiliaryLossWeight;

    /// <summary>Gets or sets the norm that gradients are scaled down to, above 0; null leaves them.</summary>
    /// <value>The default value is null (reference).</value>
    public double? GradientClipNorm { get; set; } = Defaults.GradientClipNorm;

    /// <summary>Gets or sets the smallest random scale of a training sample, above 0.</summary>
    /// <value>The default value is 0.5 (reference).</value>
    public double MinimumScale { get; set; } = Defaults.MinimumScale;

    /// <summary>Gets or sets the largest random scale of a training sample, from <see cref="MinimumScale"/> to 16.</summary>
    /// <value>The default value is 2 (reference).</value>
    public double MaximumScale { get; set; } = Defaults.MaximumScale;

    /// <summary>Gets or sets the share of a crop that one class should cover at most, above 0 to 1; a crop is drawn ten times at most.</summary>
    /// <value>The default value is 0.75 (reference: <c>cat_max_ratio</c>).</value>
    public double MaximumClassShare { get; set; } = Defaults.MaximumClassShare;

    /// <summary>Gets or sets whether crops are mirrored at random.</summary>
    /// <value>The default value is true.</value>
    public bool Flip { get; set; } = Defaults.Flip;

    /// <summary>Gets or sets whether brightness, contrast, saturation and hue vary at random.</summary>
    /// <value>The default value is true.</value>
    public bool PhotometricDistortion { get; set; } = Defaults.PhotometricDistortion;

    /// <summary>Gets or sets the only source of randomness: the same seed, options and data give the same weights on the same machine. The seed of the <c>MLContext</c> is not visible to extensions and plays no part.</summary>
    /// <value>The default value is 0.</value>
    public int Seed { get; set; } = Defaults.Seed;

    /// <summary>Gets or sets where training runs. Scoring always runs in ONNX Runtime, on the CPU unless a transformer is told otherwise.</summary>
    /// <value>The default value is <see cref="TrainingDevice.Auto"/>.</value>
    public TrainingDevice Device { get; set; } = Defaults.Device;

    /// <summary>Gets or sets the data to validate on, with the same columns as the training data; the weights of the best mIoU are kept. Null keeps the last weights.</summary>
    /// <value>The default value is null.</value>
    public IDataView? ValidationSet { get; set; }

    /// <summary>Gets or sets after how many epochs validation is repeated, at least 1; the last epoch is always validated. Ignored without <see cref="ValidationSet"/>.</summary>
    /// <value>The default value is 1.</value>
    public int ValidationInterval { get; set; } = Defaults.ValidationInterval;

    /// <summary>Gets or sets a folder for checkpoints: a run that was broken off goes on from there and ends with the weights of an unbroken one. Null keeps none.</summary>
    /// <value>The default value is null.</value>
    public string? WorkspacePath { get; set; }

    /// <summary>Gets or sets the minutes between checkpoints in the middle of an epoch, above 0; each epoch ends with one too. Ignored without <see cref="WorkspacePath"/>.</summary>
    /// <value>The default value is 5.</value>
    public double CheckpointMinutes { get; set; } = Defaults.CheckpointMinutes;

    /// <summary>Gets or sets what ends training within one step, with an <see cref="OperationCanceledException"/>; a workspace keeps a checkpoint.</summary>
    /// <value>The default value is <see cref="CancellationToken.None"/>.</value>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Gets or sets what is told after every step and every validation, on the training thread. Lines of progress go to the <c>MLContext</c>'s log as well.</summary>
    /// <value>The default value is null.</value>
    public Action<TrainingProgress>? Progress { get; set; }

    /// <summary>Gets or sets what is told the metrics of every validation, on the training thread. Ignored without <see cref="ValidationSet"/>.</summary>
    /// <value>The default value is null.</value>
    public Action<SegmentationMetrics>? MetricsCallback { get; set; }

    /// <summary>A copy that later changes of the original do not reach.</summary>
    internal PriorTrainingOptions Copy() => (PriorTrainingOptions)MemberwiseClone();

    /// <summary>The file of X⁻¹, where the trainer ends with label maps and X⁻¹ is a network.</summary>
    private protected virtual string? TrainedInverse => null;

    /// <summary>The options of the trainer underneath.</summary>
    internal GenerativeOptions ToLatentPriorOptions() => new()
    {
        Encoder = Encoder,
        Tokenizer = Tokenizer,
        TokenHead = TokenHead,
        TokenDecoding = TokenDecoding,
        Recipe = Recipe,
        InverseWeights = TrainedInverse,
        Epochs = Epochs,
        BatchSize = BatchSize,
        CropWidth = CropWidth,
        CropHeight = CropHeight,
        LearningRate = LearningRate,
        WeightDecay = WeightDecay,
        WarmUpSteps = WarmUpSteps,
        TokenLossWeight = TokenLossWeight,
        AuxiliaryLossWeight = AuxiliaryLossWeight,
        GradientClipNorm = GradientClipNorm,
        MinimumScale = MinimumScale,
        MaximumScale = MaximumScale,
        MaximumClassShare = MaximumClassShare,
        Flip = Flip,
        PhotometricDistortion = PhotometricDistortion,
        Seed = Seed,
        Device = Device,
        ValidationInterval = ValidationInterval,
        WorkspacePath = WorkspacePath,
        CheckpointMinutes = CheckpointMinutes,
        CancellationToken = CancellationToken,
    };

    /// <summary>Throws where an option is out of range, whatever the data.</summary>
    /// <exception cref="ArgumentException">Lists every fault.</exception>
    internal void Validate(string trainer)
    {
        var faults = new OptionFaults();
        AddFaults(faults);
        faults.Throw(trainer);
    }

    private protected virtual void AddFaults(OptionFaults faults)
    {
        faults.RequireColumn(nameof(ImageColumnName), ImageColumnName);
        faults.RequireColumn(nameof(LabelColumnName), LabelColumnName);
        faults.Add(ToLatentPriorOptions().Faults());
        faults.Require(ShortSide is null or >= 32, nameof(ShortSide), ShortSide, "null or at least 32");
    }
}
