using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>Stage II, latent prior learning, as one call of <c>Fit</c>.</summary>
/// <param name="context">The context whose log receives the messages.</param>
/// <param name="trainer">The trainer's name in the log.</param>
/// <param name="options">How to train; validated already.</param>
/// <param name="maskige">X and X⁻¹.</param>
/// <param name="start">Weights to start from; null starts anew.</param>
internal sealed class PriorFit(MLContext context, string trainer, GenerativeTrainerOptions options, MaskigePlan maskige, StartWeights? start = null)
    : SegmenterFit<TrainedPrior, LatentPriorModel>(context, trainer, options)
{
    protected override string Networks => $"the token head {options.TokenHead} and the tokenizer {options.Tokenizer}";

    protected override TrainedPrior Train(ISegmentationSamples samples, ISegmentationSamples? validation, SegmentationClasses classes, TrainingLog log)
    {
        (MaskigePalette palette, byte[]? inverse) = (maskige.Palette, maskige.InverseWeights);
        if (maskige.LearnsFromLabelMaps)
        {
            using TrainedPosterior posterior = Posterior(log, "posterior").Run(samples, classes, palette, validation);
            (palette, inverse) = (posterior.Palette, posterior.Inverse?.ToBytes());
        }

        TrainedPrior prior = LatentPriorTraining.Run(samples, classes, palette, inverse, options.ToGenerativeOptions() with { Progress = log.Report, Start = start, Told = log.Info }, validation);
        try
        {
            if (maskige.LearnsFromPredictions)
            {
                TrainedPosterior posterior = Posterior(log, "inverse", weighted: true).Run(samples, prior, validation);
                prior.Take(posterior.Inverse!, posterior.Validation);
            }

            return prior;
        }
        catch
        {
            prior.Dispose();
            throw;
        }
    }

    private PosteriorFit Posterior(TrainingLog log, string folder, bool weighted = false)
    {
        PosteriorTrainingOptions training = maskige.Posterior!.ToTraining(maskige.Variant, options.Tokenizer, options, PosteriorFit.Folder(options.WorkspacePath, folder));
        return new(log, maskige.Name, weighted ? training with { ClassWeights = options.ClassWeights, ClassWeightPower = options.FinalClassWeightPower } : training, maskige.Posterior.Progress);
    }

    protected override IEnumerable<LoadedWeights?> WeightsOf(TrainedPrior trained) => trained.Tokenizer.LoadedWeights.Append(trained.Inverse?.LoadedWeights);

    protected override SegmentationModelPackage Pack(TrainedPrior trained, SegmentationClasses classes)
    {
        var manifest = new SegmentationModelManifest
        {
            Variant = maskige.Name,
            Classes = classes,
            Palette = trained.Palette,
            Tokenizer = options.Tokenizer.Name,
            Stride = options.Tokenizer.Stride,
            VocabularySize = options.Tokenizer.VocabularySize,
            TokenDecoding = trained.TokenDecoding.ToString(),
            Encoder = options.Encoder.Name,
            ShortSide = options.ShortSide,
            Mean = trained.Network.Encoder.InputMean,
            StandardDeviation = trained.Network.Encoder.InputDeviation,
        };
        IReadOnlyDictionary<string, byte[]> parts = trained.Export();
        return new SegmentationModelPackage(manifest, parts[SegmentationModelPackage.PriorPart], parts[SegmentationModelPackage.DecoderPart])
        {
            InverseWeights = trained.Inverse?.ToBytes(),
            TrainingWeights = options.KeepTrainingWeights ? StartWeights.Of(trained.Network) : null,
        };
    }

    protected override LatentPriorModel Open(SegmentationModelPackage package) => new(package.Prior!, options.ShortSide);

    protected override double Compare(TrainedPrior trained, byte[] logitsOnnx, LatentPriorModel model, RgbImage photograph) =>
        ExportParity.Check(trained.Logits, logitsOnnx, model, trained.TokenDecoding == TokenDecoding.MostLikely, trained.KeptTokens, photograph);
}
