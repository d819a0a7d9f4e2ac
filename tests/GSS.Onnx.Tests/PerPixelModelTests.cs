using GSS.Core;
using GSS.Onnx;
using GSS.Torch;

namespace GSS.Tests;

/// <summary>Packages that hold a per-pixel model: the class of a pixel is how often its red goes into 100.</summary>
[TestClass]
public sealed class PerPixelModelTests
{
    [TestMethod]
    public void Labels_and_confidences_come_at_the_size_of_each_image_in_their_order()
    {
        using var model = new SegmentationModel(TestModel.PerPixelPackage());
        RgbImage[] images = [TestModel.RandomImage(17, 10, 1), TestModel.RandomImage(9, 21, 2), TestModel.RandomImage(17, 10, 3)];
        SegmentationResult[] results = model.Predict(images, SegmentationOutputs.Confidence);
        for (int i = 0; i < images.Length; i++)
        {
            int[] reds = [.. Enumerable.Range(0, images[i].Width * images[i].Height).Select(p => (int)images[i].Pixels[3 * p])];
            Assert.AreEqual(new LabelMap(images[i].Width, images[i].Height, [.. reds.Select(red => (byte)(red / 100))]), results[i].Labels);
            CollectionAssert.AreEqual(reds.Select(red => red / 255f).ToArray(), results[i].Confidence);
            Assert.IsNull(results[i].Maskige);
        }

        Assert.IsNull(model.Predict(images[0]).Confidence);
    }

    [TestMethod]
    public void Both_are_resized_by_the_rule_of_label_maps()
    {
        using var model = new SegmentationModel(TestModel.PerPixelPackage(shortSide: 5));
        RgbImage image = TestModel.RandomImage(16, 10, 4), working = image.Resize(8, 5);
        SegmentationResult result = model.Predict(image, SegmentationOutputs.Confidence);
        LabelMap expected = new LabelMap(8, 5, [.. Enumerable.Range(0, 40).Select(p => (byte)(working.Pixels[3 * p] / 100))]).Resize(16, 10);
        Assert.AreEqual(expected, result.Labels);
        for (int p = 0; p < 160; p++)
        {
            Assert.AreEqual((byte)Math.Floor(result.Confidence![p] * 2.55 + 1e-4), result.Labels.Ids[p], "each probability stands at its label");
        }
    }

    [TestMethod]
    public void What_only_tokens_have_is_refused_in_a_sentence()
    {
        using var model = new SegmentationModel(TestModel.PerPixelPackage());
        RgbImage image = TestModel.RandomImage(8, 8, 1);
        Assert.AreEqual("The segmentation model of 'three' is a per-pixel one, which has no latent tokens: call Predict.", Assert.ThrowsExactly<NotSupportedException>(() => model.PredictTokens([image])).Message);
        Assert.ThrowsExactly<NotSupportedException>(() => model.DecodeTokens([new LatentTokens(1, 1, 4, 4, [0])]));
        Assert.StartsWith("Found Maskige asked of a per-pixel model, which paints no maskige", Assert.ThrowsExactly<ArgumentException>(() => model.Predict(image, SegmentationOutputs.Maskige)).Message);
    }

    [TestMethod]
    public void Classes_that_the_manifest_does_not_know_are_told()
    {
        var graph = new OnnxGraph("segmenter");
        OnnxValue image = graph.Input("image", OnnxType.Float, "batch", 3, "height", "width");
        graph.Output(graph.Cast(graph.Squeeze(graph.Slice(image, graph.Constant([0L]), graph.Constant([1L]), 1), 1), OnnxType.UInt8), "labels", OnnxType.UInt8, "batch", "height", "width");
        using var model = new SegmentationModel(TestModel.PerPixelPackage(segmenter: graph.ToBytes()));
        var image7 = new RgbImage(2, 1);
        image7.Pixels.Fill(7);
        Assert.AreEqual("'segmenter.onnx' gave the class 7, expected 0..2: the manifest's classes are another model's.", Assert.ThrowsExactly<InvalidOperationException>(() => model.Predict(image7)).Message);
        Assert.StartsWith("Found confidence asked of a model whose 'segmenter.onnx' has no output 'confidence'", Assert.ThrowsExactly<ArgumentException>(() => model.Predict(image7, SegmentationOutputs.Confidence)).Message);
    }
}
