using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>
/// Trains an ordinary semantic segmentation model: an image encoder and a head that gives class logits for every pixel, learned by cross-entropy.
/// What <see cref="GenerativeSegmenter"/> is to be compared with, on the same encoder, data and options.
/// </summary>
/// <remarks>
/// Make one with <c>mlContext.Segmentation().Trainers.PerPixelSegmenter(…)</c>. <see cref="Fit"/> trains in TorchSharp, exports to ONNX and
/// compares both; what it returns scores in ONNX Runtime alone. A trainer may be fitted more than once.
/// </remarks>
public sealed class PerPixelSegmenter : IEstimator<PerPixelSegmentationTransformer>
{
    private readonly MLContext _context;
    private readonly Options _options;

    internal PerPixelSegmenter(MLContext context, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _context = context;
        _options = options with { };
        _options.Validate(nameof(PerPixelSegmenter));
    }

    /// <summary>Trains on the rows of a view.</summary>
    /// <param name="input">Has the image and the label column. <see cref="GenerativeSegmenter.Fit"/> says how rows are read.</param>
    /// <returns>The trained model. Dispose it when it is no longer needed.</returns>
    /// <exception cref="ArgumentException">A column is missing, has the wrong type or no classes.</exception>
    /// <exception cref="WeightFileException">A weight file is damaged or does not fit.</exception>
    /// <exception cref="SegmentationDataException">There are no rows, or a row cannot be used; the message names the file or row.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not a finite number any more.</exception>
    /// <exception cref="SegmentationModelException">The exported model does not compute what was trained; the message says where it is kept.</exception>
    /// <exception cref="NativeLibraryException">libtorch is missing or does not fit this system.</exception>
    /// <exception cref="InvalidOperationException">The context's <c>GpuDeviceId</c> cannot be used for scoring, and its <c>FallbackToCpu</c> is false; found before training begins.</exception>
    /// <exception cref="OperationCanceledException">The options' <c>CancellationToken</c> was cancelled.</exception>
    public PerPixelSegmentationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        SegmentationClasses classes = TrainingColumns.Require(input.Schema, _options);
        var scoring = TransformerScoring.Of(_context);
        FittedModel<SegmentationModel> fitted = new PerPixelFit(_context, _options).Run(input, classes);
        return new PerPixelSegmentationTransformer(scoring, fitted.Package, _options.Columns, fitted.OpenedFor(scoring)) { ValidationMetrics = fitted.Validation };
    }

    /// <summary>The columns that the trained model will give.</summary>
    /// <param name="inputSchema">The columns of the training data.</param>
    /// <exception cref="ArgumentException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        TrainingColumns.Require(inputSchema, _options);
        return SchemaShapes.Add(inputSchema, _options.Columns.Added(SchemaShapes.AnyClasses));
    }

    /// <summary>The options of <see cref="PerPixelSegmenter"/>.</summary>
    public sealed record Options : SegmentationTrainerOptions
    {
        /// <inheritdoc cref="PerPixelOptions.Head"/>
        public TokenHead Head { get; set; } = TokenHeads.Light();

        /// <summary>Gets or sets the column of predicted label maps that the trained model adds.</summary>
        /// <value>The default value is <c>PredictedLabel</c>.</value>
        public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

        /// <summary>Gets or sets the column of confidences that the trained model adds: for each pixel, row by row, the softmax probability (0..1) of its class; null adds none.</summary>
        /// <value>The default value is null.</value>
        public string? ConfidenceColumnName { get; set; }

        internal SegmentationColumns Columns => new(ImageColumnName, PredictedLabelColumnName, Maskige: null, ConfidenceColumnName, ScoringBatchSize);

        /// <summary>The options of the training underneath.</summary>
        internal PerPixelOptions ToPerPixelOptions() => new(this) { Head = Head };

        internal override SegmentationTrainerOptions CreateDefaults() => new Options();

        internal override void AddFaults(OptionFaults faults)
        {
            base.AddFaults(faults);
            faults.Require(Head is not null, nameof(Head), Head, "one of TokenHeads");
            faults.RequireColumn(nameof(PredictedLabelColumnName), PredictedLabelColumnName);
            faults.RequireOptionalColumn(nameof(ConfidenceColumnName), ConfidenceColumnName);
            faults.RequireDifferent((nameof(PredictedLabelColumnName), PredictedLabelColumnName), (nameof(ConfidenceColumnName), ConfidenceColumnName));
        }
    }
}
