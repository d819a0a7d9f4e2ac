using GSS.Core;
using GSS.Onnx;
using GSS.Torch;

namespace GSS.Tests;

/// <summary>Photographs of many megapixels, and strips that resizing makes large.</summary>
[TestClass]
public sealed class LargeImageTests
{
    private const int Vocabulary = 1024;
    private const int Token = 700;

    // 24 megapixels have 6 GiB of logits. The graph ends as an exported one does; before that stands the mean of each block of 4 × 4 pixels.
    [TestMethod]
    public void Token_700_is_found_everywhere_in_24_megapixels_and_memory_stays_bounded()
    {
        using var model = new LatentPriorModel(EverywhereTheSame());
        var image = new RgbImage(6000, 4000);
        long before = Environment.WorkingSet;
        LatentTokens tokens = model.Predict([image])[0];
        Assert.AreEqual((1500, 1000), (tokens.Width, tokens.Height));
        Assert.IsTrue(tokens.Ids.IndexOfAnyExcept(Token) < 0);
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        Assert.IsLessThan(before + (2L << 30), process.PeakWorkingSet64, "the input takes 288 MB, the logits of all rows 6 GiB");
    }

    [TestMethod]
    public void A_model_of_0_1_0_refuses_such_an_image_with_numbers()
    {
        var graph = new OnnxGraph("prior");
        OnnxValue mean = graph.AveragePool(graph.Input("image", OnnxType.Float, "batch", 3, "height", "width"), 4);
        graph.Output(graph.Conv(mean, graph.Constant(new float[Vocabulary * 3], Vocabulary, 3, 1, 1), OnnxValue.None, 1), "logits", OnnxType.Float, "batch", Vocabulary, "rows", "columns");
        using var model = new LatentPriorModel(graph.ToBytes());
        string message = Assert.ThrowsExactly<ArgumentException>(() => model.Predict([new RgbImage(8000, 6000)])).Message;
        Assert.StartsWith("Found an image to be predicted at 8000x6000, for which a model of GSS.ML 0.1.0 gives 2.9 GiB of logits or more, expected less than 2: train the model again", message);
    }

    [TestMethod]
    [DataRow(4000, 2, "192000x96")]
    [DataRow(10, 3000, "96x28800")]
    public void Narrow_strips_are_refused_with_numbers_before_anything_runs(int width, int height, string working)
    {
        using SegmentationModel model = TestModel.Open(shortSide: 96), perPixel = new(TestModel.PerPixelPackage(shortSide: 96)), windows = TestModel.Open(96, new() { Window = new(64, 64) });
        foreach (SegmentationModel each in new[] { model, perPixel, windows })
        {
            string message = Assert.ThrowsExactly<ArgumentException>(() => each.Predict(new RgbImage(width, height))).Message;
            Assert.AreEqual(
                $"Found an image of {width}x{height}, which the short side of 96 that the model works at makes {working}, expected no side above 16384: crop the image to a less narrow one, or train with a smaller ShortSide.", message);
        }
    }

    [TestMethod]
    public void An_image_that_no_memory_holds_is_refused_with_numbers()
    {
        string message = Assert.ThrowsExactly<ArgumentException>(() => WorkingSize.RequireMemory(20000, 10000)).Message;
        Assert.StartsWith("Found 20000x10000 (200 megapixels) to predict in one piece, which needs 40.0 GB at least, expected at most ", message);
        Assert.Contains("score it in windows (ScoringOptions.Window)", message);
        WorkingSize.RequireMemory(4000, 1000);
    }

    private static byte[] EverywhereTheSame()
    {
        float[] bias = new float[Vocabulary];
        bias[Token] = 1;
        var graph = new OnnxGraph("prior");
        OnnxValue mean = graph.AveragePool(graph.Input("image", OnnxType.Float, "batch", 3, "height", "width"), 4);
        TokenDecision.Output(graph, mean, new TokenClassifier(Vocabulary, 3, graph.Constant(new float[Vocabulary * 3], Vocabulary, 3), graph.Constant(bias, Vocabulary, 1)));
        return graph.ToBytes();
    }
}
