using GSS.Core;
using Microsoft.ML.Data;
using SkiaSharp;

namespace GSS.ML.Tests;

/// <summary>Photographs as MLImage.</summary>
[TestClass]
public sealed class MLImagesTests
{
    [TestMethod]
    public void A_photograph_that_a_phone_held_sideways_is_upright()
    {
        byte[] jpeg = Sideways();
        string path = Path.Combine(Directory.CreateTempSubdirectory("gss-sideways-").FullName, "phone.jpg");
        File.WriteAllBytes(path, jpeg);
        using MLImage stored = MLImage.CreateFromFile(path), upright = MLImages.Load(path), ofStream = MLImages.Load(new MemoryStream(jpeg), "upload");
        Assert.AreEqual((64, 32), (stored.Width, stored.Height), "ML.NET's own loader leaves out the orientation.");
        Assert.AreEqual((32, 64), (upright.Width, upright.Height));
        Assert.AreEqual((path, "upload"), (upright.Tag, ofStream.Tag));
        Assert.IsTrue(upright.Pixels.SequenceEqual(ofStream.Pixels));

        // The same rule as that of our views, and the red left half of what is stored is on top.
        RgbImage read = ImageReader.Read(path), back = MLImages.ToRgb(upright);
        Assert.IsTrue(read.Pixels.SequenceEqual(back.Pixels));
        Assert.IsTrue(back.Pixels[3 * 16] > 200 && back.Pixels[^(3 * 16)] < 50);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [TestMethod]
    public void What_is_no_photograph_is_named() =>
        StringAssert.Contains(Assert.ThrowsExactly<SegmentationDataException>(() => MLImages.Load(new MemoryStream([1, 2, 3]), "upload 7")).Message, "upload 7");

    // 64 × 32, red on the left and black on the right, with the EXIF orientation 6 (turn by 90° clockwise).
    private static byte[] Sideways()
    {
        using var bitmap = new SKBitmap(64, 32);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.Black);
            using var red = new SKPaint { Color = SKColors.Red };
            canvas.DrawRect(0, 0, 32, 32, red);
        }

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
        byte[] exif = [0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
        byte[] jpeg = data.ToArray();
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }
}
