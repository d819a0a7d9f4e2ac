using CsCheck;
using GSS.Tests;

namespace GSS.Core.Tests;

[TestClass]
public class MaskigeColoringTests
{
    [TestMethod]
    [DataRow("cityscapes")]
    [DataRow("ade20k")]
    [DataRow("mseg")]
    public void Decode_EqualsTheReference(string name)
    {
        GoldenFile golden = GoldenFile.Open("g_xinv_linear.safetensors");
        float[] beta = golden.Floats($"{name}.beta01"), query = golden.Floats($"{name}.query_rgb01");
        MaskigePalette palette = MaskigePalette.FromColors(
            [.. Enumerable.Range(0, beta.Length / 3).Select(k => new RgbColor(Step(beta[3 * k]), Step(beta[(3 * k) + 1]), Step(beta[(3 * k) + 2])))]);
        int n = query.Length / 3;
        float[] planar = new float[3 * n];
        for (int i = 0; i < n; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                planar[(c * n) + i] = query[(3 * i) + c] * 255f;
            }
        }

        byte[] ids = new byte[n];
        palette.Decode(planar, ids);
        CollectionAssert.AreEqual(golden.Longs($"{name}.query_nearest"), ids.Select(id => (long)id).ToArray());
    }

    [TestMethod]
    public void Decode_EqualsTheFormulaForAnyColours() =>
        Gen.Select(Gen.Int[1, 254], Gen.Int, Gen.Float[-20f, 280f].Array[0, 600]).Sample((k, seed, values) =>
        {
            MaskigePalette palette = MaskigePalette.Random(k, seed);
            float[] planar = values[..(values.Length / 3 * 3)];
            byte[] ids = new byte[planar.Length / 3];
            palette.Decode(planar, ids);
            return ids.SequenceEqual(Naive(palette, planar));
        });

    [TestMethod]
    public void Decode_GivesTiesToTheLowestClass()
    {
        // 200 pixels halfway between classes 1 and 2 for the vector loop, and one for the scalar one.
        MaskigePalette palette = MaskigePalette.FromColors([new(255, 255, 255), new(0, 0, 0), new(100, 0, 0)]);
        foreach (int n in new[] { 1, 200 })
        {
            float[] planar = new float[3 * n];
            planar.AsSpan(0, n).Fill(50f);
            byte[] ids = new byte[n];
            palette.Decode(planar, ids);
            Assert.IsTrue(ids.All(id => id == 1));
        }
    }

    [TestMethod]
    public void Decode_OfNotANumberIsClassZero()
    {
        byte[] ids = new byte[100];
        float[] planar = new float[300];
        planar.AsSpan().Fill(float.NaN);
        MaskigePalette.MaximalDistance(5).Decode(planar, ids);
        Assert.IsTrue(ids.All(id => id == 0));
    }

    [TestMethod]
    public void ColorizeThenDecode_GivesTheLabelsBack() => Gen.Select(Gen.Int[1, 254], Gen.Int[1, 70], Gen.Int[1, 70], Gen.Int).Sample((k, width, height, seed) =>
    {
        MaskigePalette palette = MaskigePalette.MaximalDistance(k);
        var random = new Random(seed);
        byte[] ids = [.. Enumerable.Range(0, width * height).Select(_ => (byte)random.Next(k))];
        var labels = new LabelMap(width, height, ids);
        float[] planar = new float[3 * ids.Length];
        palette.Colorize(ids, planar);
        byte[] decoded = new byte[ids.Length];
        palette.Decode([.. planar.Select(v => v * 255f)], decoded);
        return palette.Decode(palette.Colorize(labels)).Equals(labels) && decoded.SequenceEqual(ids);
    }, iter: 60);

    [TestMethod]
    public void Colorize_GivesVoidItsOwnColour()
    {
        MaskigePalette palette = MaskigePalette.FromColors([new(10, 20, 30), new(200, 100, 0)]);
        RgbImage image = palette.Colorize(new LabelMap(3, 1, [1, LabelMap.Void, 0]));
        RgbColor v = palette.VoidColor;
        CollectionAssert.AreEqual(new byte[] { 200, 100, 0, v.R, v.G, v.B, 10, 20, 30 }, image.Pixels.ToArray());
        float[] planar = new float[9];
        palette.Colorize([1, LabelMap.Void, 0], planar);
        float[] expected = [200 / 255f, v.R / 255f, 10 / 255f, 100 / 255f, v.G / 255f, 20 / 255f, 0, v.B / 255f, 30 / 255f];
        CollectionAssert.AreEqual(expected, planar);
    }

    [TestMethod]
    public void Colorize_RefusesUnknownClasses()
    {
        MaskigePalette palette = MaskigePalette.MaximalDistance(11);
        var e = Assert.ThrowsExactly<SegmentationDataException>(() => palette.Colorize(new LabelMap(4, 1, [0, 11, 255, 11])));
        Assert.StartsWith("Found class id 11 in 2 pixels, expected 0..10 or 255 (void) for a palette of 11 colours", e.Message);
        Assert.ThrowsExactly<SegmentationDataException>(() => palette.Colorize([254], new float[3]));
    }

    [TestMethod]
    public void WrongLengths_AreRefused()
    {
        MaskigePalette palette = MaskigePalette.MaximalDistance(3);
        var e = Assert.ThrowsExactly<ArgumentException>(() => palette.Decode(new float[7], new byte[2]));
        Assert.StartsWith("Found 7 colour values for 2 pixels, expected 6", e.Message);
        Assert.ThrowsExactly<ArgumentException>(() => palette.Colorize([0, 1], new float[7]));
    }

    private static byte Step(float value) => (byte)MathF.Round(value * 255f);

    private static byte[] Naive(MaskigePalette palette, float[] planar)
    {
        int n = planar.Length / 3;
        byte[] ids = new byte[n];
        for (int i = 0; i < n; i++)
        {
            float[] distances = [.. palette.Colors.Select(c => Square(planar[i] - c.R) + Square(planar[n + i] - c.G) + Square(planar[(2 * n) + i] - c.B))];
            ids[i] = (byte)Array.IndexOf(distances, distances.Min());
        }

        return ids;

        static float Square(float value) => value * value;
    }
}
