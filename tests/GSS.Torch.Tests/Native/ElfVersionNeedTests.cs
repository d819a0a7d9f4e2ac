using System.Buffers.Binary;
using System.Text;
using CsCheck;
using GSS.Torch;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace GSS.Tests.Native;

[TestClass]
public sealed class ElfVersionNeedTests
{
    private const int FirstVersion = 64 + 16 + 4;
    private const int SecondVersion = FirstVersion + 16;

    [TestMethod]
    public void MakeWeak_FlagsTheOneVersionAndNothingElse()
    {
        byte[] library = TinyLibrary();
        byte[] expected = [.. library];
        expected[SecondVersion] = 2;

        Assert.IsTrue(ElfVersionNeed.MakeWeak(library, "GLIBCXX_3.4.32"));

        CollectionAssert.AreEqual(expected, library);
    }

    [TestMethod]
    public void MakeWeak_VersionNotNamed_ChangesNothing()
    {
        byte[] library = TinyLibrary();

        Assert.IsFalse(ElfVersionNeed.MakeWeak(library, "GLIBCXX_3.4"));

        CollectionAssert.AreEqual(TinyLibrary(), library);
    }

    [TestMethod]
    public void MakeWeak_TorchSharpsLibrary_ChangesOneByte()
    {
        string? path = NativeFolders.OfApplication(typeof(TorchSharp.torch).Assembly.Location)
            .Select(folder => Path.Combine(folder, "libLibTorchSharp.so")).FirstOrDefault(File.Exists);
        if (path is null) Assert.Inconclusive("Skipped: TorchSharp's Linux library is not part of this build.");
        byte[] original = File.ReadAllBytes(path);
        byte[] changed = [.. original];

        Assert.IsTrue(ElfVersionNeed.MakeWeak(changed, "GLIBCXX_3.4.32"));

        int[] differences = [.. Enumerable.Range(0, original.Length).Where(i => original[i] != changed[i])];
        Assert.HasCount(1, differences);
        Assert.AreEqual(original[differences[0]] | 2, changed[differences[0]]);
    }

    [TestMethod]
    [DataRow(0, "")]
    [DataRow(1, "MZ")]
    [DataRow(2, "\u007fELF\u0001\u0001")]
    public void MakeWeak_NoElf_Refused(int length, string start)
    {
        byte[] bytes = new byte[length == 0 ? 0 : 200];
        Encoding.ASCII.GetBytes(start).CopyTo(bytes, 0);

        Assert.ThrowsExactly<InvalidDataException>(() => ElfVersionNeed.MakeWeak(bytes, "GLIBCXX_3.4.32"));
    }

    [TestMethod]
    public void MakeWeak_CutOff_Refused()
    {
        byte[] library = TinyLibrary();
        for (int length = 0; length < library.Length; length++)
        {
            byte[] cut = library[..length];
            Assert.ThrowsExactly<InvalidDataException>(() => ElfVersionNeed.MakeWeak(cut, "GLIBCXX_3.4.32"), $"length {length}");
        }
    }

    [TestMethod]
    [Timeout(20_000, CooperativeCancellation = false)]
    public void MakeWeak_CountsOfBillions_EndWithTheLists()
    {
        byte[] library = TinyLibrary();
        Write32(library, library.Length - 128 + 44, int.MaxValue);
        Write32(library, library.Length - 64 + 44, int.MaxValue);
        Write16(library, 66, ushort.MaxValue);

        Assert.IsTrue(ElfVersionNeed.MakeWeak(library, "GLIBCXX_3.4.32"));
    }

    [TestMethod]
    public void MakeWeak_AnyDamage_EndsWithAnAnswerOrARefusal() => Check.Sample(
        Gen.Int[0, TinyLibrary().Length - 1].Select(Gen.Byte).Array[1, 8],
        damage =>
        {
            byte[] library = TinyLibrary();
            foreach ((int at, byte value) in damage) library[at] = value;
            try
            {
                ElfVersionNeed.MakeWeak(library, "GLIBCXX_3.4.32");
            }
            catch (InvalidDataException)
            {
            }
        });

    // Header, one needed file with two versions, their names, and the headers of both sections.
    private static byte[] TinyLibrary()
    {
        byte[] names = Encoding.ASCII.GetBytes("\0GLIBCXX_3.4.30\0GLIBCXX_3.4.32\0libstdc++.so.6\0\0\0");
        int namesAt = SecondVersion - 4 + 16;
        int sections = namesAt + names.Length;
        byte[] library = new byte[sections + (2 * 64)];
        new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(library, 0);
        Write64(library, 0x28, sections);
        Write16(library, 0x3a, 64);
        Write16(library, 0x3c, 2);

        Write16(library, 64, 1);            // Verneed: version, count, file, aux, next
        Write16(library, 66, 2);
        Write32(library, 68, 31);
        Write32(library, 72, 16);
        Write32(library, FirstVersion - 4 + 8, 1);      // Vernaux: hash, flags, other, name, next
        Write32(library, FirstVersion - 4 + 12, 16);
        Write32(library, SecondVersion - 4 + 8, 16);
        names.CopyTo(library, namesAt);

        Section(library, sections, 0x6ffffffe, 64, namesAt - 64, link: 1, info: 1);
        Section(library, sections + 64, 3, namesAt, names.Length, link: 0, info: 0);
        return library;
    }

    private static void Section(byte[] library, int at, uint type, int offset, int size, int link, int info)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(library.AsSpan(at + 4), type);
        Write64(library, at + 24, offset);
        Write64(library, at + 32, size);
        Write32(library, at + 40, link);
        Write32(library, at + 44, info);
    }

    private static void Write16(byte[] library, int at, int value) => BinaryPrimitives.WriteInt16LittleEndian(library.AsSpan(at), (short)value);

    private static void Write32(byte[] library, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(library.AsSpan(at), value);

    private static void Write64(byte[] library, int at, int value) => BinaryPrimitives.WriteInt64LittleEndian(library.AsSpan(at), value);
}
