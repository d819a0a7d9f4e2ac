using GSS.Core;
using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class QuantizeTests
{
    private static readonly QuantizationOptions All = new() { MinimumAgreement = 0 };

    [TestMethod]
    [DataRow("nearest colour")]
    [DataRow("network")]
    [DataRow("decision")]
    [DataRow("per pixel")]
    public void A_quantised_model_agrees_and_is_saved_loaded_and_exported(string kind)
    {
        SegmentationModelPackage package = kind switch
        {
            "network" => ConvolutionModel.WithInverse(),
            "per pixel" => ConvolutionModel.PerPixel(),
            "decision" => TestModel.Package(prior: ConvolutionModel.PriorWithDecision(tied: true, TestModel.TokenCount)),
            _ => ConvolutionModel.Generative(),
        };
        RgbImage[] images = ConvolutionModel.Images(12);
        using var exact = new SegmentationModel(package);
        QuantizationResult result = exact.Quantize(images, All);
        Assert.AreEqual("int8", result.Package.Manifest.Precision);
        Assert.IsGreaterThan(0.9, result.Int8Share);
        Assert.IsTrue(result.Layers.All(layer => layer.Disagreement is null));
        Assert.HasCount(3, result.AgreementByCalibration);
        Assert.AreEqual(result.AgreementByCalibration.Values.Max(), result.Agreement);
        Assert.AreEqual(result.AgreementByCalibration[result.Calibration], result.Agreement);

        string folder = Directory.CreateTempSubdirectory("gss-int8-").FullName;
        try
        {
            string path = Path.Combine(folder, "int8.gss");
            result.Package.Save(path);
            using SegmentationModel loaded = SegmentationModel.Load(path);
            Assert.AreEqual("int8", loaded.Manifest.Precision);
            Assert.AreEqual(package.Manifest.Variant, loaded.Manifest.Variant);
            SegmentationResult[] expected = exact.Predict(images), found = loaded.Predict(images);
            Assert.IsGreaterThan(1, expected.SelectMany(one => one.Labels.Ids.ToArray()).Distinct().Count());
            Assert.AreEqual(result.Agreement, Agreement(expected, found, i => i % 4 == 3), 1e-12, "The held-out images are the fourth of each four.");
            Assert.IsGreaterThan(0.95, Agreement(expected, found, _ => true));

            OnnxExportResult exported = loaded.ExportToOnnx(Path.Combine(folder, "int8.onnx"), images: images.Take(3));
            Assert.AreEqual(1, exported.EqualShare, 0.002);
            using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(Path.Combine(folder, "int8.onnx"));
            Assert.AreEqual("int8", session.ModelMetadata.CustomMetadataMap["gss.precision"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void Layers_stay_float_until_the_label_maps_agree()
    {
        RgbImage[] images = ConvolutionModel.Images(8);
        using var exact = new SegmentationModel(ConvolutionModel.Generative());
        QuantizationOptions coarse = new() { Calibration = QuantizationCalibration.Percentile, Percentile = 60 };
        QuantizationResult poor = exact.Quantize(images, coarse with { MinimumAgreement = 0 }), good = exact.Quantize(images, coarse with { MinimumAgreement = 0.9 }), same = exact.Quantize(images, coarse with { MinimumAgreement = 1 });
        Assert.IsLessThan(0.9, poor.Agreement);
        Assert.IsGreaterThanOrEqualTo(0.9, good.Agreement);
        Assert.AreEqual(1, same.Agreement);
        Assert.IsTrue(good.Layers.Any(layer => !layer.IsInt8) && good.Layers.Any(layer => layer.Disagreement > 0));
        Assert.IsTrue(poor.Layers.All(layer => layer.Disagreement is null));
        Assert.IsLessThanOrEqualTo(good.Int8Share, same.Int8Share);
        using var opened = new SegmentationModel(good.Package);
        Assert.AreEqual(good.Agreement, Agreement(exact.Predict(images), opened.Predict(images), i => i % 4 == 3), 1e-12);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(128)]
    [DataRow(255)]
    public void Images_of_one_colour_do_not_break_it(int value)
    {
        var image = new RgbImage(32, 32);
        image.Pixels.Fill((byte)value);
        using var exact = new SegmentationModel(ConvolutionModel.Generative());
        QuantizationResult result = exact.Quantize([image]);
        using var quantized = new SegmentationModel(result.Package);
        Assert.IsGreaterThanOrEqualTo(new QuantizationOptions().MinimumAgreement, Agreement(exact.Predict([image]), quantized.Predict([image]), _ => true));
    }

    [TestMethod]
    public void Bad_options_are_listed_together()
    {
        using SegmentationModel model = TestModel.Open();
        ArgumentException e = Assert.ThrowsExactly<ArgumentException>(() => model.Quantize([], new() { Calibration = (QuantizationCalibration)9, Percentile = 50, MinimumAgreement = 1.5, ThreadCount = -1 }));
        Assert.AreEqual(
            "The QuantizationOptions cannot be used: Calibration is 9, expected Best, MinMax, Percentile, Entropy; Percentile is 50, expected above 50 and up to 100; "
            + "MinimumAgreement is 1.5, expected 0 to 1; ThreadCount is -1, expected 0 (one for each core) or more.", e.Message);
    }

    [TestMethod]
    public void What_cannot_be_quantised_is_refused_in_one_sentence()
    {
        using var model = new SegmentationModel(ConvolutionModel.Generative());
        ArgumentException none = Assert.ThrowsExactly<ArgumentException>(() => model.Quantize([]));
        StringAssert.StartsWith(none.Message, "Found no image to calibrate on, expected one or more: give images like those that the model will see.");
        using var quantized = new SegmentationModel(model.Quantize(ConvolutionModel.Images(1), All).Package);
        NotSupportedException twice = Assert.ThrowsExactly<NotSupportedException>(() => quantized.Quantize(ConvolutionModel.Images(1)));
        Assert.AreEqual("Found a model in int8, expected one in 32 bits: quantise the model that training saved.", twice.Message);
        using var plain = new SegmentationModel(TestModel.PerPixelPackage());
        NotSupportedException without = Assert.ThrowsExactly<NotSupportedException>(() => plain.Quantize(ConvolutionModel.Images(1)));
        Assert.AreEqual("Found no convolution with constant weights in 'segmenter.onnx', expected one or more to quantise: use the model as it is.", without.Message);
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => model.Quantize(ConvolutionModel.Images(1), All, cancel.Token));
    }

    private static double Agreement(SegmentationResult[] expected, SegmentationResult[] found, Func<int, bool> counts)
    {
        int[] images = [.. Enumerable.Range(0, expected.Length).Where(counts)];
        return images.Sum(i => expected[i].Labels.Ids.ToArray().Zip(found[i].Labels.Ids.ToArray()).Count(pair => pair.First == pair.Second)) / (double)images.Sum(i => expected[i].Labels.Ids.Length);
    }
}
