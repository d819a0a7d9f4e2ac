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
    public void Palettes_HaveDistinctColoursForEveryClassCount() =>
        Gen.Select(Gen.Int[2, 200], Gen.Int[0, 100000]).Sample((classes, seed) =>
        {
            MaskigePalette palette = ProceduralPalettes.Draw(classes, new Random(seed));
            Assert.AreEqual(classes, palette.Colors.Distinct().Count());
        }, iter: 40);
}
