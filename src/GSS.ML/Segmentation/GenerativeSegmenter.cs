using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>
/// Trains a semantic segmentation model with the method of Generative Semantic Segmentation (CVPR 2023): label maps become maskiges, a frozen
/// tokenizer turns these into latent tokens, and an image encoder learns to predict the tokens from the photograph.
/// </summary>
/// <remarks>
/// Make one with <c>mlContext.Segmentation().Trainers.GenerativeSegmenter(…)</c>. <see cref="Fit"/> trains in TorchSharp, exports to ONNX and
/// compares both; what it returns scores in ONNX Runtime alone. Its three parts are there one by one as well: <see cref="MaskigeEncoder"/>,
/// <see cref="LatentPriorTrainer"/> and <see cref="LatentTokenDecoder"/>; with the same options and seed they give the same masks.
/// A trainer may be fitted more than once.
/// </remarks>
public sealed partial class GenerativeSegmenter : IEstimator<GenerativeSegmentationTransformer>
{
    private readonly MLContext _context;
    private readonly Options _options;

    internal GenerativeSegmenter(MLContext context, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _context = context;
        _options = options with { Posterior = options.Posterior is { } posterior ? posterior with { } : null! };
        _options.Validate(nameof(GenerativeSegmenter));
    }

    /// <summary>Trains on the rows of a view.</summary>
    /// <param name="input">
    /// Has the image and the label column. Data of <c>LoadFromFolders</c> and <c>LoadFromFiles</c> is read from its files at random;
    /// any other view is read once, front to back, into a temporary file, which is deleted at the end (3 + 1 bytes a pixel).
    /// </param>
    /// <returns>The trained model. Dispose it when it is no longer needed.</returns>
    /// <exception cref="ArgumentException">A column is missing, has the wrong type or no classes, or palette or X⁻¹ do not fit the classes.</exception>
    /// <exception cref="WeightFileException">A weight file is damaged or does not fit.</exception>
    /// <exception cref="SegmentationDataException">There are no rows, or a row cannot be used; the message names the file or row.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not a finite number any more.</exception>
    /// <exception cref="SegmentationModelException">The exported model does not compute what was trained; the message says where it is kept.</exception>
    /// <exception cref="NativeLibraryException">libtorch is missing or does not fit this system.</exception>
    /// <exception cref="InvalidOperationException">The context's <c>GpuDeviceId</c> cannot be used for scoring, and its <c>FallbackToCpu</c> is false; found before training begins.</exception>
    /// <exception cref="OperationCanceledException">The options' <c>CancellationToken</c> was cancelled.</exception>
    public GenerativeSegmentationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        SegmentationClasses classes = TrainingColumns.Require(input.Schema, _options);
        var scoring = TransformerScoring.Of(_context);
        MaskigePalette palette = MaskigePalettes.Choose(_options.Palette ?? Shared(classes), _options.Variant, _options.Seed, classes);
        InverseWeightsChecks.RequireVariant(_options.Variant, _options.InverseWeights);
        PosteriorOptions? posterior = _options.Variant.Learns() && _options.InverseWeights is null ? _options.Posterior : null;
        var maskige = new MaskigePlan(_options.Variant, MaskigeVariants.NameOf(_options.Variant, _options.Palette), palette, posterior);
        StartWeights? start = _options is { StartFrom: { Package.TrainingWeights: { } weights, Manifest: var known }, StartFromEncoder: true } ? new StartWeights(weights, known.Classes.Names, known.Encoder) : null;
        FittedModel<LatentPriorModel> fitted = new PriorFit(_context, nameof(GenerativeSegmenter), _options, maskige, start).Run(input, classes);
        return new GenerativeSegmentationTransformer(scoring, fitted.Package, _options.Columns, fitted.OpenedFor(scoring)) { ValidationMetrics = fitted.Validation };
    }

    /// <summary>The palette of the model to start from, for these classes; null without one, and where colours are drawn.</summary>
    private MaskigePalette? Shared(SegmentationClasses classes) =>
        _options is { StartFrom.Manifest: { Palette: { } palette, Classes: var known }, Variant: not MaskigeVariant.FFR } ? palette.For(known, classes) : null;

    /// <summary>The columns that the trained model will give.</summary>
    /// <param name="inputSchema">The columns of the training data.</param>
    /// <exception cref="ArgumentException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        TrainingColumns.Require(inputSchema, _options);
        return SchemaShapes.Add(inputSchema, _options.Columns.Added(SchemaShapes.AnyClasses));
    }
}
