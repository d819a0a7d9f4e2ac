using GSS.Core;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>
/// Decodes latent tokens to maskiges (the tokenizer's decoder) and these to label maps (X⁻¹: the nearest colour of the palette, or a trained network; paper section 3.3).
/// The last of the three parts of <see cref="GenerativeSegmenter"/>.
/// </summary>
/// <remarks>
/// Make one with <c>mlContext.Segmentation().Transforms.LatentTokenDecoder(…)</c>. Nothing is learned: <see cref="Fit"/> reads palette, tokenizer and a trained X⁻¹ from
/// the annotations of the token column. With the tokens of a <see cref="MaskigeEncoder"/> it shows what the tokenizer alone loses (Stage I reconstruction).
/// </remarks>
public sealed class LatentTokenDecoder : IEstimator<LatentTokenDecodingTransformer>
{
    private readonly MLContext _context;
    private readonly Options _options;

    internal LatentTokenDecoder(MLContext context, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _context = context;
        _options = options.Copy();
        _options.Validate();
    }

    /// <summary>Opens the tokenizer's decoder.</summary>
    /// <param name="input">Has the token column.</param>
    /// <exception cref="ArgumentException">The column is missing, has the wrong type, its tokens were made by another tokenizer, or X⁻¹ does not fit the classes.</exception>
    /// <exception cref="WeightFileException">A weight file is damaged or does not fit.</exception>
    /// <exception cref="NativeLibraryException">libtorch is missing or does not fit this system.</exception>
    public LatentTokenDecodingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var scoring = TransformerScoring.Of(_context);
        LatentDescription description = LatentDescription.Of(TokenColumns.Require(input.Schema, _options.PredictedTokensColumnName));
        description.RequireTokenizer(_options.PredictedTokensColumnName, _options.Tokenizer);
        using TokenizerNetwork tokenizer = _options.Tokenizer.CreateNetwork();
        using InverseNetwork? inverse = _options.InverseWeights is { } file ? InverseNetwork.Load(file, description.Classes)
            : description.InverseWeights is { } weights ? InverseNetwork.FromBytes(weights, $"X⁻¹ of column '{_options.PredictedTokensColumnName}'") : null;
        WeightLog.Write(_context, nameof(LatentTokenDecoder), tokenizer.LoadedWeights.Append(inverse?.LoadedWeights));
        return new LatentTokenDecodingTransformer(scoring, TokenizerExport.DecoderToBytes(tokenizer, inverse), tokenizer.Stride, tokenizer.VocabularySize, description, _options.Columns);
    }

    /// <summary>The columns that the transformer will give.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <exception cref="ArgumentException">The token column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        TokenColumns.Require(inputSchema, _options.PredictedTokensColumnName);
        return SchemaShapes.Add(inputSchema, _options.Columns.Added(SchemaShapes.AnyClasses));
    }

    /// <summary>The options of <see cref="LatentTokenDecoder"/>.</summary>
    public sealed class Options
    {
        /// <summary>Gets or sets the column of latent tokens.</summary>
        /// <value>The default value is <c>PredictedTokens</c>.</value>
        public string PredictedTokensColumnName { get; set; } = "PredictedTokens";

        /// <summary>Gets or sets the column of label maps that is added, each at the size of its image.</summary>
        /// <value>The default value is <c>PredictedLabel</c>.</value>
        public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

        /// <summary>Gets or sets the column of decoded maskiges (<c>MLImage</c>) that is added; null adds none.</summary>
        /// <value>The default value is null.</value>
        public string? MaskigeColumnName { get; set; }

        /// <summary>Gets or sets the tokenizer (VQVAE), the one that made the tokens.</summary>
        /// <value>The default value is <see cref="Tokenizers.Compact()"/>.</value>
        public Tokenizer Tokenizer { get; set; } = Tokenizers.Compact();

        /// <summary>Gets or sets the file of a trained X⁻¹ (GSS-FT or GSS-FT-W), trained with the same tokenizer, palette and classes; null takes the one that was trained with the tokens' palette, and where none was the nearest colour.</summary>
        /// <value>The default value is null.</value>
        public string? InverseWeights { get; set; }

        /// <summary>Gets or sets how many rows are read ahead and decoded together, at least 1. Does not change the label maps.</summary>
        /// <value>The default value is 8.</value>
        public int BatchSize { get; set; } = 8;

        // The column that is read stands in the place of the image.
        internal SegmentationColumns Columns => new(PredictedTokensColumnName, PredictedLabelColumnName, MaskigeColumnName, null, BatchSize);

        internal Options Copy() => (Options)MemberwiseClone();

        internal void Validate()
        {
            var faults = new OptionFaults();
            faults.RequireColumn(nameof(PredictedTokensColumnName), PredictedTokensColumnName);
            faults.RequireColumn(nameof(PredictedLabelColumnName), PredictedLabelColumnName);
            faults.RequireOptionalColumn(nameof(MaskigeColumnName), MaskigeColumnName);
            faults.RequireDifferent((nameof(PredictedLabelColumnName), PredictedLabelColumnName), (nameof(MaskigeColumnName), MaskigeColumnName));
            faults.Require(Tokenizer is not null, nameof(Tokenizer), Tokenizer, "one of Tokenizers");
            faults.Add(Tokenizer?.Faults() ?? []);
            InverseWeightsChecks.RequireFile(faults, InverseWeights);
            faults.Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "at least 1");
            faults.Throw(nameof(LatentTokenDecoder));
        }
    }
}
