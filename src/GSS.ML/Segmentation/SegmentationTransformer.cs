using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GSS.ML;

/// <summary>A trained segmentation model: photographs to label maps. Saved with <c>mlContext.Model.Save</c> and loaded with <c>mlContext.Model.Load</c> in any process that has GSS.ML; no registration, no libtorch.</summary>
/// <remarks>
/// Adds a label map column at the size of each input image and, where the trainer's options ask for it, more.
/// Rows are read ahead and predicted in batches; they keep their order, and a column that nobody asks for is never computed.
/// Thread-safe. Disposing it frees the native memory of its model as soon as no prediction engine, row or cursor uses it; used again, it opens the model
/// again, and <see cref="WithScoring"/> still copies it. So several engines, one for each thread, may share it: <c>CreatePredictionEngine</c> disposes the transformer with the engine unless
/// <c>OwnsTransformer = false</c>, and the other engines go on.
/// <para>
/// It scores on the CPU or on the <see cref="MLContext.GpuDeviceId"/> of the context that trained or loaded it; <see cref="WithScoring"/> gives it other options. What changes
/// label maps (<see cref="ScoringOptions.Window"/>) belongs to the model and is saved with it; threads, device and memory are the machine's and are not.
/// </para>
/// </remarks>
public abstract partial class SegmentationTransformer : RowTransformer, IScoringTransformer
{
    // 2 has scoring options, which an older GSS.ML would pass over; without any it is 1 still.
    private const int SavedVersion = 2, SavedVersionWithoutScoring = 1;

    private readonly SegmentationColumns _columns;
    private readonly TransformerScoring _scoring;

    private protected SegmentationTransformer(TransformerScoring scoring, SegmentationModelPackage package, SegmentationColumns columns, SegmentationModel model)
    {
        _scoring = scoring;
        Package = package;
        _columns = columns;
        Model = model;
    }

    /// <summary>The model as a package of its own: <c>Package.Save("street.gss")</c> serves <see cref="SegmentationModel"/>, which needs no ML.NET.</summary>
    public SegmentationModelPackage Package { get; }

    /// <summary>What the model is: classes, networks, sizes.</summary>
    public SegmentationModelManifest Manifest => Package.Manifest;

    /// <summary>The classes that the label maps hold.</summary>
    public SegmentationClasses Classes => Manifest.Classes;

    /// <summary>The measures on the validation set of the weights that training kept; null without validation set, and in a loaded model.</summary>
    public SegmentationMetrics? ValidationMetrics { get; internal init; }

    /// <summary>How <see cref="Quantize"/> made this model; null where it did not, and in a loaded model.</summary>
    public QuantizationResult? Quantization { get; internal init; }

    /// <summary>The running model behind the columns. Disposing it ends it for the transformer and all engines, which then throw <see cref="ObjectDisposedException"/>.</summary>
    public SegmentationModel Model { get; }

    private protected static T Read<T>(IHostEnvironment host, Stream payload, Func<TransformerScoring, SegmentationModelPackage, SegmentationColumns, T> make) => ModelPayload.Read(payload, "segmentation model", SavedVersion, saved =>
    {
        // 0.1.0 wrote a version here, 1, and nowhere else.
        _ = saved.Version == 0 ? saved.Rest.ReadInt32() : 0;
        Saved record = saved.Version == SavedVersion ? saved.Record<Saved>() : new Saved(saved.Record<SegmentationColumns>(), new());
        var package = SegmentationModelPackage.Read(saved.Rest.BaseStream, "the segmentation model");
        return make(TransformerScoring.OfLoaded(host, record.Scoring), package, record.Columns);
    });

    /// <summary>Opens the model with the options that the transformer is to score with.</summary>
    /// <param name="scoring">The options.</param>
    /// <param name="package">The model.</param>
    /// <param name="columns">The columns that it is to give.</param>
    /// <param name="opened">Its prior where that is open already, on the CPU with default options; null opens it.</param>
    /// <exception cref="UnfitScoringException">The options do not fit the model or the columns.</exception>
    private protected static SegmentationModel Open(TransformerScoring scoring, SegmentationModelPackage package, SegmentationColumns columns, LatentPriorModel? opened = null)
    {
        string? summed = scoring.Options.Window is not null ? nameof(ScoringOptions.Window) : scoring.Options.TestTimeAugmentation is not null ? nameof(ScoringOptions.TestTimeAugmentation) : null;
        if (summed is not null && (columns.Maskige ?? columns.Confidence) is { } column)
        {
            throw new UnfitScoringException(
                $"Found {summed} asked of a transformer that gives the column '{column}', expected null: windows and views have no common maskige and confidence; make the transformer without this column.");
        }

        try
        {
            return new SegmentationModel(package, scoring.Options, opened);
        }
        catch (ArgumentException e)
        {
            throw new UnfitScoringException(e.Message, e);
        }
    }

    private protected override void WritePayload(Stream stream)
    {
        bool plain = SavedScoring.Differences(_scoring.Options).Count == 0;
        ModelPayload.Write(stream, plain ? SavedVersionWithoutScoring : SavedVersion, plain ? _columns : new Saved(_columns, _scoring.Options), writer => Package.Write(writer.BaseStream));
    }

    private protected override IBoundMapping Bind(DataViewSchema inputSchema) => new SegmentationMapping(inputSchema, Model, _columns);

    private protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Model.CloseWhenUnused();
        }
    }

    private sealed record Saved(SegmentationColumns Columns, ScoringOptions Scoring);
}
