using CsCheck;
using GSS.Core;
using GSS.Torch;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace GSS.Tests;

[TestClass]
public sealed class ProceduralLabelMapsTests
{
    [TestMethod]
    public void Draw_AnySizeAndClassCount_FitsAndRepeats() =>
        Gen.Select(Gen.Int[1, 90], Gen.Int[1, 90], Gen.Int[2, 254], Gen.Int[0, 100000]).Sample((width, height, classes, seed) =>
        {
            LabelMap drawn = ProceduralLabelMaps.Draw(width, height, classes, new Random(seed));
            Assert.AreEqual(width, drawn.Width);
            Assert.AreEqual(height, drawn.Height);
            foreach (byte id in drawn.Ids)
            {
                Assert.IsTrue(id < classes);
            }

            Assert.AreEqual(drawn, ProceduralLabelMaps.Draw(width, height, classes, new Random(seed)));
        }, iter: 60);

    [TestMethod]
    public void Crops_AnySideAndClassCount_FitAndRepeat() =>
        Gen.Select(Gen.Int[4, 24], Gen.Int[2, 200], Gen.Int[0, 100000]).Sample((quarter, classes, seed) =>
        {
            LabelMap drawn = ProceduralCrops.Draw(4 * quarter, classes, new Random(seed));
            Assert.AreEqual((4 * quarter, 4 * quarter), (drawn.Width, drawn.Height));
            Assert.IsFalse(drawn.Ids.ContainsAnyInRange((byte)classes, byte.MaxValue), $"a class beyond {classes}");
            Assert.AreEqual(drawn, ProceduralCrops.Draw(4 * quarter, classes, new Random(seed)));
        }, iter: 60);

    [TestMethod]
    public void ThinThings_AreNarrow_AndLeaveTheRestAsItWas()
    {
        var flat = new LabelMap(80, 80, Enumerable.Repeat((byte)7, 80 * 80).ToArray());
        int changed = 0, widest = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            LabelMap drawn = ThinThings.On(flat, 200, new Random(seed));
            changed += drawn.Ids.ToArray().Count(id => id != 7);
            for (int y = 0; y < 80; y++)
            {
                string row = string.Concat(drawn.Ids.Slice(80 * y, 80).ToArray().Select(id => id == 7 ? ' ' : (char)(id + 256)));
                widest = Math.Max(widest, row.Split(' ').Max(run => run.Length));
            }
        }

        Assert.IsTrue(changed is > 100 * 50 and < 100 * 1500, $"{changed / 100.0} of 6400 pixels changed on average");
        Assert.IsLessThan(40, widest);
    }

    [TestMethod]
    public void Palettes_HaveDistinctColoursForEveryClassCount() =>
        Gen.Select(Gen.Int[2, 200], Gen.Int[0, 100000]).Sample((classes, seed) =>
        {
            MaskigePalette palette = ProceduralPalettes.Draw(classes, new Random(seed));
            Assert.AreEqual(classes, palette.Colors.Distinct().Count());
        }, iter: 40);
}
