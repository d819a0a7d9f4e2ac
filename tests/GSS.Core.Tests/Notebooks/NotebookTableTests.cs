using System.Xml.Linq;
using GSS.Tests;

namespace GSS.Core.Tests;

[TestClass]
public sealed class NotebookTableTests
{
    private static readonly SegmentationClasses Classes = new("Odd", ["a<b>&\"c'", "two"], [new(255, 0, 0), new(0, 0, 255)]);

    private static ConfusionMatrix Counted()
    {
        var matrix = new ConfusionMatrix(2);
        matrix.Add(new LabelMap(4, 1, [0, 0, 0, 1]), new LabelMap(4, 1, [0, 0, 1, 1]));
        return matrix;
    }

    private static string[][] Rows(XElement html) => [.. html.Descendants("tr").Select(row => row.Elements().Select(cell => cell.Value).ToArray())];

    [TestMethod]
    public void Metrics_HaveARowForEachClass_WithItsNameEscaped()
    {
        SegmentationMetrics metrics = Counted().ToMetrics(Classes);
        XElement html = NotebookKernel.Show(metrics);
        string[][] rows = Rows(html);
        CollectionAssert.AreEqual(new[] { "class", "", "IoU %", "accuracy %", "precision %", "pixels" }, rows[0]);
        CollectionAssert.AreEqual(new[] { "a<b>&\"c'", "", "66.7", "66.7", "100.0", "3" }, rows[1]);
        CollectionAssert.AreEqual(new[] { "two", "", "50.0", "100.0", "50.0", "1" }, rows[2]);
        CollectionAssert.AreEqual(new[] { "107", "80" }, html.Descendants("img").Select(bar => bar.Attribute("width")!.Value).ToArray(), "bars of 160 pixels for 100 %");
        StringAssert.Contains(html.Value, metrics.ToLine());
        Assert.IsTrue(html.ToString().Contains("a&lt;b&gt;&amp;", StringComparison.Ordinal));
    }

    [TestMethod]
    public void Metrics_OfAbsentClasses_ShowDashes()
    {
        var matrix = new ConfusionMatrix(2);
        matrix.Add(new LabelMap(1, 1, [0]), new LabelMap(1, 1, [0]));
        CollectionAssert.AreEqual(new[] { "class 1", "", "-", "-", "-", "0" }, Rows(NotebookKernel.Show(matrix.ToMetrics()))[2]);
    }

    [TestMethod]
    public void ConfusionMatrix_ShowsSharesOfEachRow()
    {
        ConfusionMatrix matrix = Counted().ToMetrics(Classes).ConfusionMatrix;
        string[][] rows = Rows(NotebookKernel.Show(matrix));
        CollectionAssert.AreEqual(new[] { "", "a<b>&\"c'", "two" }, rows[0]);
        CollectionAssert.AreEqual(new[] { "a<b>&\"c'", "66.7", "33.3" }, rows[1]);
        CollectionAssert.AreEqual(new[] { "two", "0.0", "100.0" }, rows[2]);
        Assert.AreEqual("ConfusionMatrix of 2 classes, 4 pixels", matrix.ToString());
        Assert.AreEqual("class 0", Rows(NotebookKernel.Show(Counted()))[0][1], "without classes it is numbered");
        Assert.AreEqual("-", Rows(NotebookKernel.Show(new ConfusionMatrix(1)))[1][1]);
    }

    [TestMethod]
    public void Ceiling_ShowsBothColumns()
    {
        SegmentationMetrics metrics = Counted().ToMetrics(Classes);
        CollectionAssert.AreEqual(new[] { "two", "", "50.0" }, Rows(NotebookKernel.Show(new TokenizerCeiling { Reconstruction = metrics }))[2]);
        XElement both = NotebookKernel.Show(new TokenizerCeiling { Reconstruction = metrics, Prediction = metrics, PredictionAgainstReconstruction = metrics });
        CollectionAssert.AreEqual(new[] { "two", "", "50.0", "50.0" }, Rows(both)[2]);
        StringAssert.Contains(both.Value, "mIoU 58.33 % of the prediction against the truth");
    }

    [TestMethod]
    public void Palette_NamesTheMostSimilarColor()
    {
        XElement html = NotebookKernel.Show(MaskigePalette.FromColors([new(0, 0, 0), new(3, 4, 0), new(255, 255, 255)]));
        CollectionAssert.AreEqual(new[] { "0", "", "#000000", "1", "", "5.0" }, Rows(html)[1]);
        RgbImage swatch = ImageReader.Read(new MemoryStream(NotebookKernel.Picture(html)), "swatch");
        CollectionAssert.AreEqual(new byte[] { 0, 0, 0 }, swatch.Pixels.ToArray());
        CollectionAssert.AreEqual(new[] { "0", "", "#000000", "-", "", "-" }, Rows(NotebookKernel.Show(MaskigePalette.FromColors([default])))[1]);
    }

    [TestMethod]
    public void Classes_ShowTheirNamesAndColors() =>
        CollectionAssert.AreEqual(new[] { "0", "", "a<b>&\"c'", "#ff0000" }, Rows(NotebookKernel.Show(Classes))[1]);

    [TestMethod]
    public void Html_ClosesWhatABrowserWouldLeaveOpen()
    {
        XElement html = NotebookKernel.Show(Counted().ToMetrics(Classes));
        Assert.IsFalse(html.DescendantsAndSelf().Any(element => element.IsEmpty && element.Name.LocalName != "img"), "Only img may be closed in its own tag.");
    }
}
