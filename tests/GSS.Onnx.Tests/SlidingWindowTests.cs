using GSS.Core;
using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class SlidingWindowTests
{
    [TestMethod]
    [DataRow(1024, 2048)]
    [DataRow(512, 683)]
    [DataRow(768, 768)]
    [DataRow(769, 769)]
    [DataRow(512, 1200)]
    [DataRow(1300, 700)]
    public void Windows_are_those_of_the_reference(int height, int width)
    {
        long[] expected = GoldenFile.Open("j_schedule_slide.safetensors").Longs($"slide_{height}x{width}_crop768_stride512");
        long[] found = [.. new SlidingWindow(768, 512).Boxes(width, height).SelectMany(b => new long[] { b.Top, b.Top + b.Height, b.Left, b.Left + b.Width })];
        CollectionAssert.AreEqual(expected, found);
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow(40)]
    public void Every_pixel_gets_the_class_that_most_windows_give_it(int? shortSide)
    {
        var window = new SlidingWindow(32, 10, WindowBlending.Flat);
        using SegmentationModel model = TestModel.Open(shortSide, new ScoringOptions { Window = window });
        using SegmentationModel whole = TestModel.Open(shortSide);
        RgbImage[] images = [TestModel.RandomImage(71, 45, 3), TestModel.RandomImage(30, 17, 4), TestModel.RandomImage(33, 90, 5)];
        SegmentationResult[] results = model.Predict(images);
        bool differs = false;
        for (int i = 0; i < images.Length; i++)
        {
            (int width, int height) = WorkingSize.Of(images[i].Width, images[i].Height, shortSide);
            RgbImage working = images[i].Resize(width, height);
            int[,] votes = new int[width * height, 3];
            foreach ((int left, int top, int boxWidth, int boxHeight) in window.Boxes(width, height))
            {
                var crop = new RgbImage(boxWidth, boxHeight);
                for (int p = 0; p < crop.Pixels.Length; p++)
                {
                    crop.Pixels[p] = working.Pixels[(3 * (((top + (p / 3 / boxWidth)) * width) + left + (p / 3 % boxWidth))) + (p % 3)];
                }

                LabelMap labels = TestModel.Labels(crop);
                for (int p = 0; p < boxWidth * boxHeight; p++)
                {
                    votes[((top + (p / boxWidth)) * width) + left + (p % boxWidth), labels.Ids[p]]++;
                }
            }

            byte[] expected = [.. Enumerable.Range(0, width * height).Select(p => (byte)Enumerable.Range(0, 3).MaxBy(k => votes[p, k]))];
            Assert.AreEqual(new LabelMap(width, height, expected).Resize(images[i].Width, images[i].Height), results[i].Labels, $"image {i}");
            differs |= !whole.Predict(images[i]).Labels.Equals(results[i].Labels);
        }

        Assert.IsTrue(differs, "windows that change nothing show nothing");
    }

    [TestMethod]
    public void What_cannot_be_used_is_told()
    {
        var e = Assert.ThrowsExactly<ArgumentException>(() => TestModel.Open(options: new ScoringOptions { Window = new SlidingWindow(8, 9) }));
        Assert.AreEqual("The ScoringOptions cannot be used: the Size of the window is 8, expected 32 or more; the Stride of the window is 9, expected 1 to its size, 8.", e.Message);
        using SegmentationModel model = TestModel.Open(options: new ScoringOptions { Window = new SlidingWindow() });
        e = Assert.ThrowsExactly<ArgumentException>(() => model.Predict(TestModel.RandomImage(8, 8, 1), SegmentationOutputs.Confidence));
        Assert.StartsWith("Found Confidence asked of a model that scores in windows or views", e.Message);
    }
}
