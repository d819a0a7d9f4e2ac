using GSS.Core;
using GSS.Onnx;
using GSS.Torch;

namespace GSS.Tests;

[TestClass]
public sealed class MaskigeDecoderTests
{

    [TestMethod]
    public void A_maskige_of_twice_the_size_is_decoded_there_and_each_pixel_takes_the_majority()
    {
        // A cell of 2×2 pixels, painted at 4×4: per pixel three votes for class b; two each for a and c; all of a; a, b and two of c.
        byte[] painted =
        [
            1, 1, 2, 0,
            1, 0, 0, 2,
            0, 0, 0, 2,
            0, 0, 1, 2,
        ];
        using var decoder = new MaskigeDecoder(Painter(painted, side: 4), TestModel.Palette, stride: 2, vocabularySize: 1);
        SegmentationResult result = decoder.Decode([new LatentTokens(1, 1, 2, 2, [0])], SegmentationOutputs.Maskige)[0];
        CollectionAssert.AreEqual(new byte[] { 1, 0, 0, 2 }, result.Labels.Ids.ToArray());
        Assert.AreEqual((2, 2), (result.Maskige!.Width, result.Maskige.Height));
        RgbColor[] colors = [.. new[] { 1, 2, 0, 0 }.Select(k => TestModel.Palette.Colors[k])];
        CollectionAssert.AreEqual(colors.SelectMany(c => new[] { c.R, c.G, c.B }).ToArray(), result.Maskige.Pixels.ToArray());
    }

    [TestMethod]
    public void A_doubled_maskige_is_cropped_like_any_other()
    {
        byte[] painted = [.. Enumerable.Range(0, 64).Select(i => (byte)((i / 8 / 2) + (i % 8 / 2) == 0 ? 1 : 2))];
        using var decoder = new MaskigeDecoder(Painter(painted, side: 8), TestModel.Palette, stride: 4, vocabularySize: 1);
        SegmentationResult result = decoder.Decode([new LatentTokens(2, 1, 7, 3, [0, 0])], SegmentationOutputs.Maskige)[0];
        CollectionAssert.AreEqual(new byte[] { 1, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 }, result.Labels.Ids.ToArray());
        Assert.IsTrue(TestModel.Palette.Colorize(result.Labels).Pixels.SequenceEqual(result.Maskige!.Pixels));
    }

    [TestMethod]
    public void Scores_decide_the_class_where_the_model_gives_them()
    {
        // Everything is painted in the colour of class c, and the scores say 0, 1, 2 and, of two equal ones, 0.
        float[] scores =
        [
            5, 0, 0, 7,
            0, 5, 0, 7,
            0, 0, 5, 0,
        ];
        using var decoder = new MaskigeDecoder(Painter([2, 2, 2, 2], side: 2, scores, 3), TestModel.Palette, stride: 2, vocabularySize: 1);
        SegmentationResult[] results = decoder.Decode([new LatentTokens(1, 1, 2, 2, [0]), new LatentTokens(1, 1, 2, 2, [0])], SegmentationOutputs.Maskige);
        foreach (SegmentationResult result in results)
        {
            CollectionAssert.AreEqual(new byte[] { 0, 1, 2, 0 }, result.Labels.Ids.ToArray());
            Assert.AreEqual(TestModel.Palette.Colors[2].G, result.Maskige!.Pixels[1]);
        }
    }

    [TestMethod]
    public void Windows_get_shares_of_a_doubled_maskige_and_scores_as_they_are()
    {
        byte[] painted = [1, 1, 2, 0, 1, 0, 0, 2, 0, 0, 0, 2, 0, 0, 1, 2];
        using var doubled = new MaskigeDecoder(Painter(painted, side: 4), TestModel.Palette, stride: 2, vocabularySize: 1);
        CollectionAssert.AreEqual(new float[] { 0.25f, 0.5f, 0.75f, 0, 0, 0.5f }, Scores(doubled, null));
        CollectionAssert.AreEqual(new float[] { 0.125f, 0.25f, 0.375f, 0, 0, 0.25f }, Scores(doubled, [0.5f]), "a vote counts as much as its token is sure");

        float[] scores = [5, 0, 0, 7, 0, 5, 0, 7, 0, 0, 5, 0];
        using var scored = new MaskigeDecoder(Painter([2, 2, 2, 2], side: 2, scores, 3), TestModel.Palette, stride: 2, vocabularySize: 1);
        CollectionAssert.AreEqual(new float[] { 5, 0, 0, 5, 0, 0 }, Scores(scored, [0.5f]));
    }

    [TestMethod]
    public void Scores_of_another_number_of_classes_are_refused()
    {
        byte[] onnx = Painter([2, 2, 2, 2], side: 2, new float[8], 2);
        var e = Assert.ThrowsExactly<SegmentationModelException>(() => new MaskigeDecoder(onnx, TestModel.Palette, stride: 2, vocabularySize: 1));
        Assert.StartsWith("'decoder.onnx' gives scores of the shape [-1, 2, -1, -1], expected [B, 3, h, w] for the 3 colours of the palette", e.Message);
    }

    [TestMethod]
    public void A_stride_that_the_decoder_does_not_have_is_told()
    {
        using var decoder = new MaskigeDecoder(Painter([2, 2, 2, 2], side: 2), TestModel.Palette, stride: 4, vocabularySize: 1);
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => decoder.Decode([new LatentTokens(1, 1, 4, 4, [0])]));
        Assert.StartsWith("'decoder.onnx' painted 4 pixels for 16 pixels of tokens", e.Message);
    }

    /// <summary>[3, 1, 2]: the scores of one token of an image of two pixels.</summary>
    private static float[] Scores(MaskigeDecoder decoder, float[]? probabilities)
    {
        float[] all = new float[6];
        decoder.Scores(new LatentTokens(1, 1, 2, 1, [0]), probabilities, (id, plane) => plane.CopyTo(all.AsSpan(2 * id)));
        return all;
    }

    /// <summary>A decoder that paints the same square of classes for every token.</summary>
    private static byte[] Painter(byte[] classes, int side, float[]? scores = null, int scoreClasses = 0)
    {
        var graph = new OnnxGraph("decoder");
        OnnxValue tokens = graph.Input("tokens", OnnxType.Int64, "batch", "rows", "columns");
        float[] planes = [.. new Func<RgbColor, float>[] { c => c.R, c => c.G, c => c.B }.SelectMany(channel => classes.Select(k => channel(TestModel.Palette.Colors[k])))];
        graph.Output(Repeat(graph, tokens, planes, 3, side), "maskige", OnnxType.Float, "batch", 3, "height", "width");
        if (scores is not null)
        {
            int pixels = scores.Length / scoreClasses;
            graph.Output(Repeat(graph, tokens, scores, scoreClasses, (int)Math.Sqrt(pixels)), "scores", OnnxType.Float, "batch", scoreClasses, "height", "width");
        }

        return graph.ToBytes();
    }

    private static OnnxValue Repeat(OnnxGraph graph, OnnxValue tokens, float[] planes, int channels, int side)
    {
        OnnxValue rows = graph.Gather(graph.Constant(planes, 1, channels * side * side), tokens);
        return graph.DepthToSpace(graph.Transpose(rows, 0, 3, 1, 2), side);
    }
}
