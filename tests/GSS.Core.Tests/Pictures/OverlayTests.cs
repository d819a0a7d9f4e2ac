namespace GSS.Core.Tests;

[TestClass]
public sealed class OverlayTests
{
    private static readonly SegmentationClasses Classes = new("Two", ["red", "blue"], [new(255, 0, 0), new(0, 0, 255)]);

    private static RgbImage Solid(int width, int height, byte value)
    {
        var image = new RgbImage(width, height);
        image.Pixels.Fill(value);
        return image;
    }

    [TestMethod]
    public void Draw_MixesColors_AndLeavesVoid()
    {
        RgbImage image = Solid(3, 1, 100);
        var labels = new LabelMap(3, 1, [0, 1, LabelMap.Void]);
        CollectionAssert.AreEqual(new byte[] { 178, 50, 50, 50, 50, 178, 100, 100, 100 }, Overlay.Draw(image, labels, Classes, 0.5).Pixels.ToArray());
        CollectionAssert.AreEqual(new byte[] { 255, 0, 0, 0, 0, 255, 100, 100, 100 }, Overlay.Draw(image, labels, Classes, 1).Pixels.ToArray());
        CollectionAssert.AreEqual(image.Pixels.ToArray(), Overlay.Draw(image, labels, Classes, 0).Pixels.ToArray());
        Assert.AreEqual(100, image.Pixels[0], "The photograph is not changed.");
    }

    [TestMethod]
    public void Draw_RefusesWhatDoesNotFit()
    {
        RgbImage image = Solid(2, 1, 0);
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => Overlay.Draw(image, new(1, 1, [0]), Classes)).Message, "The label map is 1x1 but its photograph is 2x1, expected one size");
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => Overlay.Draw(image, new(2, 1, [0, 2]), Classes)).Message, "The label map has the id 2, expected 0 to 1 or 255 for void");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Overlay.Draw(image, new(2, 1, [0, 1]), Classes, 1.5));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Overlay.Draw(image, new(2, 1, [0, 1]), Classes, double.NaN));
    }

    [TestMethod]
    public void Sheet_ShowsOnlyFilledColumns_AndTheClassesThatOccur()
    {
        var sheet = new OverlaySheet(Classes, opacity: 1);
        sheet.AddRow(Solid(100, 40, 200), new(100, 40, new byte[4000]));
        sheet.AddRow(Solid(100, 20, 200), new(100, 20, new byte[2000]), title: "second");
        RgbImage drawn = sheet.Draw();
        Assert.AreEqual(8 + 2 * 108, drawn.Width, "two columns");
        Assert.AreEqual(8 + 12 + 40 + 8 + 12 + 20 + 8 + 12 + 8, drawn.Height, "header, rows, one title, one line of legend");
        Assert.AreEqual(new RgbColor(200, 200, 200), At(drawn, 8, 20));
        Assert.AreEqual(new RgbColor(255, 0, 0), At(drawn, 116, 20));
        Assert.AreEqual(new RgbColor(255, 0, 0), At(drawn, 8 + 4, drawn.Height - 8 - 12 + 4), "the legend's square");
        Assert.IsFalse(Colors(drawn).Contains(new RgbColor(0, 0, 255)), "blue does not occur");
    }

    [TestMethod]
    public void Sheet_ReducesLargePictures_AndSaves()
    {
        using var folder = new TestFolder();
        var sheet = new OverlaySheet(Classes, panelWidth: 64);
        sheet.AddRow(Solid(640, 320, 90), new(640, 320, new byte[640 * 320]), Solid(16, 8, 10), new(640, 320, [.. Enumerable.Repeat((byte)1, 640 * 320)]));
        sheet.SavePng(folder.File("sheet.png"));
        RgbImage drawn = ImageReader.Read(folder.File("sheet.png"));
        Assert.AreEqual(8 + (4 * 72), drawn.Width);
        Assert.AreEqual(new RgbColor(10, 10, 10), At(drawn, 8 + (2 * 72) + 60, 8 + 12 + 30), "the maskige fills its panel");
    }

    [TestMethod]
    public void Sheet_WithoutRows_IsAnError()
        => Assert.ThrowsExactly<InvalidOperationException>(() => new OverlaySheet(Classes).Draw());

    [TestMethod]
    public void Font_HasADifferentPictureForEachCharacter()
    {
        var seen = new HashSet<string>();
        for (char character = ' '; character <= '~'; character++)
        {
            var image = new RgbImage(5, 9);
            BitmapFont.Draw(image, character.ToString(), 0, 0, new(255, 255, 255), 1);
            Assert.IsTrue(seen.Add(Convert.ToHexString(image.Pixels)), $"'{character}' looks like another character.");
            Assert.AreEqual(character == ' ', !image.Pixels.ContainsAnyExcept((byte)0), $"'{character}'");
        }

        Assert.AreEqual("abc..", BitmapFont.Fit("abcdefgh", 30, 1));
        Assert.AreEqual("abcdefgh", BitmapFont.Fit("abcdefgh", BitmapFont.Measure("abcdefgh", 2), 2));
        BitmapFont.Draw(new RgbImage(3, 3), "outside is cut off äöü", -10, -4, default, 3);
    }

    private static RgbColor At(RgbImage image, int x, int y)
    {
        int at = 3 * ((y * image.Width) + x);
        return new(image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]);
    }

    private static HashSet<RgbColor> Colors(RgbImage image)
        => [.. Enumerable.Range(0, image.Width * image.Height).Select(i => At(image, i % image.Width, i / image.Width))];
}
