using GSS.Core;

namespace GSS.ML.Tests;

/// <summary>The check at the end of every Fit.</summary>
[TestClass]
public sealed class ExportParityTests
{
    private static readonly RgbImage s_image = TinyScenes.Draw(0).Image;

    [TestMethod]
    public void Numbers_that_differ_are_refused()
    {
        float[]? logits = null;
        byte[] onnx = TinyScenes.Model.Package.Prior;
        Assert.Throws<SegmentationModelException>(() => ExportParity.Check(image => new float[1], onnx, s_image));

        // The exported network compared with itself, then with one number moved.
        logits = ExportParity.Run(onnx, s_image);
        Assert.AreEqual(0, ExportParity.Check(_ => logits, onnx, s_image));
        logits[^1] += 0.01f;
        StringAssert.Contains(Assert.Throws<SegmentationModelException>(() => ExportParity.Check(_ => logits, onnx, s_image)).Message, "0.01");
        logits[0] = float.NaN;
        StringAssert.Contains(Assert.Throws<SegmentationModelException>(() => ExportParity.Check(_ => logits, onnx, s_image)).Message, "NaN");
    }
}
