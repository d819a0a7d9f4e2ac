using System.Globalization;
using ApplyOnnxModel;
using GSS.Core;
using GSS.Onnx;
using GSS.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

namespace GSS.ML.Tests;

/// <summary>Exported files in ML.NET's own <c>ApplyOnnxModel</c>, and the sample that does so.</summary>
[TestClass]
public sealed class ApplyOnnxModelTests
{
    private static readonly OnnxExportOptions s_fixed = new() { BatchSize = 1, Width = 48, Height = 36, Outputs = SegmentationOutputs.Confidence };

    // The scenes of this size.
    private static IDataView Scenes(MLContext context) => context.Data.LoadFromEnumerable(
        new[] { 0, 1, 3, 4, 6 }.Select(i => new ScoringProcess.ImageFile { ImagePath = Path.Combine(TinyScenes.Images, $"{i}.png") }));

    [TestMethod]
    [DataRow(false, OnnxChannelOrder.Rgb, OnnxImageType.Float)]
    [DataRow(false, OnnxChannelOrder.Rgb, OnnxImageType.UInt8)]
    [DataRow(true, OnnxChannelOrder.Bgr, OnnxImageType.Float)]
    public void The_exported_file_gives_the_same_label_maps(bool perPixel, OnnxChannelOrder order, OnnxImageType type)
    {
        using var folder = new TemporaryFolder();
        bool bytes = type == OnnxImageType.UInt8;
        SegmentationTransformer model = perPixel ? ScoredScenes.PerPixel : ScoredScenes.Model;
        var context = new MLContext();
        model.ExportToOnnx(folder.File("street.onnx"), s_fixed with { ChannelOrder = order, ImageType = type, Layout = bytes ? OnnxImageLayout.Hwc : OnnxImageLayout.Chw });
        IDataView paths = Scenes(context);
        IDataView photographs = context.Transforms.LoadImages("Image", null, "ImagePath").Fit(paths).Transform(paths);
        IDataView expected = model.Transform(photographs);

        ImagePixelExtractingEstimator.ColorsOrder extracted = order == OnnxChannelOrder.Bgr ? ImagePixelExtractingEstimator.ColorsOrder.ABGR : ImagePixelExtractingEstimator.ColorsOrder.ARGB;
        var pipeline = context.Transforms.ResizeImages("resized", 48, 36, "Image")
            .Append(context.Transforms.ExtractPixels("image", "resized", orderOfExtraction: extracted, interleavePixelColors: bytes, outputAsFloatArray: !bytes))
            .Append(context.Transforms.ApplyOnnxModel(["labels", "confidence"], ["image"], folder.File("street.onnx")));
        using var applied = pipeline.Fit(photographs);
        IDataView found = applied.Transform(photographs);
        LabelMap[] labels = [.. TinyScenes.Column<VBuffer<byte>>(found, "labels").Select(values => new LabelMap(48, 36, [.. values.DenseValues()]))];
        CollectionAssert.AreEqual(TinyScenes.Column<LabelMap>(expected, "PredictedLabel"), labels);
        Assert.IsGreaterThan(1, labels.SelectMany(map => map.Ids.ToArray()).Distinct().Count(), "one class alone shows nothing");
        Assert.AreEqual("Vector<Byte, 1, 36, 48>", found.Schema["labels"].Type.ToString());
        if (perPixel)
        {
            float[] sure = [.. TinyScenes.Column<VBuffer<float>>(found, "confidence").SelectMany(values => values.DenseValues())];
            float[] own = [.. TinyScenes.Column<VBuffer<float>>(expected, "Confidence").SelectMany(values => values.DenseValues())];
            Assert.IsLessThan(1e-4, sure.Zip(own, (one, other) => (double)Math.Abs(one - other)).Max());
        }

        // Saved and loaded by ML.NET, the file is inside.
        context.Model.Save(applied, photographs.Schema, folder.File("applied.zip"));
        File.Delete(folder.File("street.onnx"));
        using var loaded = (IDisposable)context.Model.Load(folder.File("applied.zip"), out _);
        CollectionAssert.AreEqual(labels, TinyScenes.Column<VBuffer<byte>>(((ITransformer)loaded).Transform(photographs), "labels").Select(values => new LabelMap(48, 36, [.. values.DenseValues()])).ToArray());
    }

    [TestMethod]
    public void The_comparison_is_in_the_result_and_in_the_log()
    {
        using var folder = new TemporaryFolder();
        (MLContext context, List<string> lines) = ScoredScenes.ContextWithLog(ChannelMessageKind.Info);
        using SegmentationTransformer model = context.Segmentation().FromPackage(WithScoringTests.Saved(ScoredScenes.Model.Package), ScoredScenes.Windows, imageColumnName: "Photo");
        string path = folder.File("street.onnx");
        Assert.Contains("Column 'Photo' was not found", Assert.ThrowsExactly<ArgumentException>(() => model.ExportToOnnx(path, null, TinyScenes.Data)).Message);
        Assert.IsFalse(File.Exists(path));

        // Two sizes, and windows, which are no part of the file.
        IDataView photographs = context.Transforms.CopyColumns("Photo", "Image").Fit(TinyScenes.Data).Transform(TinyScenes.Data);
        OnnxExportResult result = model.ExportToOnnx(path, null, photographs);
        long pixels = Enumerable.Range(0, TinyScenes.Count).Sum(i => (long)TinyScenes.Draw(i).Image.Width * TinyScenes.Draw(i).Image.Height);
        Assert.AreEqual((TinyScenes.Count, pixels, pixels, new FileInfo(path).Length), (result.ComparedImages, result.ComparedPixels, result.EqualPixels, result.Bytes));
        Assert.AreEqual($"Exported: {result}.", lines.Single(line => line.StartsWith("Exported", StringComparison.Ordinal)));

        Assert.AreEqual(0, model.ExportToOnnx(path).ComparedImages);
        model.Model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.ExportToOnnx(path));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void The_sample_writes_the_mask_of_a_photograph_and_the_share_of_each_class(bool externalData)
    {
        using var folder = new TemporaryFolder();
        (string path, string photograph, string mask) = (folder.File("street.onnx"), Path.Combine(TinyScenes.Images, "1.png"), folder.File("labels.png"));
        ScoredScenes.Model.ExportToOnnx(path, s_fixed with { ExternalData = externalData });
        Assert.HasCount(externalData ? 1 : 0, Directory.GetFiles(folder.FullName, "street.onnx.*.data"));
        (string output, string error, int code) = Run("--model", path, "--image", photograph, "--output", mask);
        Assert.AreEqual((0, ""), (code, error));

        LabelMap labels = ScoredScenes.Predicted(ScoredScenes.Model)[1];
        RgbColor[] colors = [.. TinyScenes.Classes.Colors];
        byte[] expected = [.. labels.Ids.ToArray().SelectMany(id => new[] { colors[id].R, colors[id].G, colors[id].B })];
        CollectionAssert.AreEqual(expected, ImageReader.Read(mask).Pixels.ToArray());
        foreach (IGrouping<byte, byte> found in labels.Ids.ToArray().GroupBy(id => id))
        {
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{TinyScenes.Classes.Names[found.Key],-20} {100.0 * found.Count() / labels.Ids.Length,5:F1} %"), output);
        }

        ScoredScenes.Model.ExportToOnnx(path);
        Assert.Contains("expected Float [1, 3, height, width] with numbers for both: export it with a Width and a Height", Run("--model", path, "--image", photograph, "--output", mask).Error);
        File.WriteAllText(path, "no model");
        Assert.Contains("is no ONNX model", Run("--model", path, "--image", photograph, "--output", mask).Error);
        Assert.Contains("--output is missing; usage:", Run("--model", path, "--image", photograph).Error);
        Assert.Contains("does not exist", Run("--model", folder.File("none.onnx"), "--image", photograph, "--output", mask).Error);
    }

    private static (string Output, string Error, int Code) Run(params string[] arguments)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture), error = new(CultureInfo.InvariantCulture);
        int code = MaskCommand.Run(arguments, output, error);
        return (output.ToString(), error.ToString(), code);
    }
}
