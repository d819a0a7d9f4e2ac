using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>
/// Stage II, latent prior learning (paper section 3.4): an image encoder learns to predict the latent tokens of the label map from the photograph.
/// The second of the three parts of <see cref="GenerativeSegmenter"/>.
/// </summary>
/// <remarks>
/// Make one with <c>mlContext.Segmentation().Trainers.LatentPrior(…)</c>, behind a <see cref="MaskigeEncoder"/>. Training scales, crops and mirrors
/// label maps, and tokens cannot be cropped: so it takes the palette and the tokenizer's name from the token column's annotations and encodes
/// each crop of the label map anew; the tokens of the column themselves are not read.
/// </remarks>
public sealed class LatentPriorTrainer : IEstimator<LatentPriorTransformer>
{
    private readonly MLContext _context;
    private readonly Options _options;

    internal LatentPriorTrainer(MLContext context, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _context = context;
        _options = options with { };
        _options.Validate(nameof(LatentPriorTrainer));
    }

    /// <summary>Trains on the rows of a view.</summary>
    /// <param name="input">Has the image, the label and the token column. <see cref="GenerativeSegmenter.Fit"/> says how rows are read.</param>
    /// <returns>The trained model. Dispose it when it is no longer needed.</returns>
    /// <exception cref="ArgumentException">A column is missing or has the wrong type, or the tokens were made for other classes or by another tokenizer.</exception>
    /// <exception cref="SegmentationDataException">There are no rows, or a row cannot be used; the message names the file or row.</exception>
    /// <exception cref="GSS.Torch.TrainingDivergedException">The loss is not a finite number any more.</exception>
    /// <exception cref="SegmentationModelException">The exported model does not compute what was trained; the message says where it is kept.</exception>
    /// <exception cref="GSS.Torch.NativeLibraryException">libtorch is missing or does not fit this system.</exception>
    /// <exception cref="InvalidOperationException">The context's <c>GpuDeviceId</c> cannot be used for scoring, and its <c>FallbackToCpu</c> is false; found before training begins.</exception>
    /// <exception cref="OperationCanceledException">The options' <c>CancellationToken</c> was cancelled.</exception>
    public LatentPriorTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        SegmentationClasses classes = TrainingColumns.Require(input.Schema, _options);
        var scoring = TransformerScoring.Of(_context);
        LatentDescription tokens = LatentDescription.Of(TokenColumns.Require(input.Schema, _options.TokensColumnName));
        tokens.RequireTokenizer(_options.TokensColumnName, _options.Tokenizer);
        if (!tokens.Classes.HasSameNames(classes))
        {
            throw new ArgumentException($"The tokens in column '{_options.TokensColumnName}' were made for '{tokens.Classes.Name}' ({tokens.Classes.Count} classes), column '{_options.LabelColumnName}' holds '{classes.Name}' ({classes.Count}), expected the same classes: encode this label column.");
        }

        FittedModel<LatentPriorModel> fitted = new PriorFit(_context, nameof(LatentPriorTrainer), _options, new MaskigePlan(MaskigeVariant.FF, tokens.Variant, tokens.Palette, InverseWeights: tokens.InverseWeights)).Run(input, classes);
        return new LatentPriorTransformer(scoring, fitted.Package, _options.Columns, fitted.OpenedFor(scoring)) { ValidationMetrics = fitted.Validation };
    }

    /// <summary>The columns that the trained model will give.</summary>
    /// <param name="inputSchema">The columns of the training data.</param>
    /// <exception cref="ArgumentException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        TrainingColumns.Require(inputSchema, _options);
        TokenColumns.Require(inputSchema, _options.TokensColumnName);
        return SchemaShapes.Add(inputSchema, _options.Columns.Added(LatentDescription.Any));
    }

    /// <summary>The options of <see cref="LatentPriorTrainer"/>.</summary>
    public sealed record Options : GenerativeTrainerOptions
    {
        /// <summary>Gets or sets the column of latent tokens whose palette and tokenizer are to be learned. Needed for training, never for scoring.</summary>
        /// <value>The default value is <c>Tokens</c>.</value>
        public string TokensColumnName { get; set; } = "Tokens";

        /// <summary>Gets or sets the column of predicted latent tokens (<see cref="LatentTokens"/>) that the trained model adds.</summary>
        /// <value>The default value is <c>PredictedTokens</c>.</value>
        public string PredictedTokensColumnName { get; set; } = "PredictedTokens";

        internal LatentPriorColumns Columns => new(ImageColumnName, PredictedTokensColumnName, ScoringBatchSize);

        internal override SegmentationTrainerOptions CreateDefaults() => new Options();

        internal override void AddFaults(OptionFaults faults)
        {
            base.AddFaults(faults);
            faults.RequireColumn(nameof(TokensColumnName), TokensColumnName);
            faults.RequireColumn(nameof(PredictedTokensColumnName), PredictedTokensColumnName);
        }
    }
}
