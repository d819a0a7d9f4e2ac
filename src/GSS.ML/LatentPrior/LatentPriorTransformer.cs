using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace GSS.ML;

/// <summary>Predicts the latent tokens of photographs, in ONNX Runtime. Made by <see cref="LatentPriorTrainer"/>; <see cref="LatentTokenDecoder"/> turns the tokens into label maps.</summary>
/// <remarks>Needs the image column alone. The token column carries palette, tokenizer and classes as annotations. Rows are predicted in batches and keep their order. Thread-safe.</remarks>
public sealed class LatentPriorTransformer : RowTransformer, IScoringTransformer
{
    internal const string SavedKind = "LatentPrior";

    private const int SavedVersion = 1;

    private readonly TransformerScoring _scoring;
    private readonly LatentPriorColumns _columns;
    private readonly LatentDescription _description;
    private readonly LatentPriorModel _model;

    /// <param name="scoring">How it scores.</param>
    /// <param name="package">The model.</param>
    /// <param name="columns">The columns that it reads and adds.</param>
    /// <param name="opened">Its prior where that is open already, with these options; null opens it.</param>
    internal LatentPriorTransformer(TransformerScoring scoring, SegmentationModelPackage package, LatentPriorColumns columns, LatentPriorModel? opened = null)
    {
        _scoring = scoring.ForPart("predicts tokens");
        (Package, _columns) = (package, columns);
        SegmentationModelManifest manifest = package.Manifest;
        _description = new LatentDescription(manifest.Classes, manifest.Palette!, manifest.Tokenizer!, manifest.Variant, manifest.ShortSide) { InverseWeights = package.InverseWeights };
        _model = opened ?? new LatentPriorModel(package.Prior!, manifest.ShortSide, scoring.Options);
    }

    /// <summary>The whole model as a package of its own: <c>Package.Save("street.gss")</c> serves <see cref="SegmentationModel"/>, which needs no ML.NET.</summary>
    public SegmentationModelPackage Package { get; }

    /// <summary>The measures on the validation set of the weights that training kept; null without validation set, and in a loaded model.</summary>
    public SegmentationMetrics? ValidationMetrics { get; internal init; }

    /// <summary>How it scores.</summary>
    public ScoringOptions Scoring => _scoring.Options;

    /// <summary>The same model with other scoring options: threads, device, memory. This transformer stays as it is.</summary>
    /// <param name="options">The options, all of them: what they leave at its default is not taken from <see cref="Scoring"/>.</param>
    /// <returns>A transformer with native sessions of its own: each of the two is disposed for itself, in any order.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or do not fit a part of a model: a window.</exception>
    /// <exception cref="InvalidOperationException">The CUDA device cannot be used, and <see cref="ScoringOptions.FallbackToCpu"/> is false. Where it is true, the log is warned.</exception>
    public LatentPriorTransformer WithScoring(ScoringOptions options) => new(_scoring.With(options), Package, _columns) { ValidationMetrics = ValidationMetrics };

    ITransformer IScoringTransformer.With(ScoringOptions options) => WithScoring(options);

    private protected override string Kind => SavedKind;

    internal static LatentPriorTransformer Read(IHostEnvironment host, Stream payload) => ModelPayload.Read(payload, "latent prior", SavedVersion, saved =>
    {
        LatentPriorColumns columns = saved.Record<LatentPriorColumns>();
        return new LatentPriorTransformer(TransformerScoring.OfLoaded(host), SegmentationModelPackage.Read(saved.Rest.BaseStream, "the latent prior"), columns);
    });

    private protected override void WritePayload(Stream stream) => ModelPayload.Write(stream, SavedVersion, _columns, writer => Package.Write(writer.BaseStream));

    private protected override IBoundMapping Bind(DataViewSchema inputSchema) => new Prediction(inputSchema, this);

    private protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _model.CloseWhenUnused();
        }
    }

    private sealed class Prediction(DataViewSchema schema, LatentPriorTransformer owner)
        : RowMapping<RgbImage, LatentTokens>(schema, [SchemaChecks.RequireImage(schema, owner._columns.Image)], owner._columns.Added(owner._description), owner._columns.BatchSize)
    {
        public override RgbImage Read(IReadOnlyList<ColumnBuffer> inputs, int slot, long row) => ColumnReaders.Image(inputs[0], Inputs[0], slot, row);

        public override IDisposable? Hold() => owner._model.Hold();

        public override IReadOnlyList<LatentTokens> Compute(IReadOnlyList<RgbImage> inputs, bool[] active) => owner._model.Predict(inputs);

        public override Delegate Getter(int added, Func<LatentTokens> current) => (ValueGetter<LatentTokens>)((ref LatentTokens value) => value = current());
    }
}

/// <summary>The columns of the transformer.</summary>
internal sealed record LatentPriorColumns(string Image, string PredictedTokens, int BatchSize)
{
    public IReadOnlyList<DataViewSchema.DetachedColumn> Added(LatentDescription description) =>
        [new(PredictedTokens, LatentTokensDataViewType.Instance, description.ToAnnotations())];
}
