using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>Training of a per-pixel head as one call of <c>Fit</c>.</summary>
/// <param name="context">The context whose log receives the messages.</param>
/// <param name="options">How to train; validated already.</param>
internal sealed class PerPixelFit(MLContext context, PerPixelSegmenter.Options options)
    : SegmenterFit<TrainedPerPixel, SegmentationModel>(context, nameof(PerPixelSegmenter), options)
{
    protected override string Networks => $"the head {options.Head}";

    protected override TrainedPerPixel Train(ISegmentationSamples samples, ISegmentationSamples? validation, SegmentationClasses classes, TrainingLog log) =>
        PerPixelTraining.Run(samples, classes, options.ToPerPixelOptions() with { Progress = log.Report }, validation);

    protected override SegmentationModelPackage Pack(TrainedPerPixel trained, SegmentationClasses classes)
    {
        var manifest = new SegmentationModelManifest
        {
            Method = SegmentationMethod.PerPixel,
            Variant = options.Head.Name,
            Classes = classes,
            Encoder = options.Encoder.Name,
            ShortSide = options.ShortSide,
            Mean = trained.Network.Encoder.InputMean,
            StandardDeviation = trained.Network.Encoder.InputDeviation,
        };
        return new SegmentationModelPackage(manifest, trained.Export()[SegmentationModelPackage.SegmenterPart]);
    }

    protected override SegmentationModel Open(SegmentationModelPackage package) => new(package);

    protected override double Compare(TrainedPerPixel trained, byte[] logitsOnnx, SegmentationModel model, RgbImage photograph) =>
        ExportParity.CheckLabels(trained.Logits, logitsOnnx, trained.Predict, model.PredictUnresized, photograph);
}
