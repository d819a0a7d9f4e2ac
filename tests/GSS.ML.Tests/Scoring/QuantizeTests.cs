using GSS.Core;
using GSS.Onnx;
using GSS.Tests;
using Microsoft.ML;

namespace GSS.ML.Tests;

/// <summary>Quantising in ML.NET: photographs in files, calibration, Save, a fresh process, Load, Transform.</summary>
[TestClass]
public sealed class QuantizeTests
{
    private static readonly QuantizationOptions s_all = new() { MinimumAgreement = 0 };

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_quantised_transformer_scores_the_same_in_a_fresh_process(bool perPixel)
    {
        using var folder = new TemporaryFolder();
        SegmentationTransformer exact = perPixel ? ScoredScenes.PerPixel : ScoredScenes.Model;
        using SegmentationTransformer model = exact.Quantize(Scenes(TinyScenes.Count), s_all);
        QuantizationResult result = model.Quantization!;
        Assert.AreEqual(("int8", (string?)null, exact.GetType()), (model.Manifest.Precision, exact.Manifest.Precision, model.GetType()));
        Assert.AreSame(result.Package, model.Package);
        Assert.IsNull(exact.Quantization);
        Assert.IsGreaterThan(0.9, result.Int8Share);
        Assert.HasCount(3, result.AgreementByCalibration);

        // The file is smaller, and what a fresh process says of it is what this one says.
        TinyScenes.Segmentation.Save(model, null, folder.File("int8.zip"));
        TinyScenes.Segmentation.Save(exact, null, folder.File("float.zip"));
        Assert.IsLessThan(new FileInfo(folder.File("float.zip")).Length, new FileInfo(folder.File("int8.zip")).Length);
        string[] expected = [.. OptionsInAFreshProcessTests.Lines(model, OptionsInAFreshProcessTests.Photographs("Image"), "PredictedLabel")];
        CollectionAssert.AreEqual(expected, OptionsInAFreshProcessTests.Score((folder.File("int8.zip"), "Image", "PredictedLabel")));

        // The fourth of four is held out; these label maps are what was counted.
        LabelMap[] exactLabels = [.. TinyScenes.Column<LabelMap>(exact.Transform(Scenes(4)), "PredictedLabel")], labels = [.. TinyScenes.Column<LabelMap>(model.Transform(Scenes(4)), "PredictedLabel")];
        double equal = exactLabels[3].Ids.ToArray().Zip(labels[3].Ids.ToArray()).Count(pair => pair.First == pair.Second);
        Assert.AreEqual(equal / labels[3].Ids.Length, result.Agreement, 1e-12);
    }

    [TestMethod]
    public void A_copy_with_other_options_knows_how_it_was_quantised_and_the_log_hears_of_it()
    {
        var lines = new List<string>();
        var context = new MLContext();
        context.Log += (_, e) => lines.Add(e.Message);
        using var folder = new TemporaryFolder();
        ScoredScenes.PerPixel.Package.Save(folder.File("float.gss"));
        using SegmentationTransformer exact = context.Segmentation().FromPackage(folder.File("float.gss"));
        using SegmentationTransformer model = exact.Quantize(Scenes(2), s_all), copy = model.WithScoring(new() { ThreadCount = 1 });
        Assert.AreSame(model.Quantization, copy.Quantization);
        Assert.IsTrue(lines.Any(line => line.Contains($"Quantised: {model.Quantization}.", StringComparison.Ordinal)), string.Join('\n', lines));
    }

    [TestMethod]
    public void What_cannot_be_quantised_is_refused_in_one_sentence()
    {
        SegmentationTransformer exact = ScoredScenes.PerPixel;
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => exact.Quantize(Scenes(0))).Message, "Found no image to calibrate on");
        string message = Assert.Throws<ArgumentException>(() => exact.Quantize(new MLContext().Data.LoadFromEnumerable([new ScoringProcess.ImageFile { ImagePath = "a" }]))).Message;
        Assert.Contains("Image", message);
        using SegmentationTransformer model = exact.Quantize(Scenes(1), s_all);
        Assert.AreEqual("Found a model in int8, expected one in 32 bits: quantise the model that training saved.", Assert.ThrowsExactly<NotSupportedException>(() => model.Quantize(Scenes(1))).Message);
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => exact.Quantize(Scenes(1), s_all, cancel.Token));
    }

    // As ML.NET's own loader gives them.
    private static IDataView Scenes(int count)
    {
        var context = new MLContext();
        IDataView paths = context.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new ScoringProcess.ImageFile { ImagePath = Path.Combine(TinyScenes.Images, $"{i}.png") }));
        return context.Transforms.LoadImages("Image", null, "ImagePath").Fit(paths).Transform(paths);
    }
}
