using GSS.Core;
using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class MaskigeTokenizerTests
{
    [TestMethod]
    public void Maskiges_of_mixed_sizes_keep_their_order()
    {
        using var tokenizer = new MaskigeTokenizer(TestModel.Encoder);
        RgbImage[] maskiges = [.. new[] { (57, 31), (8, 8), (57, 31), (1, 1) }.Select((size, i) => TestModel.RandomImage(size.Item1, size.Item2, i))];
        LatentTokens[] encoded = tokenizer.Encode(maskiges);
        for (int i = 0; i < maskiges.Length; i++)
        {
            (int width, int height) = ((maskiges[i].Width + 3) / 4, (maskiges[i].Height + 3) / 4);
            int[] expected = [.. Enumerable.Range(0, width * height).Select(t => TestModel.Token(maskiges[i], t % width, t / width))];
            Assert.AreEqual(new LatentTokens(width, height, maskiges[i].Width, maskiges[i].Height, expected), encoded[i]);
        }
    }

    [TestMethod]
    public void Its_tokens_decode_at_the_label_maps_size_even_where_the_model_resizes_images()
    {
        using var tokenizer = new MaskigeTokenizer(TestModel.Encoder);
        using SegmentationModel model = TestModel.Open(shortSide: 8);
        RgbImage maskige = TestModel.RandomImage(57, 31, 4);
        Assert.AreEqual(TestModel.Labels(maskige), model.DecodeTokens(tokenizer.Encode([maskige]))[0].Labels);
    }
}
