using GSS.Tests;

namespace GSS.Core.Tests;

[TestClass]
public class SegmentationMetricsTests
{
    [TestMethod]
    [DataRow("plain")]
    [DataRow("absent_both")]
    [DataRow("absent_gt")]
    [DataRow("reduce_zero")]
    public void Metrics_EqualTheReference(string scene)
    {
        GoldenFile golden = GoldenFile.Open("h_metrics.safetensors");
        int images = (int)golden.Longs($"{scene}.n")[0];
        int classCount = (int)golden.Shape($"{scene}.areas0")[1];
        var whole = new ConfusionMatrix(classCount);
        for (int i = 0; i < images; i++)
        {
            long[] shape = golden.Shape($"{scene}.gt{i}");
            LabelMap truth = Map(golden.Longs($"{scene}.gt{i}"), shape, reduceZero: scene == "reduce_zero");
            LabelMap predicted = Map(golden.Longs($"{scene}.pred{i}"), shape, reduceZero: false);
            var one = new ConfusionMatrix(classCount);
            one.Add(truth, predicted);
            whole.Add(one);
            // Areas of intersection, union, prediction and truth, in mmseg's order.
            IReadOnlyList<ClassMetrics> classes = one.ToMetrics().PerClass;
            long[] areas = [.. classes.Select(c => c.Intersection), .. classes.Select(c => c.TruthPixels + c.PredictedPixels - c.Intersection),
                            .. classes.Select(c => c.PredictedPixels), .. classes.Select(c => c.TruthPixels)];
            CollectionAssert.AreEqual(golden.Longs($"{scene}.areas{i}"), areas);
        }

        SegmentationMetrics metrics = whole.ToMetrics();
        AssertClose(golden.Floats($"{scene}.IoU"), metrics.PerClass.Select(c => c.IoU));
        AssertClose(golden.Floats($"{scene}.Acc"), metrics.PerClass.Select(c => c.Accuracy));
        AssertClose(golden.Floats($"{scene}.Recall"), metrics.PerClass.Select(c => c.Accuracy));
        AssertClose(golden.Floats($"{scene}.Precision"), metrics.PerClass.Select(c => c.Precision));
        AssertClose(golden.Floats($"{scene}.Dice"), metrics.PerClass.Select(c => c.Dice));
        AssertClose(golden.Floats($"{scene}.aAcc"), [metrics.PixelAccuracy]);
        Assert.AreEqual(golden.Doubles($"{scene}.summary.aAcc_x100_rounded2_f64")[0], 100 * metrics.PixelAccuracy, 0.0051);
        Assert.AreEqual(golden.Doubles($"{scene}.summary.IoU_x100_rounded2_f64")[0], 100 * metrics.MeanIoU, 0.0051);
        Assert.AreEqual(golden.Doubles($"{scene}.summary.Acc_x100_rounded2_f64")[0], 100 * metrics.MeanAccuracy, 0.0051);
    }

    [TestMethod]
    public void Metrics_OfATinyCaseAreTheFractionsByHand()
    {
        // Truth 0 0 1 1, prediction 0 1 1 2: IoU 1/2, 1/3, 0; accuracy 1/2, 1/2, none.
        var confusion = new ConfusionMatrix(4);
        confusion.Add(new LabelMap(4, 1, [0, 0, 1, 1]), new LabelMap(4, 1, [0, 1, 1, 2]));
        SegmentationMetrics metrics = confusion.ToMetrics();
        CollectionAssert.AreEqual(new[] { 1.0 / 2, 1.0 / 3, 0.0, double.NaN }, metrics.PerClass.Select(c => c.IoU).ToArray());
        CollectionAssert.AreEqual(new[] { 0.5, 0.5, double.NaN, double.NaN }, metrics.PerClass.Select(c => c.Accuracy).ToArray());
        Assert.AreEqual((0.5 + (1.0 / 3) + 0) / 3, metrics.MeanIoU, 1e-15);
        Assert.AreEqual(0.5, metrics.MeanAccuracy, 1e-15);
        Assert.AreEqual(0.5, metrics.PixelAccuracy, 1e-15);
    }

    [TestMethod]
    public void Metrics_WithoutLabelledPixelsAreNotNumbers()
    {
        var confusion = new ConfusionMatrix(2);
        confusion.Add(new LabelMap(2, 1, [255, 255]), new LabelMap(2, 1, [0, 1]));
        SegmentationMetrics metrics = confusion.ToMetrics();
        Assert.IsTrue(double.IsNaN(metrics.MeanIoU) && double.IsNaN(metrics.MeanAccuracy) && double.IsNaN(metrics.PixelAccuracy));
    }

    [TestMethod]
    public void ToString_IsATableInPercent()
    {
        var confusion = new ConfusionMatrix(3);
        confusion.Add(new LabelMap(4, 1, [0, 0, 1, 255]), new LabelMap(4, 1, [0, 1, 1, 0]));
        var classes = new SegmentationClasses("test", ["sky", "road marking", "pole"], [new(0, 0, 0), new(1, 1, 1), new(2, 2, 2)]);
        string expected = """
            class            IoU     Acc
            ----------------------------
            sky            50.00   50.00
            road marking   50.00  100.00
            pole               -       -
            ----------------------------
            mIoU 50.00  mAcc 75.00  aAcc 66.67
            mIoU over 2 of 3 classes, in neither labels nor predictions: 'pole'
            """;
        Assert.AreEqual(expected.ReplaceLineEndings("\n"), confusion.ToMetrics(classes).ToString());
        Assert.AreEqual("mIoU 50.00 %, mAcc 75.00 %, aAcc 66.67 % (mIoU over 2 of 3 classes, in neither labels nor predictions: 'pole')", confusion.ToMetrics(classes).ToLine());
    }

    [TestMethod]
    public void ToString_SaysNothingOfClassesWhereAllCount_AndHasNoNaN()
    {
        var confusion = new ConfusionMatrix(2);
        Assert.AreEqual("mIoU -, mAcc -, aAcc - (mIoU over 0 of 2 classes, in neither labels nor predictions: 'class 0', 'class 1')", confusion.ToMetrics().ToLine());
        Assert.DoesNotContain("NaN", confusion.ToMetrics().ToString());
        confusion.Add(new LabelMap(2, 1, [0, 1]), new LabelMap(2, 1, [0, 1]));
        Assert.AreEqual("mIoU 100.00 %, mAcc 100.00 %, aAcc 100.00 %", confusion.ToMetrics().ToLine());
        Assert.EndsWith("mIoU 100.00  mAcc 100.00  aAcc 100.00", confusion.ToMetrics().ToString());
    }

    [TestMethod]
    public void ToMetrics_RefusesAnotherNumberOfNames()
    {
        var classes = new SegmentationClasses("two", ["a", "b"], [new(0, 0, 0), new(1, 1, 1)]);
        var e = Assert.ThrowsExactly<ArgumentException>(() => new ConfusionMatrix(3).ToMetrics(classes));
        Assert.StartsWith("Found 2 class names in 'two', expected 3", e.Message);
    }

    [TestMethod]
    public void ToMetrics_IsNotChangedByLaterCounts()
    {
        var confusion = new ConfusionMatrix(2);
        confusion.Add(new LabelMap(1, 1, [0]), new LabelMap(1, 1, [0]));
        SegmentationMetrics metrics = confusion.ToMetrics();
        confusion.Add(new LabelMap(1, 1, [0]), new LabelMap(1, 1, [1]));
        Assert.AreEqual(0, metrics.ConfusionMatrix[0, 1]);
        Assert.AreEqual(1.0, metrics.PixelAccuracy);
    }

    private static LabelMap Map(long[] values, long[] shape, bool reduceZero) => new(
        (int)shape[1], (int)shape[0], [.. values.Select(v => (byte)(!reduceZero ? v : v is 0 or 255 ? 255 : v - 1))]);

    private static void AssertClose(float[] expected, IEnumerable<double> actual)
    {
        double[] found = [.. actual];
        Assert.HasCount(expected.Length, found);
        for (int i = 0; i < found.Length; i++)
        {
            Assert.IsTrue(float.IsNaN(expected[i]) ? double.IsNaN(found[i]) : Math.Abs(expected[i] - found[i]) <= 1e-6, $"class {i}: {found[i]}, reference {expected[i]}");
        }
    }
}
