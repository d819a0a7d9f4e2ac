using GSS.Core;
using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class WindowBlendingTests
{
    [TestMethod]
    public void Cosine_is_the_default_and_above_zero_up_to_the_edge()
    {
        Assert.AreEqual(WindowBlending.Cosine, new SlidingWindow().Blending);
        Assert.IsNull(new SlidingWindow(Blending: WindowBlending.Flat).Weights(100));
        foreach (int length in new[] { 32, 33, 768, 4096 })
        {
            float[] weights = new SlidingWindow().Weights(length)!;
            for (int x = 0; x < length; x++)
            {
                Assert.IsGreaterThan(0, weights[x]);
                Assert.AreEqual(Math.Pow(Math.Sin(Math.PI * (x + 0.5) / length), 2), weights[x], 1e-6);
                Assert.AreEqual(weights[length - 1 - x], weights[x], "mirrored windows count exactly the same");
            }
        }
    }

    [TestMethod]
    [DataRow(SegmentationMethod.Generative)]
    [DataRow(SegmentationMethod.PerPixel)]
    public void Each_pixel_gets_the_class_with_the_largest_weighted_sum(SegmentationMethod method)
    {
        var window = new SlidingWindow(32, 13);
        SegmentationModelPackage package = method == SegmentationMethod.Generative ? TestModel.Package() : TestModel.PerPixelPackage(segmenter: Segmenter());
        using var model = new SegmentationModel(package, new() { Window = window });
        using var flat = new SegmentationModel(package, new() { Window = window with { Blending = WindowBlending.Flat } });
        using var whole = new SegmentationModel(package);
        RgbImage image = TestModel.RandomImage(75, 50, 6);
        LabelMap found = model.Predict(image).Labels;

        // The second implementation: for each pixel, over all windows that hold it.
        double Weight(int x) => (1 - Math.Cos(2 * Math.PI * (x + 0.5) / 32)) / 2;
        double[,] sums = new double[75 * 50, 3];
        foreach ((int left, int top, _, _) in window.Boxes(75, 50))
        {
            var crop = new RgbImage(32, 32);
            for (int i = 0; i < 32 * 32; i++)
            {
                image.Pixels.Slice(3 * (((top + (i / 32)) * 75) + left + (i % 32)), 3).CopyTo(crop.Pixels[(3 * i)..]);
            }

            LabelMap labels = whole.Predict(crop).Labels;
            for (int i = 0; i < 32 * 32; i++)
            {
                sums[((top + (i / 32)) * 75) + left + (i % 32), labels.Ids[i]] += Weight(i % 32) * Weight(i / 32);
            }
        }

        for (int i = 0; i < found.Ids.Length; i++)
        {
            double largest = Math.Max(sums[i, 0], Math.Max(sums[i, 1], sums[i, 2]));
            Assert.IsGreaterThan(largest - 1e-5, sums[i, found.Ids[i]], $"pixel {i % 75}, {i / 75}");
        }

        Assert.AreNotEqual(flat.Predict(image).Labels, found, "weights that change nothing show nothing");
    }

    // A per-pixel model whose labels depend on where in the window a pixel is, as those of real networks do: by its own red and that of the window's top-left corner.
    private static byte[] Segmenter()
    {
        var graph = new GSS.Core.OnnxGraph("segmenter");
        OnnxValue image = graph.Input("image", OnnxType.Float, "batch", 3, "height", "width");
        OnnxValue red = graph.Squeeze(graph.Slice(image, graph.Constant([0L]), graph.Constant([1L]), 1), 1);
        OnnxValue mean = graph.Add("ReduceMean", [red], ("axes", new[] { 1L, 2L }), ("keepdims", 1L));
        OnnxValue corner = graph.Slice(graph.Slice(red, graph.Constant([0L]), graph.Constant([1L]), 1), graph.Constant([0L]), graph.Constant([1L]), 2);
        OnnxValue mixed = graph.Add(graph.Div(graph.Add(red, corner), graph.Scalar(200)), graph.Div(mean, graph.Scalar(100000)));
        graph.Output(graph.Cast(mixed, OnnxType.UInt8), "labels", OnnxType.UInt8, "batch", "height", "width");
        return graph.ToBytes();
    }
}
