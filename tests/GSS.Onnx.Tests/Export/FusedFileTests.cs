using System.Text.Json;
using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.Tests;

[TestClass]
public sealed class FusedFileTests
{
    private static readonly (int Width, int Height)[] Sizes = [(57, 31), (16, 8), (1, 1), (200, 5), (8, 16)];

    private static readonly RgbImage[] Images = [.. Sizes.Select((size, i) => TestModel.RandomImage(size.Width, size.Height, i))];

    private static RgbImage[] Pair => [TestModel.RandomImage(22, 17, 3), TestModel.RandomImage(22, 17, 4)];

    public static IEnumerable<object[]> Inputs() =>
        from type in Enum.GetValues<OnnxImageType>()
        from layout in Enum.GetValues<OnnxImageLayout>()
        from order in Enum.GetValues<OnnxChannelOrder>()
        select new object[] { type, layout, order };

    [TestMethod]
    [DynamicData(nameof(Inputs))]
    public void Every_kind_of_input_and_every_size_gives_the_label_map_that_is_known(OnnxImageType type, OnnxImageLayout layout, OnnxChannelOrder order)
    {
        using var file = new ExportedFile(TestModel.Package(), new() { ImageType = type, Layout = layout, ChannelOrder = order }, Images);
        foreach (RgbImage image in Images)
        {
            Assert.AreEqual(TestModel.Labels(image), file.Labels(image)[0], $"{image.Width}x{image.Height}");
        }

        CollectionAssert.AreEqual(Pair.Select(TestModel.Labels).ToArray(), file.Labels(Pair));
        Assert.AreEqual((Images.Length, Images.Sum(image => (long)image.Width * image.Height), 1.0), (file.Result.ComparedImages, file.Result.ComparedPixels, file.Result.EqualShare));
    }

    [TestMethod]
    public void A_fixed_size_is_written_into_the_file()
    {
        using var file = new ExportedFile(TestModel.Package(), new() { BatchSize = 2, Width = 22, Height = 17 });
        CollectionAssert.AreEqual(new[] { 2, 3, 17, 22 }, file.Session.InputMetadata["image"].Dimensions);
        CollectionAssert.AreEqual(new[] { 2, 17, 22 }, file.Session.OutputMetadata["labels"].Dimensions);
        CollectionAssert.AreEqual(Pair.Select(TestModel.Labels).ToArray(), file.Labels(Pair));
        Assert.ThrowsExactly<OnnxRuntimeException>(() => file.Labels(Images[1]));
    }

    [TestMethod]
    [DataRow(16)]
    [DataRow(12)]
    [DataRow(40)]
    public void A_working_size_is_left_and_come_back_from_as_in_our_own_scoring(int shortSide)
    {
        var outputs = SegmentationOutputs.Maskige | SegmentationOutputs.Confidence;
        RgbImage[] images = [TestModel.RandomImage(48, 32, 0), TestModel.RandomImage(26, 8, 1), TestModel.RandomImage(57, 31, 2), TestModel.RandomImage(16, 29, 3)];
        using var file = new ExportedFile(TestModel.Package(shortSide), new() { Outputs = outputs }, images);
        using SegmentationModel model = TestModel.Open(shortSide);
        for (int i = 0; i < images.Length; i++)
        {
            SegmentationResult expected = model.Predict(images[i], outputs);
            Assert.AreEqual(expected.Labels, file.Labels(images[i])[0], $"{images[i].Width}x{images[i].Height} at {shortSide}");
            CollectionAssert.AreEqual(expected.Maskige!.Pixels.ToArray(), file.Output<byte>("maskige", images[i]).ToArray());
            float[] confidence = [.. file.Output<float>("confidence", images[i])];
            int different = confidence.Zip(expected.Confidence!).Count(pair => Math.Abs(pair.First - pair.Second) > 1e-6);

            // Halved and doubled sides are exact in floating point; of others see below.
            Assert.IsTrue(different == 0 || shortSide != 16 || i > 1, $"{different} numbers differ of {images[i].Width}x{images[i].Height}");
        }

        Assert.AreEqual(1, file.Result.EqualShare);
        Assert.IsLessThan(0.02, file.Result.LargestConfidenceDifference!.Value);
    }

    [TestMethod]
    [DataRow(12)]
    [DataRow(40)]
    public void The_resized_photograph_differs_by_one_byte_at_most(int shortSide)
    {
        // The confidence of this model is the red of the resized photograph.
        RgbImage image = TestModel.RandomImage(57, 31, 2);
        using var file = new ExportedFile(TestModel.PerPixelPackage(shortSide), new() { Outputs = SegmentationOutputs.Confidence });
        using var model = new SegmentationModel(TestModel.PerPixelPackage(shortSide));
        float[] expected = model.Predict(image, SegmentationOutputs.Confidence).Confidence!, found = [.. file.Output<float>("confidence", image)];
        int different = 0;
        for (int i = 0; i < found.Length; i++)
        {
            int byteOfOurs = (int)MathF.Round(255 * expected[i]), byteOfTheFile = (int)MathF.Round(255 * found[i]);
            Assert.IsLessThanOrEqualTo(1, Math.Abs(byteOfOurs - byteOfTheFile));
            different += byteOfOurs == byteOfTheFile ? 0 : 1;
        }

        Assert.IsLessThan(0.03 * found.Length, different);
    }

    [TestMethod]
    public void Scores_are_minus_the_squared_distance_to_the_colour_of_each_class()
    {
        using var file = new ExportedFile(TestModel.Package(), new() { Scores = true });
        RgbImage image = Images[0];
        Tensor<float> scores = file.Output<float>("scores", image);
        LabelMap truth = TestModel.Labels(image);
        CollectionAssert.AreEqual(new[] { 1, 3, image.Height, image.Width }, scores.Dimensions.ToArray());
        for (int i = 0; i < truth.Ids.Length; i++)
        {
            RgbColor painted = TestModel.Palette.Colors[truth.Ids[i]];
            for (int k = 0; k < 3; k++)
            {
                RgbColor color = TestModel.Palette.Colors[k];
                double distance = Math.Pow((painted.R - color.R) / 255.0, 2) + Math.Pow((painted.G - color.G) / 255.0, 2) + Math.Pow((painted.B - color.B) / 255.0, 2);
                Assert.AreEqual(-distance, scores[0, k, i / image.Width, i % image.Width], 1e-5);
            }
        }
    }

    [TestMethod]
    public void Priors_of_version_0_1_0_are_decided_in_the_file()
    {
        using var logits = new ExportedFile(TestModel.Package(prior: TestModel.PriorWithLogits), images: Images);
        using var scores = new ExportedFile(TestModel.Package(prior: TestModel.PriorWithScores), images: Images);
        Assert.AreEqual(TestModel.Labels(Images[0]), logits.Labels(Images[0])[0]);
        Assert.AreNotEqual(TestModel.Labels(Images[0]), scores.Labels(Images[0])[0]);
        Assert.AreEqual((1.0, 1.0), (logits.Result.EqualShare, scores.Result.EqualShare));
        string fault = Assert.ThrowsExactly<NotSupportedException>(() => new ExportedFile(TestModel.Package(prior: TestModel.PriorWithLogits), new() { Outputs = SegmentationOutputs.Confidence })).Message;
        Assert.Contains("asks for confidence", fault);
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow(9)]
    public void Per_pixel_models_give_labels_and_confidence(int? shortSide)
    {
        SegmentationModelPackage package = TestModel.PerPixelPackage(shortSide);
        using var file = new ExportedFile(package, new() { Outputs = SegmentationOutputs.Confidence }, Images[0], Images[4]);
        using var model = new SegmentationModel(package);
        Assert.AreEqual(1, file.Result.EqualShare);
        Assert.AreEqual(model.Predict(Images[0]).Labels, file.Labels(Images[0])[0]);
        Assert.Contains("Scores is true", Assert.ThrowsExactly<NotSupportedException>(() => new ExportedFile(package, new() { Scores = true })).Message);
        Assert.Contains("asks for a maskige", Assert.ThrowsExactly<NotSupportedException>(() => new ExportedFile(package, new() { Outputs = SegmentationOutputs.Maskige })).Message);
    }

    [TestMethod]
    public void Logits_of_a_per_pixel_model_are_its_scores()
    {
        SegmentationModelPackage package = TestModel.PerPixelPackage(segmenter: RedGreenBlue());
        RgbImage image = Images[0];
        using var file = new ExportedFile(package, new() { Scores = true }, image);
        Tensor<float> scores = file.Output<float>("scores", image);
        CollectionAssert.AreEqual(new[] { 1, 3, image.Height, image.Width }, scores.Dimensions.ToArray());
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            Assert.AreEqual(image.Pixels[3 * i] / 255f, scores[0, 0, i / image.Width, i % image.Width]);
        }
    }

    [TestMethod]
    public void The_file_says_what_it_is()
    {
        using var file = new ExportedFile(TestModel.Package(shortSide: 12), new() { License = "CC-BY-NC-4.0", ImageType = OnnxImageType.UInt8, Layout = OnnxImageLayout.Hwc });
        CollectionAssert.AreEqual(new[] { "a", "b", "c" }, file.Names("gss.classes"));
        CollectionAssert.AreEqual(TestModel.Classes.Colors.Select(color => $"#{color.R:X2}{color.G:X2}{color.B:X2}").ToArray(), file.Names("gss.colors"));
        Assert.AreEqual(("255", "12", "CC-BY-NC-4.0", "FF"), (file.Metadata["gss.void_index"], file.Metadata["gss.short_side"], file.Metadata["gss.weights_license"], file.Metadata["gss.variant"]));
        Assert.Contains("uint8, hwc, rgb, 0..255", file.Metadata["gss.input"]);
        Assert.AreEqual(TestModel.Package().Manifest.LibraryVersion, file.Metadata["gss.library_version"]);
    }

    [TestMethod]
    public void Half_the_bits_keep_the_label_map_where_the_numbers_fit_into_them()
    {
        // A thousand tokens in colours of bytes, which 16 bits hold exactly; the first five are the model's.
        byte[] decoder = ManyTokens(1000);
        SegmentationModelPackage package = TestModel.Package(decoder: decoder);
        using var whole = new ExportedFile(package);
        using var half = new ExportedFile(package, new() { Weights = OnnxWeightStorage.Float16 }, Images);
        Assert.IsLessThan(0.8 * whole.Bytes, half.Bytes);
        Assert.AreEqual(half.Bytes, half.Result.Bytes);
        Assert.AreEqual(TestModel.Labels(Images[0]), half.Labels(Images[0])[0]);
        Assert.AreEqual(1, half.Result.EqualShare);
    }

    // The class is the channel with the largest number, the logits of which are named inside.
    private static byte[] RedGreenBlue()
    {
        var graph = new OnnxGraph("segmenter");
        OnnxValue image = graph.Input("image", OnnxType.Float, "batch", 3, "height", "width");
        OnnxValue logits = graph.Name(graph.Div(image, graph.Scalar(255)), "logits");
        graph.Output(graph.Cast(graph.ArgMax(logits, 1), OnnxType.UInt8), "labels", OnnxType.UInt8, "batch", "height", "width");
        return graph.ToBytes();
    }

    private static byte[] ManyTokens(int count)
    {
        var graph = new OnnxGraph("decoder");
        OnnxValue tokens = graph.Input("tokens", OnnxType.Int64, "batch", "rows", "columns");
        float[] table = [.. Enumerable.Range(0, count).Select(v => TestModel.Palette.Colors[v % 3]).SelectMany(c => new float[] { c.R, c.G, c.B })];
        OnnxValue cells = graph.Transpose(graph.Gather(graph.Constant(table, count, 3), tokens), 0, 3, 1, 2);
        graph.Output(graph.UpsampleNearest(cells, TestModel.Stride), "maskige", OnnxType.Float, "batch", 3, "height", "width");
        return graph.ToBytes();
    }
}
