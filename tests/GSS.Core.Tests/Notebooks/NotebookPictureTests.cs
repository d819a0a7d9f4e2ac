using System.Xml.Linq;
using GSS.Tests;

namespace GSS.Core.Tests;

[TestClass]
public sealed class NotebookPictureTests
{
    private static RgbImage Decode(XElement html, string mimeType = "image/png") => ImageReader.Read(new MemoryStream(NotebookKernel.Picture(html, mimeType)), "the notebook's picture");

    [TestMethod]
    public void Image_OfMiddleSize_KeepsItsPixels()
    {
        var image = new RgbImage(200, 3);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            image.Pixels[i] = (byte)(i / 3);
        }

        XElement html = NotebookKernel.Show(image);
        Assert.AreEqual(("200", "3", "RgbImage 200x3"), (html.Attribute("width")!.Value, html.Attribute("height")!.Value, html.Attribute("alt")!.Value));
        CollectionAssert.AreEqual(image.Pixels.ToArray(), Decode(html).Pixels.ToArray());
    }

    [TestMethod]
    public void Image_Small_IsEnlargedPixelByPixel()
    {
        var image = new RgbImage(2, 1, [255, 0, 0, 0, 0, 255]);
        RgbImage shown = Decode(NotebookKernel.Show(image));
        Assert.AreEqual((320, 160), (shown.Width, shown.Height));
        CollectionAssert.AreEqual(image.ResizeNearest(320, 160).Pixels.ToArray(), shown.Pixels.ToArray());
    }

    [TestMethod]
    public void Image_Wide_IsReducedByMeans()
    {
        // Black and white columns by turns: the mean of each four pixels is grey, and so is every pixel of the reduced picture.
        var image = new RgbImage(1600, 10);
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            image.Pixels.Slice(3 * i, 3).Fill((byte)(i % 2 == 0 ? 0 : 254));
        }

        RgbImage shown = Decode(NotebookKernel.Show(image));
        Assert.AreEqual((800, 5), (shown.Width, shown.Height));
        Assert.IsFalse(shown.Pixels.ContainsAnyExcept((byte)127));
    }

    [TestMethod]
    public void Image_LikeAPhotograph_IsJpeg()
    {
        var image = new RgbImage(400, 300);
        var random = new Random(1);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            image.Pixels[i] = (byte)((i / 1200 / 2) + random.Next(8));
        }

        RgbImage shown = Decode(NotebookKernel.Show(image), "image/jpeg");
        double error = 0;
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            error += Math.Abs(image.Pixels[i] - shown.Pixels[i]) / (double)image.Pixels.Length;
        }

        Assert.IsLessThan(4, error, "mean difference");
    }

    [TestMethod]
    public void LabelMap_HasAColorForEachClass_AndStripesForVoid()
    {
        var labels = new LabelMap(4, 2, [0, 0, 0, 1, 0, 0, LabelMap.Void, LabelMap.Void]);
        XElement html = NotebookKernel.Show(labels);
        RgbImage shown = Decode(html);
        Assert.AreEqual((320, 160), (shown.Width, shown.Height));
        Assert.AreEqual(new RgbColor(128, 0, 0), At(shown, 79, 79));
        Assert.AreEqual(new RgbColor(0, 128, 0), At(shown, 240, 0));
        CollectionAssert.AreEquivalent(new[] { new RgbColor(235, 235, 235), new RgbColor(150, 150, 150) }, Enumerable.Range(160, 20).Select(x => At(shown, x, 90)).Distinct().ToArray());
        StringAssert.Contains(html.Value, "0: 62.5 %");
        StringAssert.Contains(html.Value, "1: 12.5 %");
        StringAssert.Contains(html.Value, "void: 25.0 %");
        Assert.AreEqual("LabelMap 4x2", labels.ToString());
    }

    [TestMethod]
    public void LabelMap_Large_IsReduced()
    {
        RgbImage shown = Decode(NotebookKernel.Show(new LabelMap(4000, 2000, new byte[8_000_000])));
        Assert.AreEqual((800, 400), (shown.Width, shown.Height));
    }

    [TestMethod]
    public void OverlaySheet_IsItsPicture()
    {
        var sheet = new OverlaySheet(new SegmentationClasses("One", ["one"]));
        Assert.AreEqual("OverlaySheet of 0 rows", NotebookKernel.Show(sheet).Value);
        sheet.AddRow(new RgbImage(100, 50), new LabelMap(100, 50, new byte[5000]), title: "<title>");
        RgbImage drawn = sheet.Draw();
        CollectionAssert.AreEqual(drawn.Pixels.ToArray(), Decode(NotebookKernel.Show(sheet)).Pixels.ToArray());
    }

    [TestMethod]
    public void LatentTokens_HaveAColorEach()
    {
        XElement html = NotebookKernel.Show(new LatentTokens(2, 1, 8, 4, [7, 8]));
        RgbImage shown = Decode(html);
        Assert.AreNotEqual(At(shown, 0, 0), At(shown, 319, 0));
        StringAssert.Contains(html.Value, "2 different ones");
    }

    private static RgbColor At(RgbImage image, int x, int y)
    {
        Span<byte> pixel = image.Pixels.Slice(3 * ((y * image.Width) + x), 3);
        return new(pixel[0], pixel[1], pixel[2]);
    }
}
