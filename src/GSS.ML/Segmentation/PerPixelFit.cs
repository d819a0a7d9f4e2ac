using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>Training of a per-pixel head as one call of <c>Fit</c>.</summary>
/// <param name="context">Whose log hears of it.</param>
/// <param name="options">How to train; validated already.</param>
internal sealed class PerPixelFit(MLContext context, PerPixelSegmenter.Options options)
    : SegmenterFit<TrainedPerPixel, SegmentationModel>(context, nameof(PerPixelSegmenter), options)
{
    protected override string Networks => $"the head {options.Head}";

    protected override TrainedPerPixel Train(ISegmentationSamples samples, ISegmentationSamples? validation, SegmentationClasses classes, Action<TrainingProgress> report) =>
        PerPixelTraining.Run(samples, classes, options.ToPerPixelOptions() with { Progress = report }, validation);

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

    // Logits do not leave the graph: label maps are compared.
    protected override FormattableString Compare(TrainedPerPixel trained, SegmentationModel model, RgbImage photograph) =>
        $"label maps of ONNX Runtime and TorchSharp differ in {100 * ExportParity.CheckLabels(trained.Logits, trained.Predict, image => model.Predict(image).Labels, photograph):G2} % of the pixels.";
}
