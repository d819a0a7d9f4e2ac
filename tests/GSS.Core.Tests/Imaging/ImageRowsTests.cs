namespace GSS.Core.Tests.Imaging;

/// <summary>Photographs row by row: the same pixels as of the whole picture.</summary>
[TestClass]
public sealed class ImageRowsTests
{
    [TestMethod]
    [DataRow(31, 17)]
    [DataRow(7, 5)]
    [DataRow(62, 34)]
    [DataRow(1, 90)]
    [DataRow(90, 1)]
    public void Resized_rows_are_those_of_the_resized_picture(int width, int height)
    {
        RgbImage image = Noise(31, 17);
        using var rows = new ResizedRows(new WholeRows(image), width, height);
        CollectionAssert.AreEqual(image.Resize(width, height).Pixels.ToArray(), rows.ReadAll().Pixels.ToArray());
    }

    // Noise does not shrink: 1.5 MB are more than one chunk.
    [TestMethod]
    public void Large_png_files_have_several_chunks_that_read_back()
    {
        using var folder = new TestFolder();
        RgbImage image = Noise(700, 720);
        string path = folder.File("a.png");
        ImageWriter.SavePng(image, path);
        byte[] file = File.ReadAllBytes(path);
        int chunks = Enumerable.Range(0, file.Length - 4).Count(i => file.AsSpan(i, 4).SequenceEqual("IDAT"u8));
        Assert.AreEqual(2, chunks);
        CollectionAssert.AreEqual(image.Pixels.ToArray(), PngReader.Read(file).Samples, "by our own reader");
        CollectionAssert.AreEqual(image.Pixels.ToArray(), ImageReader.Read(path).Pixels.ToArray(), "by Skia");
        using ImageRows rows = ImageRows.Open(path);
        CollectionAssert.AreEqual(image.Pixels.ToArray(), rows.ReadAll().Pixels.ToArray(), "by rows");
        Assert.IsLessThan(10_000, rows.HeldBytes);
    }

    [TestMethod]
    [DataRow(0, 1)]
    [DataRow(0, 2)]
    [DataRow(0, 4)]
    [DataRow(0, 8)]
    [DataRow(0, 16)]
    [DataRow(2, 8)]
    [DataRow(2, 16)]
    [DataRow(3, 1)]
    [DataRow(3, 2)]
    [DataRow(3, 4)]
    [DataRow(3, 8)]
    [DataRow(4, 8)]
    [DataRow(4, 16)]
    [DataRow(6, 8)]
    [DataRow(6, 16)]
    public void Png_files_of_every_kind_have_the_pixels_that_Skia_gives(int colorType, int bitDepth)
    {
        using var folder = new TestFolder();
        byte[] file = new TestPng
        {
            Width = 21,
            Height = 13,
            BitDepth = bitDepth,
            ColorType = colorType,
            ChunkLength = 50,
            Palette = colorType == 3 ? [.. Enumerable.Range(0, 1 << bitDepth).Select(i => ((byte)(i * 5), (byte)(i * 9), (byte)(i * 13)))] : [],
            ExtraChunks = [("tEXt", [65, 0, 66])],
            Sample = (x, y, c) => ((x * 977) + (y * 1511) + (c * 5003)) & ((1 << bitDepth) - 1),
        }.Encode();
        string path = folder.Write("a.png", file);
        using (ImageRows rows = ImageRows.Open(path))
        {
            Assert.IsInstanceOfType<PngRows>(rows);
            CollectionAssert.AreEqual(ImageReader.Read(path).Pixels.ToArray(), rows.ReadAll().Pixels.ToArray());
        }

        // Whichever byte of the chunks that count is wrong, every eleventh here, or wherever the file ends, it is told.
        int text = file.AsSpan().IndexOf("tEXt"u8), end = file.AsSpan().IndexOf("IEND"u8);
        for (int i = 8; i < end - 4; i += i < end - 24 ? 11 : 1)
        {
            bool counts = i < text - 4 || i > text + 10;
            folder.Write("a.png", [.. file[..i], (byte)(file[i] ^ 0x55), .. file[(i + 1)..]]);
            if (counts)
            {
                Assert.ThrowsExactly<SegmentationDataException>(() => ReadAll(path), $"byte {i}");
            }

            folder.Write("a.png", file[..i]);
            Assert.ThrowsExactly<SegmentationDataException>(() => ReadAll(path), $"{i} bytes");
        }
    }

    [TestMethod]
    public void Interlaced_files_are_read_as_a_whole()
    {
        using var folder = new TestFolder();
        string path = folder.Write("a.png", new TestPng { Width = 21, Height = 13, BitDepth = 8, ColorType = 2, Interlaced = true, Sample = (x, y, c) => (x * 7) + (y * 11) + (c * 50) & 255 }.Encode());
        using ImageRows rows = ImageRows.Open(path);
        Assert.AreEqual(7 * 21 * 13, rows.HeldBytes);
        CollectionAssert.AreEqual(ImageReader.Read(path).Pixels.ToArray(), rows.ReadAll().Pixels.ToArray());
    }

    [TestMethod]
    public void Rows_that_are_missing_are_no_file()
    {
        using var stream = new MemoryStream();
        using var rows = new PngRowWriter(stream, new(2, 2, 8, PngColorType.Grey, Interlaced: false));
        rows.Write([1, 2]);
        Assert.ThrowsExactly<InvalidOperationException>(rows.Finish);
    }

    [TestMethod]
    [DataRow(new byte[] { 0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 9, 9, 0xFF, 0xC4, 0, 2, 0xFF, 0xC2, 0, 11 }, true)]
    [DataRow(new byte[] { 0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 9, 9, 0xFF, 0xC0, 0, 11 }, false)]
    [DataRow(new byte[] { 0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 0xFF, 0xC2, 0, 11 }, false)]
    [DataRow(new byte[] { 0xFF }, false)]
    public void The_frame_header_tells_of_passes(byte[] file, bool progressive) =>
        Assert.AreEqual(progressive, JpegFrame.IsProgressive(new MemoryStream(file)));

    [TestMethod]
    public void Values_of_all_classes_are_asked_beforehand()
    {
        var classes = new SegmentationClasses("two", ["a", "b"], idMap: new Dictionary<int, byte> { [7] = 0 });
        Assert.Contains("has no value for class 'b'", Assert.ThrowsExactly<ArgumentException>(() => LabelWriter.ValuesOfAll(classes)).Message);
    }

    private static void ReadAll(string path)
    {
        using ImageRows rows = ImageRows.Open(path);
        rows.ReadAll();
    }

    private static RgbImage Noise(int width, int height)
    {
        var image = new RgbImage(width, height);
        new Random(1).NextBytes(image.Pixels);
        return image;
    }
}
