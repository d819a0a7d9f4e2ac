using GSS.Core;
using GSS.Torch;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class CompactVqVaeTests
{
    private static readonly TokenizerNetwork s_tokenizer = Tokenizers.Compact().CreateNetwork();

    [TestMethod]
    [DataRow(1, 1, 1, 1)]
    [DataRow(31, 57, 8, 15)]
    [DataRow(64, 48, 16, 12)]
    [DataRow(5, 200, 2, 50)]
    public void Encode_AnySize_GivesOneTokenForEachStartedCell(int height, int width, int rows, int columns)
    {
        using var scope = NewDisposeScope();
        Tensor tokens = s_tokenizer.Encode(rand(2, 3, height, width));
        CollectionAssert.AreEqual(new long[] { 2, rows, columns }, tokens.shape);
        Assert.IsTrue(tokens.min().item<long>() >= 0 && tokens.max().item<long>() < s_tokenizer.VocabularySize);
        Tensor painted = s_tokenizer.Decode(tokens);
        CollectionAssert.AreEqual(new long[] { 2, 3, rows * 4, columns * 4 }, painted.shape);
    }

    [TestMethod]
    public void FlatMaskige_OfEveryPaletteColour_ComesBackAsItsClass()
    {
        MaskigePalette palette = MaskigePalette.MaximalDistance(19);
        for (byte k = 0; k < palette.Count; k++)
        {
            var labels = new LabelMap(40, 24, Enumerable.Repeat(k, 40 * 24).ToArray());
            Assert.AreEqual(1.0, Agreement(labels, palette), 1e-9, $"class {k} {palette.Colors[k]}");
        }
    }

    [TestMethod]
    public void ProceduralScenes_19Classes_KeepAtLeast97PercentOfTheirPixels()
    {
        MaskigePalette palette = MaskigePalette.MaximalDistance(19);
        double agreement = Enumerable.Range(0, 8).Average(i => Agreement(ProceduralLabelMaps.Draw(240, 180, 19, new Random(5_000_000 + i), objectScale: 2), palette));
        Assert.IsGreaterThan(0.97, agreement);
    }

    [TestMethod]
    public void CamVidLabelMaps_KeepAtLeast98PercentOfTheirLabelledPixels()
    {
        string folder = SharedData.Require("data", "camvid", "val", "labels");
        MaskigePalette palette = MaskigePalette.MaximalDistance(11);
        double agreement = Directory.GetFiles(folder).Order(StringComparer.Ordinal).Where((_, i) => i % 25 == 0)
            .Average(file => Agreement(LabelReader.Read(file, SegmentationClasses.CamVid), palette));
        Assert.IsGreaterThan(0.98, agreement);
    }

    [TestMethod]
    public void Decode_OnSeveralThreads_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        long[] tokens = [.. Enumerable.Range(0, 12 * 9).Select(i => (long)(i * 37 % s_tokenizer.VocabularySize))];
        float[] Decoded()
        {
            using var inner = NewDisposeScope();
            return s_tokenizer.Decode(tensor(tokens, [1, 9, 12])).data<float>().ToArray();
        }

        float[] expected = Decoded();
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => CollectionAssert.AreEqual(expected, Decoded()));
    }

    [TestMethod]
    public void Quantizer_Nearest_IsTheSmallestDistance()
    {
        using var scope = NewDisposeScope();
        var random = new Random(3);
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 4) - 2))];
        using var quantizer = new VectorQuantizer(50, 6);
        float[] codebook = Draw(50 * 6);
        float[] codes = Draw(6 * 35);
        quantizer.Codebook.copy_(tensor(codebook, [50, 6]));
        long[] nearest = quantizer.Nearest(tensor(codes, [1, 6, 5, 7])).data<long>().ToArray();
        for (int at = 0; at < 35; at++)
        {
            double Distance(int entry) => Enumerable.Range(0, 6).Sum(d => Math.Pow(codebook[(entry * 6) + d] - codes[(d * 35) + at], 2));
            Assert.AreEqual(Enumerable.Range(0, 50).MinBy(Distance), (int)nearest[at]);
        }
    }

    [TestMethod]
    public void Weights_AreAboutOneAndAHalfMillion()
    {
        long parameters = ((CompactVqVae)s_tokenizer).Weights().Sum(w => w.Value.numel());
        Assert.IsTrue(parameters is > 1_000_000 and < 3_000_000, $"{parameters}");
    }

    private static double Agreement(LabelMap labels, MaskigePalette palette)
    {
        using var scope = NewDisposeScope();
        float[] maskige = new float[labels.Ids.Length * 3];
        palette.Colorize(labels.Ids, maskige);
        Tensor painted = s_tokenizer.Decode(s_tokenizer.Encode(tensor(maskige, [1, 3, labels.Height, labels.Width])));
        painted = painted.narrow(2, 0, labels.Height).narrow(3, 0, labels.Width) * 255;
        byte[] decoded = new byte[labels.Ids.Length];
        palette.Decode(painted.contiguous().data<float>().ToArray(), decoded);
        int labelled = 0;
        int right = 0;
        for (int i = 0; i < decoded.Length; i++)
        {
            if (labels.Ids[i] != LabelMap.Void)
            {
                labelled++;
                right += decoded[i] == labels.Ids[i] ? 1 : 0;
            }
        }

        return (double)right / labelled;
    }
}
