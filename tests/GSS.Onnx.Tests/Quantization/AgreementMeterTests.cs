using GSS.Core;
using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class AgreementMeterTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void It_ends_between_two_images(bool perPixel)
    {
        SegmentationModelPackage package = perPixel ? ConvolutionModel.PerPixel() : ConvolutionModel.Generative();
        using var cancel = new CancellationTokenSource();
        using var meter = new AgreementMeter(package, ConvolutionModel.Images(2), new(), package.Manifest.ShortSide, cancel.Token);
        Assert.AreEqual(1, meter.Measure(package));
        cancel.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => meter.Measure(package));
        Assert.ThrowsExactly<OperationCanceledException>(() => new AgreementMeter(package, ConvolutionModel.Images(2), new(), package.Manifest.ShortSide, cancel.Token));
    }

    [TestMethod]
    public void Agreement_is_that_at_the_short_side_that_the_model_was_opened_with()
    {
        RgbImage[] images = ConvolutionModel.Images(8);
        var options = new ScoringOptions { ShortSide = 32 };
        using var exact = new SegmentationModel(ConvolutionModel.PerPixel(), options);
        QuantizationResult result = exact.Quantize(images, new() { MinimumAgreement = 0, Calibration = QuantizationCalibration.Percentile, Percentile = 90 });
        using var quantized = new SegmentationModel(result.Package, options);
        (int equal, int all) = (0, 0);
        foreach (RgbImage image in new[] { images[3], images[7] })
        {
            (byte[] one, byte[] other) = (exact.Predict(image).Labels.Ids.ToArray(), quantized.Predict(image).Labels.Ids.ToArray());
            equal += one.Zip(other).Count(pair => pair.First == pair.Second);
            all += one.Length;
        }

        Assert.IsLessThan(1, result.Agreement);
        Assert.AreEqual((double)equal / all, result.Agreement, 1e-12);
    }
}
