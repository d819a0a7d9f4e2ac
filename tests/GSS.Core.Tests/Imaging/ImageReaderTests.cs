using CsCheck;
using SkiaSharp;

namespace GSS.Core.Tests;

[TestClass]
public sealed class ImageReaderTests
{
    // Four corners that JPEG keeps apart: red, green, blue, white, 16 x 8 pixels each.
    private static readonly SKColor[] Corners = [SKColors.Red, SKColors.Lime, SKColors.Blue, SKColors.White];

    private static byte[] Encode(SKEncodedImageFormat format, int width = 32, int height = 16)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                bitmap.SetPixel(x, y, Corners[(2 * (y * 2 / height)) + (x * 2 / width)]);
            }
        }

        using SKData data = bitmap.Encode(format, 95);
        return data.ToArray();
    }

    /// <summary>Puts an EXIF block with nothing but an orientation behind the start mark of a JPEG file.</summary>
    private static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif =
        [
            .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1,
            0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg.AsSpan(2)];
    }

    private static char Nearest(RgbImage image, int x, int y)
    {
        ReadOnlySpan<byte> pixel = image.Pixels.Slice(3 * ((y * image.Width) + x), 3);
        return (pixel[0] > 128, pixel[1] > 128, pixel[2] > 128) switch
        {
            (true, true, true) => 'W',
            (true, false, false) => 'R',
            (false, true, false) => 'G',
            (false, false, true) => 'B',
            _ => '?',
        };
    }

    // The corners of the upright picture (top left, top right, bottom left, bottom right), worked out by hand from the EXIF standard:
    // the stored picture has R G above B W.
    [TestMethod]
    [DataRow(1, "RGBW")]
    [DataRow(2, "GRWB")]
    [DataRow(3, "WBGR")]
    [DataRow(4, "BWRG")]
    [DataRow(5, "RBGW")]
    [DataRow(6, "BRWG")]
    [DataRow(7, "WGBR")]
    [DataRow(8, "GWRB")]
    public void ExifOrientation_IsApplied(int orientation, string corners)
    {
        using var folder = new TestFolder();
        string path = folder.Write("a.jpg", WithOrientation(Encode(SKEncodedImageFormat.Jpeg), orientation));
        RgbImage image = ImageReader.Read(path);
        Assert.AreEqual(orientation <= 4 ? (32, 16) : (16, 32), (image.Width, image.Height));
        Assert.AreEqual((image.Width, image.Height), ImageReader.ReadSize(path));
        using var stream = new MemoryStream(File.ReadAllBytes(path)) { Position = 7 };
        Assert.AreEqual(((image.Width, image.Height), 0L), (ImageReader.ReadSize(stream, "a"), stream.Position));
        string found = string.Concat(
            Nearest(image, 2, 2), Nearest(image, image.Width - 3, 2), Nearest(image, 2, image.Height - 3), Nearest(image, image.Width - 3, image.Height - 3));
        Assert.AreEqual(corners, found);
    }

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Jpeg)]
    [DataRow(SKEncodedImageFormat.Png)]
    [DataRow(SKEncodedImageFormat.Webp)]
    public void CutShort_IsAnErrorThatNamesTheFile(SKEncodedImageFormat format)
    {
        byte[] file = Encode(format, 160, 120);
        Assert.AreEqual(160, ImageReader.Read(new MemoryStream(file), "whole").Width);

        // The last bytes of a file are end marks and checksums: without them all pixels are still there.
        for (int length = 0; length < file.Length - 32; length += length < 700 ? 1 : 7)
        {
            string message = Assert.ThrowsExactly<SegmentationDataException>(() => ImageReader.Read(new MemoryStream(file[..length]), "street"), $"{length} of {file.Length}").Message;
            StringAssert.StartsWith(message, "Photograph 'street' ");
        }
    }

    [TestMethod]
    public void RealPhotographCutInTheMiddle_IsAnErrorThatNamesTheFile()
    {
        string path = Directory.GetFiles(GSS.Tests.SharedData.Require("data", "camvid", "val", "images"))[0];
        byte[] file = File.ReadAllBytes(path);
        foreach (double share in new[] { 0.1, 0.5, 0.9, 0.99 })
        {
            string message = Assert.ThrowsExactly<SegmentationDataException>(() => ImageReader.Read(new MemoryStream(file[..(int)(file.Length * share)]), "street.jpg")).Message;
            Assert.AreEqual("Photograph 'street.jpg' is cut short or damaged: its Jpeg data ends before its 480x360 pixels are complete, copy or download it again.", message);
        }
    }

    [TestMethod]
    public void MutatedBytes_GiveAPictureOrOurError()
    {
        byte[][] files = [Encode(SKEncodedImageFormat.Jpeg), Encode(SKEncodedImageFormat.Png), WithOrientation(Encode(SKEncodedImageFormat.Jpeg), 6)];
        Gen.Select(Gen.Int[0, files.Length - 1], Gen.Select(Gen.Int[0, 100_000], Gen.Byte).Array[1, 5]).Sample(
            (which, mutations) =>
            {
                byte[] file = [.. files[which]];
                foreach ((int position, byte value) in mutations)
                {
                    file[position % file.Length] = value;
                }

                try
                {
                    ImageReader.Read(new MemoryStream(file), "street");
                }
                catch (SegmentationDataException exception)
                {
                    StringAssert.StartsWith(exception.Message, "Photograph 'street' ");
                }
            },
            iter: 3000);
    }

    [TestMethod]
    public void Alpha_IsDroppedWithoutBlending()
    {
        byte[] file = new TestPng { Width = 2, Height = 1, BitDepth = 8, ColorType = 6, Sample = (x, _, c) => c == 3 ? (x == 0 ? 0 : 100) : 200 + c }.Encode();
        CollectionAssert.AreEqual(new byte[] { 200, 201, 202, 200, 201, 202 }, ImageReader.Read(new MemoryStream(file), "a").Pixels.ToArray());
    }

    [TestMethod]
    public void Grey_BecomesThreeEqualChannels()
        => CollectionAssert.AreEqual(new byte[] { 7, 7, 7, 77, 77, 77 }, ImageReader.Read(new MemoryStream(TestPng.Grey(2, 1, (x, _) => 7 + (70 * x))), "a").Pixels.ToArray());

    [TestMethod]
    public void NoImage_IsNamed()
    {
        using var folder = new TestFolder();
        Assert.AreEqual("Photograph 'a.jpg' is an empty file, expected a JPEG or PNG file: copy or download it again.", Assert.ThrowsExactly<SegmentationDataException>(() => ImageReader.Read(new MemoryStream(), "a.jpg")).Message);
        string text = folder.Write("text.jpg", "no picture at all, just a few words"u8.ToArray());
        StringAssert.StartsWith(Assert.ThrowsExactly<SegmentationDataException>(() => ImageReader.Read(text)).Message, $"Photograph '{text}' cannot be read (");
        Assert.ThrowsExactly<SegmentationDataException>(() => ImageReader.ReadSize(text));
        StringAssert.StartsWith(Assert.ThrowsExactly<SegmentationDataException>(() => ImageReader.ReadSize(new MemoryStream(), "b")).Message, "Photograph 'b' cannot be read (");
        using var oneWay = new System.IO.Compression.DeflateStream(new MemoryStream(), System.IO.Compression.CompressionMode.Decompress);
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => ImageReader.ReadSize(oneWay, "b")).Message, "Found a DeflateStream that cannot seek, expected one that can: ");
        StringAssert.StartsWith(Assert.ThrowsExactly<SegmentationDataException>(() => ImageReader.Read("/nowhere/a.jpg")).Message, "Photograph '/nowhere/a.jpg' was not found: ");
    }

    [TestMethod]
    public void HugeHeader_ClaimsNoMemory()
    {
        byte[] file = new TestPng { Width = 30000, Height = 1, BitDepth = 8, ColorType = 0, Sample = (_, _, _) => 0 }.Encode();
        List<byte> header = [];
        TestPng.AddChunk(header, "IHDR", [0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 0, 0, 0, 0]);
        header.ToArray().CopyTo(file.AsSpan(8));
        StringAssert.Contains(Assert.ThrowsExactly<SegmentationDataException>(() => ImageReader.Read(new MemoryStream(file), "a")).Message, "has 30000x30000 pixels, more than the 268435456 that are read");
    }

    [TestMethod]
    public void WrittenPng_IsReadBackExactly()
    {
        using var folder = new TestFolder();
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int[0, int.MaxValue]).Sample(
            (width, height, seed) =>
            {
                var image = new RgbImage(width, height);
                new Random(seed).NextBytes(image.Pixels);
                string path = folder.File($"{width}x{height}-{seed}.png");
                ImageWriter.SavePng(image, path);
                Assert.IsTrue(image.Pixels.SequenceEqual(ImageReader.Read(path).Pixels));
            },
            iter: 50);
    }
}
