namespace GSS.Core.Tests;

/// <summary>One rule for label maps and photographs: chunks that a PNG reader may leave out are left out where they are damaged, the others are an error.</summary>
[TestClass]
public sealed class PngChunkTests
{
    private static readonly SegmentationClasses Classes = SegmentationClasses.CamVid;

    private static byte[] Encode(params (string Type, byte[] Data)[] extra) =>
        new TestPng { Width = 2, Height = 1, BitDepth = 8, ColorType = 3, Sample = (x, _, _) => x, Palette = [(1, 2, 3), (4, 5, 6)], ExtraChunks = extra }.Encode();

    private static byte[] Damage(byte[] file, string type)
    {
        byte[] damaged = [.. file];
        int position = damaged.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(type));
        int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(damaged.AsSpan(position - 4));
        damaged[position + 4 + length] ^= 1;
        return damaged;
    }

    private static byte[] Exif(int orientation) => [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];

    private static LabelMap Read(byte[] file) => LabelReader.Read(new MemoryStream(file), "a.png", Classes);

    [TestMethod]
    [DataRow("pHYs")]
    [DataRow("tEXt")]
    [DataRow("eXIf")]
    public void DamagedAncillaryChunk_IsPassedOver(string type)
    {
        byte[] file = Damage(Encode((type, type == "eXIf" ? Exif(6) : [.. "Comment\0x"u8])), type);
        CollectionAssert.AreEqual(new byte[] { 0, 1 }, Read(file).Ids.ToArray());
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3, 4, 5, 6 }, ImageReader.Read(new MemoryStream(file), "a.png").Pixels.ToArray());
    }

    [TestMethod]
    [DataRow("PLTE")]
    [DataRow("IDAT")]
    public void DamagedCriticalChunk_IsAnError(string type)
    {
        byte[] file = Damage(Encode(), type);
        StringAssert.Contains(Assert.ThrowsExactly<SegmentationDataException>(() => Read(file)).Message, $"its chunk '{type}' at byte ");
        Assert.ThrowsExactly<SegmentationDataException>(() => ImageReader.Read(new MemoryStream(file), "a.png"));
    }

    // Stored are two pixels, left and right. PNG, third edition: the chunk may stand before or behind the pixels.
    [TestMethod]
    [DataRow(1, "2x1 123456")]
    [DataRow(2, "2x1 456123")]
    [DataRow(3, "2x1 456123")]
    [DataRow(4, "2x1 123456")]
    [DataRow(5, "1x2 123456")]
    [DataRow(6, "1x2 123456")]
    [DataRow(7, "1x2 456123")]
    [DataRow(8, "1x2 456123")]
    public void TurnedPhotograph_IsUpright(int orientation, string expected)
    {
        byte[] before = Encode(("eXIf", Exif(orientation))), without = Encode();
        byte[] chunk = before.AsSpan(before.AsSpan().IndexOf("eXIf"u8) - 4, 12 + Exif(orientation).Length).ToArray();
        byte[] behind = [.. without[..^12], .. chunk, .. without[^12..]];
        using var folder = new TestFolder();
        foreach (byte[] file in new[] { before, behind })
        {
            RgbImage image = ImageReader.Read(new MemoryStream(file), "a.png");
            Assert.AreEqual(expected, $"{image.Width}x{image.Height} {string.Concat(image.Pixels.ToArray())}");
            string path = folder.Write("a.png", file);
            Assert.AreEqual((image.Width, image.Height), ImageReader.ReadSize(path));
            Assert.AreEqual(orientation != 1, ImageReader.ReadHeader(path).IsTurned);
        }
    }

    // Lengths that no file has and every cut, behind the pixels: Skia reads some of them and refuses others; the search for the chunk adds no exception of its own.
    [TestMethod]
    public void DamageBehindThePixels_IsReadOrRefused()
    {
        byte[] without = Encode();
        var files = new List<byte[]>();
        foreach (byte[] length in new byte[][] { [255, 255, 255, 255], [127, 255, 255, 255], [0, 255, 255, 255] })
        {
            files.Add([.. without[..^12], .. length, .. "eXIf"u8, .. Exif(6)]);
            files.Add([.. without[..^12], .. length, .. "tEXt"u8, 0, 0, 0]);
        }

        byte[] before = Encode(("eXIf", Exif(6)));
        files.AddRange(Enumerable.Range(0, before.Length).Select(length => before[..length]));
        int read = 0;
        foreach (byte[] file in files)
        {
            using (var stream = new MemoryStream(file))
            {
                Assert.IsTrue(PngOrientation.Read(stream) is 1 or 6);
            }

            try
            {
                read += ImageReader.Read(new MemoryStream(file), "a.png").Pixels.Length == 6 ? 1 : 0;
            }
            catch (SegmentationDataException)
            {
            }
        }

        Assert.IsGreaterThan(0, read);
    }

    [TestMethod]
    public void TurnedLabelMap_IsRefused()
    {
        CollectionAssert.AreEqual(new byte[] { 0, 1 }, Read(Encode(("eXIf", Exif(1)))).Ids.ToArray());
        for (int orientation = 2; orientation <= 8; orientation++)
        {
            byte[] little = [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];
            foreach (byte[] block in new[] { Exif(orientation), little })
            {
                Assert.AreEqual(
                    "Label map 'a.png' has an EXIF block (eXIf) that says its pixels are to be turned, expected the labels as they lie on the upright photograph: turn its pixels and save it without EXIF.",
                    Assert.ThrowsExactly<SegmentationDataException>(() => Read(Encode(("eXIf", block)))).Message);
            }
        }

        // Damaged blocks say nothing.
        for (int length = 0; length < 26; length++)
        {
            byte[] cut = Exif(6)[..length];
            if (length < 20)
            {
                Read(Encode(("eXIf", cut)));
            }
        }

        Read(Encode(("eXIf", [.. "MM\0*"u8, 255, 255, 255, 255, 0, 1])));
    }
}
