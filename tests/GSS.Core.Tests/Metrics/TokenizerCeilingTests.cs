namespace GSS.Core.Tests;

[TestClass]
public sealed class TokenizerCeilingTests
{
    private static readonly SegmentationClasses Classes = new("test", ["sky", "road marking", "pole"]);

    [TestMethod]
    public void ToString_IsATableInPercent()
    {
        var ceiling = new TokenizerCeiling
        {
            Reconstruction = Measure([0, 0, 1, 1], [0, 0, 1, 0]),
            Prediction = Measure([0, 0, 1, 1], [0, 1, 1, 1]),
            PredictionAgainstReconstruction = Measure([0, 0, 1, 0], [0, 1, 1, 1]),
        };
        const string expected = """
            class            IoU ceiling
            ----------------------------
            sky            50.00   66.67
            road marking   66.67   50.00
            pole               -       -
            ----------------------------
            mIoU 58.33 of the truth through the tokenizer and back, the ceiling
            mIoU 58.33 of the prediction against the truth
            mIoU 33.33 of the prediction against the truth through the tokenizer and back
            """;
        Assert.AreEqual(expected.ReplaceLineEndings("\n"), ceiling.ToString());
    }

    [TestMethod]
    public void ToString_WithoutPredictions_IsTheCeilingAlone()
    {
        const string expected = """
            class        ceiling
            --------------------
            sky            66.67
            road marking   50.00
            pole               -
            --------------------
            mIoU 58.33 of the truth through the tokenizer and back, the ceiling
            """;
        Assert.AreEqual(expected.ReplaceLineEndings("\n"), new TokenizerCeiling { Reconstruction = Measure([0, 0, 1, 1], [0, 0, 1, 0]) }.ToString());
    }

    private static SegmentationMetrics Measure(byte[] truth, byte[] predicted)
    {
        var confusion = new ConfusionMatrix(3);
        confusion.Add(new LabelMap(4, 1, truth), new LabelMap(4, 1, predicted));
        return confusion.ToMetrics(Classes);
    }
}
