using GSS.Core;
using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class TestTimeAugmentationTests
{
    // 98 = 32 + 6 × 11: windows of 32 at a stride of 11 are symmetric, as mirroring needs; the whole image is in any size.
    [TestMethod]
    [DataRow(false, new double[] { 1 })]
    [DataRow(false, new double[] { 0.5, 1, 1.75 })]
    [DataRow(true, new double[] { 1 })]
    [DataRow(true, new double[] { 1, 1.5 })]
    public void A_mirrored_image_has_the_mirrored_label_map(bool windows, double[] scales)
    {
        using SegmentationModel plain = TestModel.Open(), model = TestModel.Open(options: new()
        {
            TestTimeAugmentation = new() { Scales = scales },
            Window = windows ? new(32, 11) : null,
        });
        RgbImage image = TestModel.RandomImage(98, 43, 8), mirrored = Mirror(image);
        LabelMap found = model.Predict(image).Labels, other = model.Predict(mirrored).Labels;
        for (int i = 0; i < found.Ids.Length; i++)
        {
            Assert.AreEqual(found[i % 98, i / 98], other[97 - (i % 98), i / 98], $"pixel {i % 98}, {i / 98}");
        }

        Assert.AreNotEqual(plain.Predict(image).Labels, found, "views that change nothing show nothing");
    }

    // By hand: what each view says, brought back, weighted by the probability of its token.
    [TestMethod]
    public void Views_are_added_up_as_by_hand()
    {
        double[] scales = [1, 0.5];
        using SegmentationModel plain = TestModel.Open(), model = TestModel.Open(options: new() { TestTimeAugmentation = new(Flip: true) { Scales = scales } });
        RgbImage image = TestModel.RandomImage(60, 44, 9);
        double[,] sums = new double[60 * 44, 3];
        foreach (double scale in scales)
        {
            foreach (bool flip in new[] { false, true })
            {
                int width = (int)(60 * scale), height = (int)(44 * scale);
                SegmentationResult view = plain.Predict((flip ? Mirror(image) : image).Resize(width, height), SegmentationOutputs.Confidence);
                for (int i = 0; i < 60 * 44; i++)
                {
                    int x = flip ? 59 - (i % 60) : i % 60;
                    double sourceX = Math.Max(0, ((x + 0.5) * width / 60) - 0.5), sourceY = Math.Max(0, (((i / 60) + 0.5) * height / 44) - 0.5);
                    foreach ((int dx, int dy) in new[] { (0, 0), (1, 0), (0, 1), (1, 1) })
                    {
                        double share = (dx == 0 ? 1 - (sourceX % 1) : sourceX % 1) * (dy == 0 ? 1 - (sourceY % 1) : sourceY % 1);
                        int place = (Math.Min((int)sourceY + dy, height - 1) * width) + Math.Min((int)sourceX + dx, width - 1);
                        sums[i, view.Labels.Ids[place]] += share * view.Confidence![place];
                    }
                }
            }
        }

        LabelMap found = model.Predict(image).Labels;
        for (int i = 0; i < found.Ids.Length; i++)
        {
            double largest = Math.Max(sums[i, 0], Math.Max(sums[i, 1], sums[i, 2]));
            Assert.IsGreaterThan(largest - 1e-5, sums[i, found.Ids[i]], $"pixel {i % 60}, {i / 60}");
        }
    }

    [TestMethod]
    public void The_short_side_can_be_chosen_at_scoring()
    {
        RgbImage image = TestModel.RandomImage(60, 40, 3);
        using SegmentationModel trained = TestModel.Open(20), own = TestModel.Open(null), other = TestModel.Open(30);
        foreach ((SegmentationModel expected, int? shortSide) in new[] { (trained, (int?)null), (own, 0), (other, 30) })
        {
            using SegmentationModel model = TestModel.Open(20, new() { ShortSide = shortSide });
            Assert.AreEqual(expected.Predict(image).Labels, model.Predict(image).Labels, $"{shortSide}");
            Assert.AreEqual(20, model.Manifest.ShortSide);
        }
    }

    [TestMethod]
    public void An_exported_file_works_at_the_size_that_was_chosen()
    {
        string path = Path.Combine(Path.GetTempPath(), $"gss-{Guid.NewGuid():N}.onnx");
        try
        {
            using SegmentationModel model = TestModel.Open(20, new() { ShortSide = 0, TestTimeAugmentation = new() });
            OnnxExportResult result = model.ExportToOnnx(path, images: [TestModel.RandomImage(60, 40, 3)]);
            Assert.AreEqual(result.ComparedPixels, result.EqualPixels);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void What_cannot_be_used_is_told_all_at_once()
    {
        var e = Assert.ThrowsExactly<ArgumentException>(() => TestModel.Open(options: new() { ShortSide = -1, Window = new(64, 65, (WindowBlending)7), TestTimeAugmentation = new() { Scales = [0.1, double.NaN] } }));
        Assert.AreEqual(
            "The ScoringOptions cannot be used: ShortSide is -1, expected 1 pixel or more, 0 for each image's own size, or null for the model's; the Stride of the window is 65, expected 1 to its size, 64; "
            + "the Blending of the window is 7, expected Flat or Cosine; a scale of the TestTimeAugmentation is 0.1, expected 0.25 to 4; a scale of the TestTimeAugmentation is NaN, expected 0.25 to 4.", e.Message);
        e = Assert.ThrowsExactly<ArgumentException>(() => TestModel.Open(options: new() { TestTimeAugmentation = new() { Scales = [] } }));
        Assert.AreEqual("The ScoringOptions cannot be used: the Scales of the TestTimeAugmentation are none, expected one or more, such as 1.", e.Message);
        using SegmentationModel model = TestModel.Open(options: new() { TestTimeAugmentation = new() });
        e = Assert.ThrowsExactly<ArgumentException>(() => model.Predict(TestModel.RandomImage(8, 8, 1), SegmentationOutputs.Maskige));
        Assert.StartsWith("Found Maskige asked of a model that scores in windows or views", e.Message);
    }

    private static RgbImage Mirror(RgbImage image)
    {
        var mirrored = new RgbImage(image.Width, image.Height);
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                image.Pixels.Slice(3 * ((y * image.Width) + x), 3).CopyTo(mirrored.Pixels[(3 * ((y * image.Width) + image.Width - 1 - x))..]);
            }
        }

        return mirrored;
    }
}
