using GSS.Core;
using GSS.Onnx;
using GSS.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>Package files as transformers.</summary>
[TestClass]
public sealed class FromPackageTests
{
    private static SegmentationCatalog Segmentation => new MLContext().Segmentation();

    [TestMethod]
    public void A_package_is_a_transformer_with_the_columns_that_are_asked_for()
    {
        using var folder = new TemporaryFolder();
        TinyScenes.Model.Package.Save(folder.File("street.gss"));
        using SegmentationTransformer made = Segmentation.FromPackage(folder.File("street.gss"), null, "Photo", "Guess", "Colours", "Sure", batchSize: 3);
        Assert.IsInstanceOfType<GenerativeSegmentationTransformer>(made);
        IDataView photographs = TinyScenes.Context.Transforms.CopyColumns("Photo", "Image").Fit(TinyScenes.Data).Transform(TinyScenes.Data);
        IDataView expected = TinyScenes.Model.Transform(TinyScenes.Data), found = made.Transform(photographs);
        CollectionAssert.AreEqual(TinyScenes.Column<LabelMap>(expected, "PredictedLabel"), TinyScenes.Column<LabelMap>(found, "Guess"));
        CollectionAssert.AreEqual(
            TinyScenes.Column<VBuffer<float>>(expected, "Confidence").SelectMany(values => values.DenseValues()).ToArray(),
            TinyScenes.Column<VBuffer<float>>(found, "Sure").SelectMany(values => values.DenseValues()).ToArray());
        CollectionAssert.AreEqual(TinyScenes.Column<MLImage>(expected, "Maskige")[2].Pixels.ToArray(), TinyScenes.Column<MLImage>(found, "Colours")[2].Pixels.ToArray());
        Assert.AreEqual(TinyScenes.Classes, ColumnAnnotations.RequireClasses(found.Schema["Guess"]));
    }

    [TestMethod]
    public void A_package_in_windows_goes_through_save_and_load()
    {
        using var folder = new TemporaryFolder();
        ScoredScenes.Model.Package.Save(folder.File("street.gss"));
        using SegmentationTransformer made = Segmentation.FromPackage(folder.File("street.gss"), ScoredScenes.Windows);
        Segmentation.Save(made, null, folder.File("street.zip"));
        string[] expected = [.. ScoredScenes.Expected(ScoredScenes.Model.Package, ScoredScenes.Windows).Select(ScoringProcess.Line)];
        CollectionAssert.AreEqual(expected, OptionsInAFreshProcessTests.Score((folder.File("street.zip"), "Image", "PredictedLabel"))[1..]);
    }

    [TestMethod]
    public void A_per_pixel_package_is_a_per_pixel_transformer()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("pixels.gss");
        ScoredScenes.PerPixel.Package.Save(path);
        using SegmentationTransformer made = Segmentation.FromPackage(path, new ScoringOptions { ThreadCount = 1 });
        Assert.IsInstanceOfType<PerPixelSegmentationTransformer>(made);
        CollectionAssert.AreEqual(ScoredScenes.Predicted(ScoredScenes.PerPixel), ScoredScenes.Predicted(made));
        Assert.Contains("which paints no maskige", Assert.ThrowsExactly<ArgumentException>(() => Segmentation.FromPackage(path, maskigeColumnName: "Maskige")).Message);
        using SegmentationTransformer windows = Segmentation.FromPackage(path, ScoredScenes.Windows);
        CollectionAssert.AreEqual(ScoredScenes.Expected(ScoredScenes.PerPixel.Package, ScoredScenes.Windows), ScoredScenes.Predicted(windows));
    }

    [TestMethod]
    public void What_cannot_be_used_is_told_before_the_file_is_opened()
    {
        string message = Assert.ThrowsExactly<ArgumentException>(() => Segmentation.FromPackage("none.gss", null, " ", "Same", "Same", "Same", batchSize: 0)).Message;
        foreach (string name in new[] { "FromPackage", "imageColumnName", "predictedLabelColumnName", "batchSize is 0" })
        {
            Assert.Contains(name, message);
        }

        Assert.Contains("'none.gss'", Assert.ThrowsExactly<SegmentationModelException>(() => Segmentation.FromPackage("none.gss")).Message);
        Assert.ThrowsExactly<SegmentationModelException>(() => Segmentation.FromPackage(SavedByOlderVersionsTests.SegmenterZip));
    }
}
