using CsCheck;
using GSS.Tests;

namespace GSS.Core.Tests;

[TestClass]
public class MaskigePaletteTests
{
    [TestMethod]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(11)]
    [DataRow(19)]
    [DataRow(37)]
    [DataRow(150)]
    [DataRow(194)]
    public void MaximalDistance_IsAtLeastThatOfFarthestPointsOnALattice(int classCount)
    {
        long[] golden = GoldenFile.Open("a_palette.safetensors").Longs($"nonref_fps16_K{classCount}");
        RgbColor[] farthest = [.. Enumerable.Range(0, classCount).Select(k => new RgbColor((byte)golden[3 * k], (byte)golden[(3 * k) + 1], (byte)golden[(3 * k) + 2]))];
        double expected = NaiveSmallestDistance(farthest);
        MaskigePalette palette = MaskigePalette.MaximalDistance(classCount);
        Assert.IsGreaterThanOrEqualTo(expected, palette.SmallestDistance);
        Assert.AreEqual(NaiveSmallestDistance(palette.Colors), palette.SmallestDistance, 1e-9);
    }

    [TestMethod]
    public void MaximalDistance_OfFewClassesIsTheBestThereIs()
    {
        // Opposite corners; three and four corners of the cube's tetrahedron; all eight corners.
        Assert.AreEqual(255 * Math.Sqrt(3), MaskigePalette.MaximalDistance(2).SmallestDistance, 1e-9);
        Assert.AreEqual(255 * Math.Sqrt(2), MaskigePalette.MaximalDistance(3).SmallestDistance, 1e-9);
        Assert.AreEqual(255 * Math.Sqrt(2), MaskigePalette.MaximalDistance(4).SmallestDistance, 1e-9);
        Assert.AreEqual(255, MaskigePalette.MaximalDistance(8).SmallestDistance, 1e-9);
        Assert.AreEqual(double.PositiveInfinity, MaskigePalette.MaximalDistance(1).SmallestDistance);
    }

    [TestMethod]
    [DataRow(9, 219)]
    [DataRow(14, 179)]
    [DataRow(19, 147)]
    [DataRow(150, 58)]
    [DataRow(254, 47)]
    public void MaximalDistance_ComesNearTheDensestKnownPackings(int classCount, double expected) =>
        Assert.IsGreaterThanOrEqualTo(expected, MaskigePalette.MaximalDistance(classCount).SmallestDistance);

    [TestMethod]
    public void Betweenness_OfClosedCases()
    {
        // A third colour in the very middle of two lies inside their ball by the whole radius; one on the ball's surface not at all.
        Assert.AreEqual(100, PaletteSearch.Betweenness([new(0, 0, 0), new(200, 0, 0), new(100, 0, 0)]), 1e-9);
        Assert.AreEqual(0, PaletteSearch.Betweenness([new(0, 0, 0), new(200, 0, 0), new(100, 100, 0)]), 1e-9);
        Assert.AreEqual(0, PaletteSearch.Betweenness([.. MaskigePalette.MaximalDistance(8).Colors]), 1e-6);
    }

    [TestMethod]
    public void MaximalDistance_KeepsColoursAwayFromTheMiddleOfOthersWhereThatCostsLittle()
    {
        // 11 colours can be 180.4 apart with some in the middle of others, or 178 apart with none there.
        MaskigePalette palette = MaskigePalette.MaximalDistance(11);
        Assert.IsGreaterThanOrEqualTo(0.985 * 180.3, palette.SmallestDistance);
        double nearestToAMiddle = (from i in Enumerable.Range(0, 11)
                                   from j in Enumerable.Range(0, i)
                                   from k in Enumerable.Range(0, 11)
                                   where k != i && k != j
                                   let middle = Middle(palette.Colors[i], palette.Colors[j])
                                   select Distance(middle, palette.Colors[k])).Min();
        Assert.IsGreaterThan(60, nearestToAMiddle);

        static RgbColor Middle(RgbColor a, RgbColor b) => new((byte)((a.R + b.R) / 2), (byte)((a.G + b.G) / 2), (byte)((a.B + b.B) / 2));
        static double Distance(RgbColor a, RgbColor b) => Math.Sqrt(PaletteSearch.SquaredDistance(a, b));
    }

    [TestMethod]
    public void MaximalDistance_HasKDistinctColours()
    {
        foreach (int k in new[] { 1, 2, 3, 5, 6, 7, 13, 21, 34, 60, 99, 171, 253, 254 })
        {
            MaskigePalette palette = MaskigePalette.MaximalDistance(k);
            Assert.AreEqual(k, palette.Count);
            Assert.AreEqual(k, palette.Colors.Distinct().Count());
            Assert.DoesNotContain(palette.VoidColor, palette.Colors);
        }
    }

    [TestMethod]
    public void MaximalDistance_IsTheSameEachTime()
    {
        Assert.AreSame(MaskigePalette.MaximalDistance(19), MaskigePalette.MaximalDistance(19));
        CollectionAssert.AreEqual(PaletteSearch.MaximalDistance(19), MaskigePalette.MaximalDistance(19).Colors.ToArray());
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(255)]
    public void MaximalDistance_RefusesOtherCounts(int classCount)
    {
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => MaskigePalette.MaximalDistance(classCount));
        Assert.Contains($"Found {classCount} classes, expected 1 to 254", e.Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => MaskigePalette.Random(classCount, 1));
    }

    [TestMethod]
    public void Random_HasDistinctColoursThatTheSeedDecides()
    {
        MaskigePalette palette = MaskigePalette.Random(254, 7);
        Assert.AreEqual(254, palette.Colors.Distinct().Count());
        Assert.AreEqual(palette, MaskigePalette.Random(254, 7));
        Assert.AreNotEqual(palette, MaskigePalette.Random(254, 8));
        Assert.IsLessThan(MaskigePalette.MaximalDistance(254).SmallestDistance, palette.SmallestDistance);
    }

    [TestMethod]
    public void FromColors_KeepsOrderAndCopies()
    {
        RgbColor[] colors = [new(9, 8, 7), new(0, 0, 0)];
        MaskigePalette palette = MaskigePalette.FromColors(colors);
        colors[0] = new(1, 1, 1);
        Assert.AreEqual(new RgbColor(9, 8, 7), palette.Colors[0]);
        Assert.AreEqual(Math.Sqrt(81 + 64 + 49), palette.SmallestDistance, 1e-12);
    }

    [TestMethod]
    public void FromColors_RefusesEqualColoursAndOtherCounts()
    {
        var e = Assert.ThrowsExactly<ArgumentException>(() => MaskigePalette.FromColors([new(1, 2, 3), new(9, 9, 9), new(1, 2, 3)]));
        Assert.Contains("Found the colour #010203 for class 0 and for class 2, expected distinct colours", e.Message);
        Assert.ThrowsExactly<ArgumentException>(() => MaskigePalette.FromColors([]));
        e = Assert.ThrowsExactly<ArgumentException>(() => MaskigePalette.FromColors([.. Enumerable.Range(0, 255).Select(i => new RgbColor((byte)i, 0, 0))]));
        Assert.Contains("Found a palette of 255 colours", e.Message);
    }

    [TestMethod]
    public void SmallestDistance_OfTheShippedPalettesIsTheOneMeasured()
    {
        GoldenFile golden = GoldenFile.Open("a_palette.safetensors");
        foreach ((string name, double expected) in new[] { ("cityscapes", 20.0), ("ade20k", 20.0), ("mseg", Math.Sqrt(350)) })
        {
            long[] values = golden.Longs($"config_palette_{name}");
            MaskigePalette palette = MaskigePalette.FromColors(
                [.. Enumerable.Range(0, values.Length / 3).Select(k => new RgbColor((byte)values[3 * k], (byte)values[(3 * k) + 1], (byte)values[(3 * k) + 2]))]);
            Assert.AreEqual(expected, palette.SmallestDistance, 0.05, name);
        }
    }

    [TestMethod]
    public void VoidColor_IsAsFarAsTheLatticeAllows() => Gen.Select(Gen.Int[1, 254], Gen.Int).Sample((k, seed) =>
    {
        MaskigePalette palette = MaskigePalette.Random(k, seed);
        double distance = palette.Colors.Min(c => Math.Sqrt(PaletteSearch.SquaredDistance(c, palette.VoidColor)));
        return distance > 40;
    }, iter: 50);

    private static double NaiveSmallestDistance(IReadOnlyList<RgbColor> colors) =>
        (from i in Enumerable.Range(0, colors.Count)
         from j in Enumerable.Range(0, i)
         select Math.Sqrt(Math.Pow(colors[i].R - colors[j].R, 2) + Math.Pow(colors[i].G - colors[j].G, 2) + Math.Pow(colors[i].B - colors[j].B, 2))).Min();
}
