using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>Stage II, latent prior learning, as one call of <c>Fit</c>.</summary>
/// <param name="context">The context whose log receives the messages.</param>
/// <param name="trainer">The trainer's name in the log.</param>
/// <param name="options">How to train; validated already.</param>
/// <param name="palette">One colour for each class.</param>
/// <param name="variant">The variant's name for the manifest, where X⁻¹ is no network.</param>
internal sealed class PriorFit(MLContext context, string trainer, GenerativeTrainerOptions options, MaskigePalette palette, string variant)
    : SegmenterFit<TrainedPrior, LatentPriorModel>(context, trainer, options)
{
    protected override string Networks => $"the token head {options.TokenHead} and the tokenizer {options.Tokenizer}";

    protected override TrainedPrior Train(ISegmentationSamples samples, ISegmentationSamples? validation, SegmentationClasses classes, Action<TrainingProgress> report) =>
        LatentPriorTraining.Run(samples, classes, palette, options.ToGenerativeOptions() with { Progress = report }, validation);

    protected override IEnumerable<LoadedWeights?> WeightsOf(TrainedPrior trained) => trained.Tokenizer.LoadedWeights.Append(trained.Inverse?.LoadedWeights);

    protected override SegmentationModelPackage Pack(TrainedPrior trained, SegmentationClasses classes)
    {
        var manifest = new SegmentationModelManifest
        {
            Variant = trained.Inverse?.Variant ?? variant,
            Classes = classes,
            Palette = palette,
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
        return new SegmentationModelPackage(manifest, parts[SegmentationModelPackage.PriorPart], parts[SegmentationModelPackage.DecoderPart]);
    }

    protected override LatentPriorModel Open(SegmentationModelPackage package) => new(package.Prior!, options.ShortSide);

    protected override double Compare(TrainedPrior trained, byte[] logitsOnnx, LatentPriorModel model, RgbImage photograph) =>
        ExportParity.Check(trained.Logits, logitsOnnx, model, trained.TokenDecoding == TokenDecoding.MostLikely, trained.KeptTokens, photograph);
}
