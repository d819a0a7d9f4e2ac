using GSS.Core;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>
/// Stage I, latent posterior learning (paper section 3.3): colours label maps by a palette (the maskige) and encodes them to latent tokens.
/// The first of the three parts of <see cref="GenerativeSegmenter"/>.
/// </summary>
/// <remarks>
/// Make one with <c>mlContext.Segmentation().Transforms.MaskigeEncoder(…)</c>. With the variants FF and FF-R nothing is learned from the data:
/// <see cref="Fit"/> reads only the classes of the label column, makes the palette, and exports the tokenizer's encoder. The other variants learn the palette, X⁻¹ or both from the label maps;
/// what is learned travels with the token column to <see cref="LatentPriorTrainer"/> and <see cref="LatentTokenDecoder"/>.
/// </remarks>
public sealed class MaskigeEncoder : IEstimator<MaskigeEncodingTransformer>
{
    private readonly MLContext _context;
    private readonly Options _options;

    internal MaskigeEncoder(MLContext context, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _context = context;
        _options = options.Copy();
        _options.Validate();
    }

    /// <summary>Makes the palette, or learns it, X⁻¹ or both, and opens the tokenizer.</summary>
    /// <param name="input">Has the label column. It is read only where something is learned.</param>
    /// <exception cref="ArgumentException">The column is missing, has the wrong type or no classes, or the palette does not fit the classes.</exception>
    /// <exception cref="SegmentationDataException">There are no rows to learn from, or one cannot be used; the message names the file or row.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not a finite number any more.</exception>
    /// <exception cref="WorkspaceException">The workspace belongs to another run, or its checkpoint is damaged.</exception>
    /// <exception cref="OperationCanceledException">The options' <c>CancellationToken</c> was cancelled.</exception>
    /// <exception cref="NativeLibraryException">libtorch is missing or does not fit this system.</exception>
    public MaskigeEncodingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var scoring = TransformerScoring.Of(_context);
        SegmentationClasses classes = ColumnAnnotations.RequireClasses(SchemaChecks.RequireLabelMap(input.Schema, _options.LabelColumnName));
        MaskigePalette palette = MaskigePalettes.Choose(_options.Palette, _options.Variant, _options.Seed, classes);
        string variant = MaskigeVariants.NameOf(_options.Variant, _options.Palette);
        using TrainedPosterior? posterior = _options.Variant.Learns() ? Learn(input, classes, palette, variant) : null;
        var description = new LatentDescription(classes, posterior?.Palette ?? palette, _options.Tokenizer.Name, variant, null) { InverseWeights = posterior?.Inverse?.ToBytes() };
        using TokenizerNetwork tokenizer = _options.Tokenizer.CreateNetwork();
        WeightLog.Write(_context, nameof(MaskigeEncoder), tokenizer.LoadedWeights);
        return new MaskigeEncodingTransformer(scoring, TokenizerExport.EncoderToBytes(tokenizer), description, _options.Columns) { Reconstruction = posterior?.Validation };
    }

    private TrainedPosterior Learn(IDataView input, SegmentationClasses classes, MaskigePalette palette, string variant)
    {
        PosteriorTrainingOptions training = _options.ToTraining();
        using var log = new TrainingLog(_context, nameof(MaskigeEncoder), training);
        using ViewSamples samples = ViewSamples.OfLabels(input, _options.LabelColumnName, _options.CancellationToken);
        using ViewSamples? validation = ValidationOf(classes);
        log.Warn(LabelAudit.Of(samples.Samples, classes, _options.CancellationToken));
        return new PosteriorFit(log, variant, training, _options.Posterior.Progress).Run(samples.Samples, classes, palette, validation?.Samples);
    }

    private ViewSamples? ValidationOf(SegmentationClasses classes)
    {
        if (_options.ValidationSet is not { } view)
        {
            return null;
        }

        SegmentationClasses found = ColumnAnnotations.RequireClasses(SchemaChecks.RequireLabelMap(view.Schema, _options.LabelColumnName));
        TrainingColumns.RequireSame(found, classes);
        return ViewSamples.OfLabels(view, _options.LabelColumnName, _options.CancellationToken);
    }

    /// <summary>The columns that the transformer will give.</summary>
    /// <param name="inputSchema">The columns of the training data.</param>
    /// <exception cref="ArgumentException">The label column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShapes.RequireLabelMap(inputSchema, _options.LabelColumnName);
        return SchemaShapes.Add(inputSchema, _options.Columns.Added(LatentDescription.Any));
    }

    /// <summary>The options of <see cref="MaskigeEncoder"/>.</summary>
    public sealed class Options
    {
        /// <summary>Gets or sets the column of label maps.</summary>
        /// <value>The default value is <c>Label</c>.</value>
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>Gets or sets the column of maskiges (<c>MLImage</c>) that is added.</summary>
        /// <value>The default value is <c>Maskige</c>.</value>
        public string MaskigeColumnName { get; set; } = "Maskige";

        /// <summary>Gets or sets the column of latent tokens (<see cref="LatentTokens"/>) that is added.</summary>
        /// <value>The default value is <c>Tokens</c>.</value>
        public string TokensColumnName { get; set; } = "Tokens";

        /// <summary>Gets or sets where the palette comes from. Ignored when <see cref="Palette"/> is given.</summary>
        /// <value>The default value is <see cref="MaskigeVariant.FF"/>.</value>
        public MaskigeVariant Variant { get; set; }

        /// <summary>Gets or sets the palette, one colour for each class; null makes one as <see cref="Variant"/> says.</summary>
        /// <value>The default value is null.</value>
        public MaskigePalette? Palette { get; set; }

        /// <summary>Gets or sets the tokenizer (VQVAE).</summary>
        /// <value>The default value is <see cref="Tokenizers.Compact()"/>.</value>
        public Tokenizer Tokenizer { get; set; } = Tokenizers.Compact();

        /// <summary>Gets or sets the seed of the random palette and of what is learned. Ignored by <see cref="MaskigeVariant.FF"/>.</summary>
        /// <value>The default value is 0.</value>
        public int Seed { get; set; }

        /// <summary>Gets or sets how the variants that learn something are trained. Ignored by <see cref="MaskigeVariant.FF"/> and <see cref="MaskigeVariant.FFR"/>.</summary>
        /// <value>The default value is that of each of its options.</value>
        public PosteriorOptions Posterior { get; set; } = new();

        /// <summary>Gets or sets the data whose label maps are sent through the tokenizer and back at the end of training, for <see cref="MaskigeEncodingTransformer.Reconstruction"/>; null measures nothing.</summary>
        /// <value>The default value is null.</value>
        public IDataView? ValidationSet { get; set; }

        /// <summary>Gets or sets the folder for checkpoints: a training that was broken off goes on from there when the same <see cref="Fit"/> is called again. Null keeps none.</summary>
        /// <value>The default value is null.</value>
        public string? WorkspacePath { get; set; }

        /// <summary>Gets or sets where training runs.</summary>
        /// <value>The default value is <see cref="TrainingDevice.Auto"/>.</value>
        public TrainingDevice Device { get; set; }

        /// <summary>Gets or sets the threads that libtorch trains with, at least 1; null leaves libtorch's own number.</summary>
        /// <value>The default value is null.</value>
        public int? Threads { get; set; }

        /// <summary>Gets or sets what ends training within one step, with an <see cref="OperationCanceledException"/>; a workspace keeps a checkpoint.</summary>
        /// <value>The default value is <see cref="CancellationToken.None"/>.</value>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>Gets or sets how many rows are read ahead and encoded together, at least 1. Does not change the tokens.</summary>
        /// <value>The default value is 8.</value>
        public int BatchSize { get; set; } = 8;

        internal MaskigeEncodingColumns Columns => new(LabelColumnName, MaskigeColumnName, TokensColumnName, BatchSize);

        internal Options Copy()
        {
            var copy = (Options)MemberwiseClone();
            copy.Posterior = Posterior is null ? null! : Posterior with { };
            return copy;
        }

        internal PosteriorTrainingOptions ToTraining() =>
            Posterior.ToTraining(Variant, Tokenizer, new TrainingOptions { Seed = Seed, Device = Device, Threads = Threads, CancellationToken = CancellationToken }, WorkspacePath);

        internal void Validate()
        {
            var faults = new OptionFaults();
            faults.RequireColumn(nameof(LabelColumnName), LabelColumnName);
            faults.RequireColumn(nameof(MaskigeColumnName), MaskigeColumnName);
            faults.RequireColumn(nameof(TokensColumnName), TokensColumnName);
            faults.RequireDifferent((nameof(MaskigeColumnName), MaskigeColumnName), (nameof(TokensColumnName), TokensColumnName));
            faults.Require(Enum.IsDefined(Variant), nameof(Variant), Variant, "FF, FFR, FT, FTW, TF or TT");
            faults.Require(Posterior is not null, nameof(Posterior), Posterior, "options");
            Posterior?.AddFaults(faults, nameof(Posterior), Variant, hasPhotographs: false);
            faults.Require(Enum.IsDefined(Device), nameof(Device), Device, "Auto, Cpu or Cuda");
            faults.Require(Threads is null or >= 1, nameof(Threads), Threads, "null, or at least 1");
            faults.Require(WorkspacePath is null || WorkspacePath.Trim().Length > 0, nameof(WorkspacePath), "empty", "null or a folder");
            faults.Require(Tokenizer is not null, nameof(Tokenizer), Tokenizer, "one of Tokenizers");
            faults.Add(Tokenizer?.Faults() ?? []);
            faults.Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "at least 1");
            faults.Throw(nameof(MaskigeEncoder));
        }
    }
}
