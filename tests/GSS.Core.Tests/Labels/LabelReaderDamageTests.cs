using System.Buffers.Binary;
using CsCheck;

namespace GSS.Core.Tests;

[TestClass]
public sealed class LabelReaderDamageTests
{
    private static readonly SegmentationClasses Classes = SegmentationClasses.CamVid;

    private static string Message(byte[] file)
    {
        string message = Assert.ThrowsExactly<SegmentationDataException>(() => LabelReader.Read(new MemoryStream(file), "street.png", Classes)).Message;
        StringAssert.StartsWith(message, "Label map 'street.png' ");
        return message;
    }

    private static TestPng Sample(bool interlaced = false, int colorType = 0) => new()
    {
        Width = 23,
        Height = 17,
        BitDepth = 8,
        ColorType = colorType,
        Interlaced = interlaced,
        ChunkLength = 40,
        Palette = colorType == 3 ? [.. Enumerable.Range(0, 12).Select(i => ((byte)i, (byte)0, (byte)0))] : [],
        Sample = (x, y, _) => (x + (y * 3)) % 12,
    };

    [TestMethod]
    public void EveryTruncation_IsAnErrorThatNamesTheFile()
    {
        byte[] file = Sample().Encode();
        for (int length = 0; length < file.Length; length++)
        {
            Message(file[..length]);
        }

        Assert.AreEqual("Label map 'street.png' cannot be read because the file is empty: expected an undamaged PNG file, save or copy it again.", Message([]));
        StringAssert.Contains(Message(file[..^12]), "before its end mark (IEND)");
    }

    [TestMethod]
    public void EveryFlippedBit_IsAnErrorThatNamesTheFile()
    {
        byte[] file = Sample(interlaced: true, colorType: 3).Encode();
        for (int bit = 0; bit < 8 * file.Length; bit++)
        {
            byte[] damaged = [.. file];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Message(damaged);
        }
    }

    [TestMethod]
    public void MutatedBytesWithRightChecksums_GiveALabelMapOrOurError()
    {
        byte[][] files = [Sample().Encode(), Sample(true).Encode(), Sample(false, 3).Encode(), Sample(true, 6).Encode(), Sample(false, 4).Encode()];
        int read = 0;
        Gen.Select(Gen.Int[0, files.Length - 1], Gen.Select(Gen.Int[8, 1000], Gen.Byte).Array[1, 6], Gen.Bool).Sample(
            (which, mutations, mend) =>
            {
                byte[] file = [.. files[which]];
                foreach ((int position, byte value) in mutations)
                {
                    file[position % file.Length] = value;
                }

                if (mend)
                {
                    MendChecksums(file);
                }

                try
                {
                    LabelReader.Read(new MemoryStream(file), "street.png", Classes);
                    Interlocked.Increment(ref read);
                }
                catch (SegmentationDataException exception)
                {
                    StringAssert.StartsWith(exception.Message, "Label map 'street.png' ");
                }
            },
            iter: 20_000);
        Assert.IsGreaterThan(0, read, "No mutation was harmless, so the right checksums are not right.");
    }

    [TestMethod]
    public void HeaderThatPromisesTooMuch_ClaimsNoMemory()
    {
        byte[] Header(int width, int height)
        {
            byte[] file = Sample().Encode();
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), width);
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), height);
            MendChecksums(file);
            return file;
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        StringAssert.Contains(Message(Header(16000, 16000)), "bytes of pixel data cannot hold 16000x16000 pixels");
        StringAssert.Contains(Message(Header(int.MaxValue, int.MaxValue)), "its header says 2147483647x2147483647 pixels, more than the 268435456 that are read");
        StringAssert.Contains(Message(Header(0, 5)), "its header says 0x5 pixels");
        StringAssert.Contains(Message(Header(-5, 5)), "its header says 4294967291x5 pixels");
        Assert.IsLessThan(1_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
        StringAssert.Contains(Message(Header(23, 18)), "its pixel data ends after 408 of 432 bytes");
        StringAssert.Contains(Message(Header(23, 16)), "holds more than the 384 bytes of 23x16 pixels");
    }

    [TestMethod]
    public void BombThatUnpacksToMoreThanItsHeaderSays_StopsThere()
    {
        byte[] bomb = Sample().Assemble(new byte[50_000_000]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        StringAssert.Contains(Message(bomb), "holds more than the 408 bytes");
        Assert.IsLessThan(10L * bomb.Length, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void WrongStructure_IsNamed()
    {
        Assert.AreEqual(
            "Label map 'street.png' is a JPEG file, whose compression blurs class values, expected a PNG file: export the labels as PNG again; "
            + "where only the JPEG is left, convert it to a grey PNG file and give the classes an idMap with a valueTolerance.",
            Message([0xFF, 0xD8, 0xFF, 0xE0, .. new byte[100]]));
        StringAssert.Contains(Message(new TestPng { Width = 2, Height = 2, BitDepth = 8, ColorType = 3, Sample = (_, _, _) => 0 }.Encode()), "it has a palette picture but no palette (PLTE)");
        StringAssert.Contains(Message(new TestPng { Width = 2, Height = 2, BitDepth = 3, ColorType = 0, Sample = (_, _, _) => 0 }.Encode()), "bit depth 3, colour type 0");
        StringAssert.Contains(Message(new TestPng { Width = 2, Height = 2, BitDepth = 8, ColorType = 0, Filter = _ => 9, Sample = (_, _, _) => 0 }.Encode()), "a row filter 9");
        StringAssert.Contains(Message(new TestPng { Width = 2, Height = 2, BitDepth = 8, ColorType = 0, Sample = (_, _, _) => 0, ExtraChunks = [("NEWS", [])] }.Encode()), "a chunk 'NEWS'");
        StringAssert.Contains(Message(new TestPng { Width = 2, Height = 2, BitDepth = 8, ColorType = 0, Sample = (_, _, _) => 0, ExtraChunks = [("PLTE", [1, 2])] }.Encode()), "(PLTE) has 2 bytes");
    }

    [TestMethod]
    public void UnneededChunks_AreSkipped()
    {
        byte[] file = new TestPng { Width = 2, Height = 1, BitDepth = 8, ColorType = 0, Sample = (x, _, _) => x, ExtraChunks = [("tEXt", [65, 0, 66]), ("gAMA", [0, 0, 0, 1]), ("tRNS", [0, 1])] }.Encode();
        CollectionAssert.AreEqual(new byte[] { 0, 1 }, LabelReader.Read(new MemoryStream(file), "a.png", Classes).Ids.ToArray());
    }

    [TestMethod]
    public void MissingFile_IsNamed()
    {
        string message = Assert.ThrowsExactly<SegmentationDataException>(() => LabelReader.Read("/nowhere/a.png", Classes)).Message;
        StringAssert.StartsWith(message, "Label map '/nowhere/a.png' was not found: ");
        Assert.ThrowsExactly<SegmentationDataException>(() => LabelReader.ReadSize("/nowhere/a.png"));
        string folder = Assert.ThrowsExactly<SegmentationDataException>(() => LabelReader.Read(Path.GetTempPath(), Classes)).Message;
        StringAssert.Contains(folder, "could not be opened");
    }

    /// <summary>Walks over the chunks as far as their lengths make sense and writes the checksum that fits each.</summary>
    private static void MendChecksums(byte[] file)
    {
        int position = 8;
        while (position + 12 <= file.Length && BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(position)) is var length and >= 0 && length <= file.Length - position - 12)
        {
            var chunk = new List<byte>();
            TestPng.AddChunk(chunk, System.Text.Encoding.Latin1.GetString(file, position + 4, 4).Replace((char)0xFF, '?'), file[(position + 8)..(position + 8 + length)]);
            chunk.ToArray().AsSpan(8 + length).CopyTo(file.AsSpan(position + 8 + length));
            position += 12 + length;
        }
    }
}
