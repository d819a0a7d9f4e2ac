using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GSS.ML;

/// <summary>Decodes latent tokens to label maps at the size of the images that they stand for, in ONNX Runtime. Made by <see cref="LatentTokenDecoder"/>. Thread-safe.</summary>
public sealed class LatentTokenDecodingTransformer : RowTransformer, IScoringTransformer
{
    internal const string SavedKind = "LatentTokenDecoding";

    private const int SavedVersion = 1;

    private readonly TransformerScoring _scoring;
    private readonly byte[] _onnx;
    private readonly int _stride;
    private readonly int _vocabularySize;
    private readonly LatentDescription _description;
    private readonly SegmentationColumns _columns;
    private readonly MaskigeDecoder _decoder;

    internal LatentTokenDecodingTransformer(TransformerScoring scoring, byte[] onnx, int stride, int vocabularySize, LatentDescription description, SegmentationColumns columns)
    {
        _scoring = scoring.ForPart("decodes tokens");
        (_onnx, _stride, _vocabularySize, _description, _columns) = (onnx, stride, vocabularySize, description, columns);
        _decoder = new MaskigeDecoder(onnx, description.Palette, stride, vocabularySize, description.ShortSide, scoring.Options);
    }

    /// <summary>The classes that the label maps hold.</summary>
    public SegmentationClasses Classes => _description.Classes;

    /// <summary>How it scores.</summary>
    public ScoringOptions Scoring => _scoring.Options;

    /// <summary>The same model with other scoring options: threads, device, memory. This transformer stays as it is.</summary>
    /// <param name="options">The options, all of them: what they leave at its default is not taken from <see cref="Scoring"/>.</param>
    /// <returns>A transformer with native sessions of its own: each of the two is disposed for itself, in any order.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or do not fit a part of a model: a window.</exception>
    /// <exception cref="InvalidOperationException">The CUDA device cannot be used, and <see cref="ScoringOptions.FallbackToCpu"/> is false. Where it is true, the log is warned.</exception>
    public LatentTokenDecodingTransformer WithScoring(ScoringOptions options) =>
        new(_scoring.With(options), _onnx, _stride, _vocabularySize, _description, _columns);

    ITransformer IScoringTransformer.With(ScoringOptions options) => WithScoring(options);

    private protected override string Kind => SavedKind;

    internal static LatentTokenDecodingTransformer Read(IHostEnvironment host, Stream payload) => ModelPayload.Read(payload, "latent token decoder", SavedVersion, saved =>
    {
        Saved record = saved.Record<Saved>();
        return new LatentTokenDecodingTransformer(TransformerScoring.OfLoaded(host), saved.Array(), record.Stride, record.VocabularySize, record.Description, record.Columns);
    });

    private protected override void WritePayload(Stream stream) =>
        ModelPayload.Write(stream, SavedVersion, new Saved(_columns, _description, _stride, _vocabularySize), writer => writer.WriteArray(_onnx));

    private protected override IBoundMapping Bind(DataViewSchema inputSchema) => new Decoding(inputSchema, this);

    private protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.CloseWhenUnused();
        }
    }

    private sealed record Saved(SegmentationColumns Columns, LatentDescription Description, int Stride, int VocabularySize);

    private sealed class Decoding(DataViewSchema schema, LatentTokenDecodingTransformer owner)
        : ResultMapping<LatentTokens>(schema, TokenColumns.Require(schema, owner._columns.Image), owner._columns, owner.Classes)
    {
        public override LatentTokens Read(IReadOnlyList<ColumnBuffer> inputs, int slot, long row) => ColumnReaders.Object<LatentTokens>(inputs[0], Inputs[0], slot, row);

        public override IDisposable? Hold() => owner._decoder.Hold();

        protected override IReadOnlyList<SegmentationResult> Compute(IReadOnlyList<LatentTokens> inputs, SegmentationOutputs outputs) => owner._decoder.Decode(inputs, outputs);
    }
}
