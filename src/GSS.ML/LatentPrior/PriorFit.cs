using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>One call of <c>Fit</c>: Stage II on the samples of a view, exported, compared with what was trained, and packed.</summary>
internal static class PriorFit
{
    /// <summary>Trains.</summary>
    /// <param name="context">Whose log hears of it.</param>
    /// <param name="trainer">The trainer's name in the log.</param>
    /// <param name="options">How to train; validated already.</param>
    /// <param name="data">The training data; its columns are checked already.</param>
    /// <param name="classes">The classes of the label column.</param>
    /// <param name="palette">One colour for each class.</param>
    /// <param name="variant">The variant's name for the manifest.</param>
    public static FittedPrior Run(
        MLContext context, string trainer, GenerativeTrainerOptions options, IDataView data, SegmentationClasses classes, MaskigePalette palette, string variant)
    {
        using var log = new TrainingLog(context, trainer, options);
        using ViewSamples training = ViewSamples.Of(data, options.ImageColumnName, options.LabelColumnName, options.ShortSide, options.CancellationToken);
        using ViewSamples? validation = ValidationOf(options, classes);
        log.Info($"Training {trainer} on {training.Samples.Count} samples of '{classes.Name}' ({classes.Count} classes) with {options.Encoder}, the token head {options.TokenHead} and the tokenizer {options.Tokenizer}.");
        log.Warn(LabelAudit.Of(training.AsGiven, classes, options.CancellationToken));
        GenerativeOptions priorOptions = options.ToGenerativeOptions() with { Progress = log.Report };
        using TrainedPrior trained = LatentPriorTraining.Run(training.Samples, classes, palette, priorOptions, validation?.Samples);
        log.ReportEnd(trained);

        foreach (LoadedWeights weights in trained.Tokenizer.LoadedWeights.Prepend(trained.Network.Encoder.LoadedWeights).Append(trained.Inverse?.LoadedWeights).OfType<LoadedWeights>())
        {
            log.Info(weights.ToString());
        }

        byte[] prior = PriorExport.ToBytes(trained.Network, trained.DecisiveCodes);
        var model = new LatentPriorModel(prior, options.ShortSide);
        try
        {
            double difference = ExportParity.Check(trained.Logits, PriorExport.LogitsToBytes(trained.Network), model, trained.DecisiveCodes is null, (validation ?? training).Samples.Read(0).Image);
            log.Info(FormattableString.Invariant($"Exported: ONNX Runtime and TorchSharp differ by {difference:G2} of the logits' range at most."));
            return new FittedPrior(Pack(options, classes, palette, variant, trained, prior), model, trained.BestValidation);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static SegmentationModelPackage Pack(GenerativeTrainerOptions options, SegmentationClasses classes, MaskigePalette palette, string variant, TrainedPrior trained, byte[] prior)
    {
        var manifest = new SegmentationModelManifest
        {
            Variant = trained.Inverse?.Variant ?? variant,
            Classes = classes,
            Palette = palette,
            Tokenizer = options.Tokenizer.Name,
            Stride = options.Tokenizer.Stride,
            VocabularySize = options.Tokenizer.VocabularySize,
            Encoder = options.Encoder.Name,
            ShortSide = options.ShortSide,
            Mean = trained.Network.Encoder.InputMean,
            StandardDeviation = trained.Network.Encoder.InputDeviation,
        };
        return new SegmentationModelPackage(manifest, prior, TokenizerExport.DecoderToBytes(trained.Tokenizer, trained.Inverse));
    }

    private static ViewSamples? ValidationOf(GenerativeTrainerOptions options, SegmentationClasses classes)
    {
        if (options.ValidationSet is not { } view)
        {
            return null;
        }

        SchemaChecks.RequireImage(view.Schema, options.ImageColumnName);
        SegmentationClasses found = ColumnAnnotations.RequireClasses(SchemaChecks.RequireLabelMap(view.Schema, options.LabelColumnName));
        return found.Names.SequenceEqual(classes.Names)
            ? ViewSamples.Of(view, options.ImageColumnName, options.LabelColumnName, options.ShortSide, options.CancellationToken)
            : throw new ArgumentException($"ValidationSet has the classes of '{found.Name}' ({found.Count}), the training data those of '{classes.Name}' ({classes.Count}), expected the same: load both with the same SegmentationClasses.");
    }
}

/// <summary>What a <c>Fit</c> ends with.</summary>
/// <param name="Package">The trained model.</param>
/// <param name="Model">Its prior, open.</param>
/// <param name="Validation">The best validation; null without validation set.</param>
internal sealed record FittedPrior(SegmentationModelPackage Package, LatentPriorModel Model, SegmentationMetrics? Validation);
