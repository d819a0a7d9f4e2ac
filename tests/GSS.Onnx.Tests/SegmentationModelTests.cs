using GSS.Core;
using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class SegmentationModelTests
{
    private static readonly (int Width, int Height)[] Sizes = [(57, 31), (16, 8), (57, 31), (1, 1), (200, 5), (8, 16), (16, 8), (57, 31)];

    private static readonly RgbImage[] Images = [.. Sizes.Select((size, i) => TestModel.RandomImage(size.Width, size.Height, i))];

    [TestMethod]
    [DataRow(256L << 20)]
    [DataRow(1L)]
    public void Images_of_mixed_sizes_keep_their_order_and_size_however_they_are_sliced(long logitsMemory)
    {
        using SegmentationModel model = TestModel.Open(options: new() { LogitsMemory = logitsMemory });
        SegmentationResult[] results = model.Predict(Images);
        Assert.HasCount(Images.Length, results);
        for (int i = 0; i < Images.Length; i++)
        {
            Assert.AreEqual(TestModel.Labels(Images[i]), results[i].Labels, $"image {i} of {Images[i].Width}x{Images[i].Height}");
            Assert.IsNull(results[i].Maskige);
            Assert.IsNull(results[i].Confidence);
        }

        Assert.IsEmpty(model.Predict([]));
    }

    [TestMethod]
    public void All_three_classes_and_all_five_tokens_are_seen_here()
    {
        Assert.AreEqual(3, Images.SelectMany(image => TestModel.Labels(image).Ids.ToArray()).Distinct().Count());
        using SegmentationModel model = TestModel.Open();
        Assert.AreEqual(5, model.PredictTokens(Images).SelectMany(tokens => tokens.Ids.ToArray()).Distinct().Count());
    }

    [TestMethod]
    public void The_maskige_is_painted_in_palette_colours_at_the_size_of_the_image()
    {
        using SegmentationModel model = TestModel.Open();
        foreach (SegmentationResult result in model.Predict(Images, SegmentationOutputs.Maskige))
        {
            RgbImage expected = TestModel.Palette.Colorize(result.Labels);
            Assert.AreEqual((expected.Width, expected.Height), (result.Maskige!.Width, result.Maskige.Height));
            Assert.IsTrue(expected.Pixels.SequenceEqual(result.Maskige.Pixels));
            Assert.IsNull(result.Confidence);
        }
    }

    [TestMethod]
    public void Confidence_is_the_softmax_probability_of_the_token()
    {
        using SegmentationModel model = TestModel.Open();
        SegmentationResult[] results = model.Predict(Images, SegmentationOutputs.Confidence);
        for (int i = 0; i < Images.Length; i++)
        {
            RgbImage image = Images[i];
            float[] confidence = results[i].Confidence!;
            Assert.HasCount(image.Width * image.Height, confidence);
            for (int p = 0; p < confidence.Length; p++)
            {
                double[] logits = TestModel.Logits(image, p % image.Width / 4, p / image.Width / 4);
                double expected = 1 / logits.Sum(z => Math.Exp(z - logits.Max()));
                Assert.AreEqual(expected, confidence[p], 1e-5, $"image {i}, pixel {p}");
                Assert.IsTrue(confidence[p] is >= 0 and <= 1);
            }
        }
    }

    [TestMethod]
    public void Of_equal_logits_the_lowest_token_is_chosen()
    {
        using SegmentationModel model = TestModel.Open();
        foreach ((byte red, int expected) in new[] { ((byte)30, 0), ((byte)31, 1), ((byte)90, 1), ((byte)150, 2), ((byte)210, 3) })
        {
            var image = new RgbImage(4, 4);
            image.Pixels.Fill(red);
            Assert.AreEqual(expected, model.PredictTokens([image])[0].Ids.ToArray().Single(), $"red {red}");
        }
    }

    [TestMethod]
    [DataRow(8)]
    [DataRow(40)]
    public void With_a_short_side_the_network_sees_resized_images_and_masks_keep_the_images_size(int shortSide)
    {
        using SegmentationModel model = TestModel.Open(shortSide);
        RgbImage[] images = [TestModel.RandomImage(57, 31, 1), TestModel.RandomImage(20, 24, 2), TestModel.RandomImage(57, 31, 3)];
        SegmentationResult[] results = model.Predict(images, SegmentationOutputs.Maskige | SegmentationOutputs.Confidence);
        for (int i = 0; i < images.Length; i++)
        {
            (int width, int height) = (images[i].Width, images[i].Height);
            (int seenWidth, int seenHeight) = width < height
                ? (shortSide, (int)Math.Round((double)height * shortSide / width, MidpointRounding.AwayFromZero))
                : ((int)Math.Round((double)width * shortSide / height, MidpointRounding.AwayFromZero), shortSide);
            RgbImage seen = images[i].Resize(seenWidth, seenHeight);
            LabelMap expected = TestModel.Labels(seen).Resize(width, height);
            Assert.AreEqual(expected, results[i].Labels);
            Assert.IsTrue(TestModel.Palette.Colorize(expected).Pixels.SequenceEqual(results[i].Maskige!.Pixels));
            Assert.HasCount(width * height, results[i].Confidence!);
        }
    }

    [TestMethod]
    public void Tokens_decode_to_what_Predict_gives()
    {
        foreach (int? shortSide in new int?[] { null, 8 })
        {
            using SegmentationModel model = TestModel.Open(shortSide);
            SegmentationResult[] decoded = model.DecodeTokens(model.PredictTokens(Images));
            CollectionAssert.AreEqual(model.Predict(Images).Select(r => r.Labels).ToArray(), decoded.Select(r => r.Labels).ToArray());
        }
    }

    [TestMethod]
    public void Eight_threads_predict_the_same_bits_as_one()
    {
        using SegmentationModel model = TestModel.Open();
        const SegmentationOutputs all = SegmentationOutputs.Maskige | SegmentationOutputs.Confidence;
        SegmentationResult[] expected = model.Predict(Images, all);
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(t => new Thread(() =>
        {
            try
            {
                for (int turn = 0; turn < 20; turn++)
                {
                    // Every thread has its own order, so that different sizes meet.
                    int[] order = [.. Enumerable.Range(0, Images.Length).OrderBy(i => ((i * 5) + t + turn) % Images.Length)];
                    SegmentationResult[] found = model.Predict([.. order.Select(i => Images[i])], all);
                    for (int i = 0; i < order.Length; i++)
                    {
                        Assert.AreEqual(expected[order[i]].Labels, found[i].Labels);
                        Assert.IsTrue(expected[order[i]].Maskige!.Pixels.SequenceEqual(found[i].Maskige!.Pixels));
                        CollectionAssert.AreEqual(expected[order[i]].Confidence, found[i].Confidence);
                    }
                }
            }
            catch (Exception e)
            {
                failure = e;
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.IsNull(failure, failure?.ToString());
    }

    [TestMethod]
    public void A_saved_model_predicts_the_same()
    {
        string path = Path.Combine(Path.GetTempPath(), $"gss-{Guid.NewGuid():N}.gss");
        try
        {
            TestModel.Package().Save(path);
            using SegmentationModel model = SegmentationModel.Load(path);
            Assert.AreEqual(TestModel.Labels(Images[0]), model.Predict(Images[0]).Labels);
            Assert.AreEqual("three", model.Manifest.Classes.Name);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Scoring_maps_no_libtorch_into_the_process()
    {
        using SegmentationModel model = TestModel.Open();
        model.Predict(Images);
        Assert.IsFalse(AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name is "TorchSharp" or "GSS.Torch"));
        if (OperatingSystem.IsLinux())
        {
            string[] mapped = [.. File.ReadLines("/proc/self/maps").Select(Path.GetFileName).OfType<string>().Distinct()];
            Assert.IsTrue(mapped.Any(name => name.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase)));
            Assert.AreEqual("", string.Join(", ", mapped.Where(name => name.Contains("torch", StringComparison.OrdinalIgnoreCase))));
        }
    }
}
