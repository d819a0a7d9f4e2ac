using GSS.Core;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>One call of <c>Fit</c>, whatever is trained: samples of a view, training, the exported package, and its comparison with what was trained.</summary>
/// <typeparam name="TTrained">What training ends with.</typeparam>
/// <typeparam name="TModel">What scores, open.</typeparam>
/// <param name="context">The context whose log receives the messages.</param>
/// <param name="trainer">The trainer's name in the log.</param>
/// <param name="options">How to train; validated already.</param>
internal abstract class SegmenterFit<TTrained, TModel>(MLContext context, string trainer, SegmentationTrainerOptions options)
    where TTrained : TrainedSegmenter
    where TModel : class, IDisposable
{
    /// <summary>Trains.</summary>
    /// <param name="data">The training data; its columns are checked already.</param>
    /// <param name="classes">The classes of the label column.</param>
    public FittedModel<TModel> Run(IDataView data, SegmentationClasses classes)
    {
        using var log = new TrainingLog(context, trainer, options);
        using ViewSamples training = SamplesOf(data);
        using ViewSamples? validation = ValidationOf(classes);
        log.Info($"Training {trainer} on {training.Samples.Count} samples of '{classes.Name}' ({classes.Count} classes) with {options.Encoder}, {Networks}.");
        if (!OneDnn.CanBeTrusted())
        {
            log.Warn(OneDnn.Notice);
        }

        log.Warn(LabelAudit.Of(training.AsGiven, classes, options.CancellationToken));
        using TTrained trained = Train(training.Samples, validation?.Samples, classes, log);
        log.ReportEnd(trained);
        WeightLog.Write(context, trainer, WeightsOf(trained).Prepend(trained.Network.Encoder.LoadedWeights));
        SegmentationModelPackage package = Pack(trained, classes);
        TModel? model = null;
        try
        {
            model = Open(package);
            double difference = Compare(trained, PriorExport.LogitsToBytes(trained.Network), model, (validation ?? training).Samples.Read(0).Image);
            log.Info(FormattableString.Invariant($"Exported: ONNX Runtime and TorchSharp differ by {difference:G2} of the logits' range at most."));
            return new(package, model, trained.BestValidation);
        }
        catch (Exception e)
        {
            model?.Dispose();
            if (e is SegmentationModelException refused)
            {
                throw DifferingModel.Keep(refused, package, options.WorkspacePath);
            }

            throw;
        }
    }

    /// <summary>Names of the networks beside the encoder, for the log.</summary>
    protected abstract string Networks { get; }

    protected abstract TTrained Train(ISegmentationSamples samples, ISegmentationSamples? validation, SegmentationClasses classes, TrainingLog log);

    /// <summary>What was read from weight files for the networks beside the encoder.</summary>
    protected virtual IEnumerable<LoadedWeights?> WeightsOf(TTrained trained) => [];

    protected abstract SegmentationModelPackage Pack(TTrained trained, SegmentationClasses classes);

    protected abstract TModel Open(SegmentationModelPackage package);

    /// <summary>Compares what scores with what was trained, on one photograph.</summary>
    /// <returns>The largest difference as a share of the logits' range.</returns>
    /// <exception cref="SegmentationModelException">They differ.</exception>
    protected abstract double Compare(TTrained trained, byte[] logitsOnnx, TModel model, RgbImage photograph);

    private ViewSamples SamplesOf(IDataView view) => ViewSamples.Of(view, options.ImageColumnName, options.LabelColumnName, options.ShortSide, options.CancellationToken);

    private ViewSamples? ValidationOf(SegmentationClasses classes)
    {
        if (options.ValidationSet is not { } view)
        {
            return null;
        }

        TrainingColumns.RequireSame(TrainingColumns.Require(view.Schema, options), classes);
        return SamplesOf(view);
    }
}

/// <summary>What a <c>Fit</c> ends with.</summary>
/// <param name="Package">The trained model.</param>
/// <param name="Opened">What scores of it, open.</param>
/// <param name="Validation">The best validation; null without validation set.</param>
internal sealed record FittedModel<TModel>(SegmentationModelPackage Package, TModel Opened, SegmentationMetrics? Validation)
    where TModel : class, IDisposable
{
    /// <summary>What was compared on the CPU, where scoring goes on there; null, and closed, where it is to be opened on another device.</summary>
    public TModel? OpenedFor(TransformerScoring scoring)
    {
        if (scoring.Options.GpuDeviceId is null)
        {
            return Opened;
        }

        Opened.Dispose();
        return null;
    }
}

/// <summary>The columns that every trainer reads.</summary>
internal static class TrainingColumns
{
    /// <summary>Checks both columns.</summary>
    /// <returns>The classes of the label column.</returns>
    /// <exception cref="ArgumentException">One is missing, has the wrong type or no classes.</exception>
    public static SegmentationClasses Require(DataViewSchema schema, SegmentationTrainerOptions options)
    {
        SchemaChecks.RequireImage(schema, options.ImageColumnName);
        return ColumnAnnotations.RequireClasses(SchemaChecks.RequireLabelMap(schema, options.LabelColumnName));
    }

    /// <summary>Checks that the validation set has the classes of the training data.</summary>
    /// <exception cref="ArgumentException">It has others.</exception>
    public static void RequireSame(SegmentationClasses found, SegmentationClasses classes)
    {
        if (!found.HasSameNames(classes))
        {
            throw new ArgumentException($"ValidationSet has the classes of '{found.Name}' ({found.Count}), the training data those of '{classes.Name}' ({classes.Count}), expected the same: load both with the same SegmentationClasses.");
        }
    }

    /// <summary>The same for a schema's shape, which does not know the classes.</summary>
    /// <exception cref="ArgumentException">A column is missing or has the wrong type.</exception>
    public static void Require(SchemaShape shape, SegmentationTrainerOptions options)
    {
        SchemaShapes.RequireImage(shape, options.ImageColumnName);
        SchemaShapes.RequireLabelMap(shape, options.LabelColumnName);
    }
}
