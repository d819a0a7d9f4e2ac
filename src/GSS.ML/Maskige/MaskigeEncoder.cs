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
/// <see cref="Fit"/> reads only the classes of the label column, makes the palette, and exports the tokenizer's encoder.
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

    /// <summary>Makes the palette and opens the tokenizer.</summary>
    /// <param name="input">Has the label column.</param>
    /// <exception cref="ArgumentException">The column is missing, has the wrong type or no classes, or the palette does not fit the classes.</exception>
    /// <exception cref="NativeLibraryException">libtorch is missing or does not fit this system.</exception>
    public MaskigeEncodingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var scoring = TransformerScoring.Of(_context);
        SegmentationClasses classes = ColumnAnnotations.RequireClasses(SchemaChecks.RequireLabelMap(input.Schema, _options.LabelColumnName));
        MaskigePalette palette = MaskigePalettes.Choose(_options.Palette, _options.Variant, _options.Seed, classes);
        var description = new LatentDescription(classes, palette, _options.Tokenizer.Name, MaskigePalettes.VariantName(_options.Variant, _options.Palette), null);
        using TokenizerNetwork tokenizer = _options.Tokenizer.CreateNetwork();
        WeightLog.Write(_context, nameof(MaskigeEncoder), tokenizer.LoadedWeights);
        return new MaskigeEncodingTransformer(scoring, TokenizerExport.EncoderToBytes(tokenizer), description, _options.Columns);
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
        /// <value>The default value is <see cref="Tokenizers.Compact"/>.</value>
        public Tokenizer Tokenizer { get; set; } = Tokenizers.Compact();

        /// <summary>Gets or sets the seed of the random palette. Ignored by <see cref="MaskigeVariant.FF"/>.</summary>
        /// <value>The default value is 0.</value>
        public int Seed { get; set; }

        /// <summary>Gets or sets how many rows are read ahead and encoded together, at least 1. Does not change the tokens.</summary>
        /// <value>The default value is 8.</value>
        public int BatchSize { get; set; } = 8;

        internal MaskigeEncodingColumns Columns => new(LabelColumnName, MaskigeColumnName, TokensColumnName, BatchSize);

        internal Options Copy() => (Options)MemberwiseClone();

        internal void Validate()
        {
            var faults = new OptionFaults();
            faults.RequireColumn(nameof(LabelColumnName), LabelColumnName);
            faults.RequireColumn(nameof(MaskigeColumnName), MaskigeColumnName);
            faults.RequireColumn(nameof(TokensColumnName), TokensColumnName);
            faults.RequireDifferent((nameof(MaskigeColumnName), MaskigeColumnName), (nameof(TokensColumnName), TokensColumnName));
            faults.Require(Variant is MaskigeVariant.FF or MaskigeVariant.FFR, nameof(Variant), Variant, "FF or FFR (a trained X⁻¹ is for LatentTokenDecoder, and its palette is FF's)");
            faults.Require(Tokenizer is not null, nameof(Tokenizer), Tokenizer, "one of Tokenizers");
            faults.Add(Tokenizer?.Faults() ?? []);
            faults.Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "at least 1");
            faults.Throw(nameof(MaskigeEncoder));
        }
    }
}
