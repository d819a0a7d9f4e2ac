using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>A trained segmentation model: photographs to label maps. Saved with <c>mlContext.Model.Save</c> and loaded with <c>mlContext.Model.Load</c> in any process that has GSS.ML; no registration, no libtorch.</summary>
/// <remarks>
/// Adds a label map column at the size of each input image and, where the trainer's options ask for it, more.
/// Rows are read ahead and predicted in batches; they keep their order, and a column that nobody asks for is never computed.
/// Thread-safe. Disposing it frees the native memory of its model as soon as no prediction engine, row or cursor uses it; used again, it opens the model
/// again. So several engines, one for each thread, may share it: <c>CreatePredictionEngine</c> disposes the transformer with the engine unless
/// <c>OwnsTransformer = false</c>, and the other engines go on.
/// </remarks>
public abstract class SegmentationTransformer : RowTransformer
{
    private const int SavedVersion = 1;

    private readonly SegmentationColumns _columns;

    private protected SegmentationTransformer(SegmentationModelPackage package, SegmentationColumns columns, SegmentationModel model)
    {
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

    /// <summary>The running model behind the columns. Disposing it ends it for the transformer and all engines, which then throw <see cref="ObjectDisposedException"/>.</summary>
    public SegmentationModel Model { get; }

    private protected static T Read<T>(Stream payload, Func<SegmentationModelPackage, SegmentationColumns, T> make) => ModelPayload.Read(payload, "segmentation model", SavedVersion, saved =>
    {
        // 0.1.0 wrote a version here, 1, and nowhere else.
        _ = saved.Version == 0 ? saved.Rest.ReadInt32() : 0;
        SegmentationColumns columns = saved.Record<SegmentationColumns>();
        return make(SegmentationModelPackage.Read(saved.Rest.BaseStream, "the segmentation model"), columns);
    });

    private protected override void WritePayload(Stream stream) => ModelPayload.Write(stream, SavedVersion, _columns, writer => Package.Write(writer.BaseStream));

    private protected override IBoundMapping Bind(DataViewSchema inputSchema) => new SegmentationMapping(inputSchema, Model, _columns);

    private protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Model.CloseWhenUnused();
        }
    }
}

/// <summary>A trained model of Generative Semantic Segmentation: photograph → latent tokens → maskige → label map (paper section 3). Made by <see cref="GenerativeSegmenter"/>.</summary>
public sealed class GenerativeSegmentationTransformer : SegmentationTransformer
{
    internal const string SavedKind = "GenerativeSegmentation";

    internal GenerativeSegmentationTransformer(SegmentationModelPackage package, SegmentationColumns columns, LatentPriorModel? opened = null)
        : base(package, columns, new SegmentationModel(package, null, opened))
    {
    }

    private protected override string Kind => SavedKind;

    internal static GenerativeSegmentationTransformer Read(Stream payload) => Read(payload, (package, columns) => new GenerativeSegmentationTransformer(package, columns));
}

/// <summary>A trained model with an ordinary per-pixel head: photograph → label map. Made by <see cref="PerPixelSegmenter"/>.</summary>
public sealed class PerPixelSegmentationTransformer : SegmentationTransformer
{
    internal const string SavedKind = "PerPixelSegmentation";

    internal PerPixelSegmentationTransformer(SegmentationModelPackage package, SegmentationColumns columns, SegmentationModel? opened = null)
        : base(package, columns, opened ?? new SegmentationModel(package))
    {
    }

    private protected override string Kind => SavedKind;

    internal static PerPixelSegmentationTransformer Read(Stream payload) => Read(payload, (package, columns) => new PerPixelSegmentationTransformer(package, columns));
}
