using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

namespace GSS.ML;

/// <summary>Colours label maps and encodes them to latent tokens, in ONNX Runtime. Made by <see cref="MaskigeEncoder"/>.</summary>
/// <remarks>
/// Data without the label column passes through unchanged, so a chain that was trained with labels scores photographs alone.
/// The token column carries palette, tokenizer and classes as annotations. Thread-safe.
/// </remarks>
public sealed class MaskigeEncodingTransformer : RowTransformer, IScoringTransformer
{
    internal const string SavedKind = "MaskigeEncoding";

    // Version 2 has the weights of X⁻¹ behind the encoder; without them version 1 is written, which older versions read.
    private const int SavedVersion = 2;

    private readonly TransformerScoring _scoring;
    private readonly byte[] _encoder;
    private readonly LatentDescription _description;
    private readonly MaskigeEncodingColumns _columns;
    private readonly MaskigeTokenizer _tokenizer;

    internal MaskigeEncodingTransformer(TransformerScoring scoring, byte[] encoder, LatentDescription description, MaskigeEncodingColumns columns)
    {
        _scoring = scoring.ForPart("encodes maskiges");
        (_encoder, _description, _columns) = (encoder, description, columns);
        _tokenizer = new MaskigeTokenizer(encoder, scoring.Options);
    }

    /// <summary>The colours of the classes.</summary>
    public MaskigePalette Palette => _description.Palette;

    /// <summary>The classes that the palette is for.</summary>
    public SegmentationClasses Classes => _description.Classes;

    /// <summary>What label maps of the validation set are worth after X, the tokenizer and X⁻¹ (Stage I reconstruction), with what was learned; null where nothing was learned, without validation set, and in a loaded model.</summary>
    public SegmentationMetrics? Reconstruction { get; internal init; }

    /// <summary>Saves the weights of the learned X⁻¹ as a file that <see cref="GenerativeSegmenter.Options.InverseWeights"/> and <see cref="LatentTokenDecoder.Options.InverseWeights"/> read.</summary>
    /// <param name="path">The file, usually with the extension <c>.safetensors</c>; an existing one is replaced once the new one is whole.</param>
    /// <exception cref="InvalidOperationException">The variant has no network X⁻¹.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveInverse(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        byte[] weights = _description.InverseWeights ?? throw new InvalidOperationException($"GSS-{_description.Variant} decodes to the nearest colour and has no X⁻¹ to save; the variants FT, FTW and TT have one.");
        AtomicFile.Write(path, stream => stream.Write(weights));
    }

    /// <summary>How it scores.</summary>
    public ScoringOptions Scoring => _scoring.Options;

    /// <summary>The same model with other scoring options: threads, device, memory. This transformer stays as it is.</summary>
    /// <param name="options">The options, all of them: what they leave at its default is not taken from <see cref="Scoring"/>.</param>
    /// <returns>A transformer with native sessions of its own: each of the two is disposed for itself, in any order.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or do not fit a part of a model: a window.</exception>
    /// <exception cref="InvalidOperationException">The CUDA device cannot be used, and <see cref="ScoringOptions.FallbackToCpu"/> is false. Where it is true, the log is warned.</exception>
    public MaskigeEncodingTransformer WithScoring(ScoringOptions options) => new(_scoring.With(options), _encoder, _description, _columns) { Reconstruction = Reconstruction };

    ITransformer IScoringTransformer.With(ScoringOptions options) => WithScoring(options);

    private protected override string Kind => SavedKind;

    internal static MaskigeEncodingTransformer Read(IHostEnvironment host, Stream payload) => ModelPayload.Read(payload, "maskige encoder", SavedVersion, saved =>
    {
        Saved record = saved.Record<Saved>();
        byte[] encoder = saved.Array();
        LatentDescription description = saved.Version < 2 ? record.Description : record.Description with { InverseWeights = saved.Array() };
        return new MaskigeEncodingTransformer(TransformerScoring.OfLoaded(host), encoder, description, record.Columns);
    });

    private protected override void WritePayload(Stream stream) =>
        ModelPayload.Write(stream, _description.InverseWeights is null ? 1 : SavedVersion, new Saved(_columns, _description), writer =>
        {
            writer.WriteArray(_encoder);
            if (_description.InverseWeights is { } inverse)
            {
                writer.WriteArray(inverse);
            }
        });

    private protected override IBoundMapping Bind(DataViewSchema inputSchema) =>
        inputSchema.GetColumnOrNull(_columns.Label) is null ? new UnchangedMapping(inputSchema) : new MaskigeMapping(inputSchema, this);

    private protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _tokenizer.CloseWhenUnused();
        }
    }

    private sealed record Saved(MaskigeEncodingColumns Columns, LatentDescription Description);

    private sealed class MaskigeMapping(DataViewSchema schema, MaskigeEncodingTransformer owner)
        : RowMapping<LabelMap, (RgbImage Maskige, LatentTokens? Tokens)>(schema, [SchemaChecks.RequireLabelMap(schema, owner._columns.Label)], owner._columns.Added(owner._description), owner._columns.BatchSize)
    {
        public override LabelMap Read(IReadOnlyList<ColumnBuffer> inputs, int slot, long row) => ColumnReaders.Object<LabelMap>(inputs[0], Inputs[0], slot, row);

        public override IDisposable? Hold() => owner._tokenizer.Hold();

        public override IReadOnlyList<(RgbImage Maskige, LatentTokens? Tokens)> Compute(IReadOnlyList<LabelMap> inputs, bool[] active)
        {
            RgbImage[] maskiges = [.. inputs.Select(owner._description.Palette.Colorize)];
            LatentTokens[]? tokens = active[1] ? owner._tokenizer.Encode(maskiges) : null;
            return [.. maskiges.Select((maskige, i) => (maskige, tokens?[i]))];
        }

        public override Delegate Getter(int added, Func<(RgbImage Maskige, LatentTokens? Tokens)> current) =>
            added == 0 ? ColumnWriters.Image(() => current().Maskige) : (ValueGetter<LatentTokens>)((ref LatentTokens value) => value = current().Tokens!);
    }
}

/// <summary>The columns of the transformer.</summary>
internal sealed record MaskigeEncodingColumns(string Label, string Maskige, string Tokens, int BatchSize)
{
    public IReadOnlyList<DataViewSchema.DetachedColumn> Added(LatentDescription description) =>
    [
        new(Maskige, AnyImage.Type, description.ToAnnotations()),
        new(Tokens, LatentTokensDataViewType.Instance, description.ToAnnotations()),
    ];
}
