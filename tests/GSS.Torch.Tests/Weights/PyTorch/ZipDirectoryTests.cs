using System.Text;
using GSS.Torch;

namespace GSS.Tests;

/// <summary>Tables of contents of zip archives, written byte by byte.</summary>
[TestClass]
public sealed class ZipDirectoryTests
{
    private static readonly byte[] Content = [1, 2, 3, 4, 5];

    [TestMethod]
    [DataRow(false, 0)]
    [DataRow(false, 300)]
    [DataRow(true, 0)]
    [DataRow(true, 300)]
    public void Entries_are_found_with_32_and_64_bits_and_behind_a_comment(bool wide, int comment)
    {
        ZipDirectory zip = Read(Zip(wide, comment));
        ZipEntry entry = zip.Entries["a/data.pkl"];
        Assert.AreEqual((5L, 5L, 0x12345678u, true), (entry.Length, entry.StoredLength, entry.Crc, entry.IsPlain));
        Assert.AreEqual((30L + 10, 5L), zip.Locate("a/data.pkl"));
    }

    [TestMethod]
    public void Impossible_tables_are_refused()
    {
        byte[] whole = Zip(wide: false, comment: 0);
        int end = whole.Length - 22, table = 30 + 10 + 5;
        Refused(whole, "places its table of 65535 entries", (end + 10, 0xff), (end + 11, 0xff));
        Refused(whole, "places its table of 1 entries at bytes", (end + 15, 0x7f));
        Refused(whole, "places its table of 1 entries at bytes", (end + 19, 0x7f));
        Refused(whole, "has no entry at byte 46 of its table", (end + 16, (byte)(table + 1)), (end + 12, 56));
        Refused(whole, "has no entry at byte 45 of its table", (table, 0));
        Refused(whole, "has no entry at byte 45 of its table", (table + 28, 0), (table + 29, 0));
        Refused(whole, "has no table of contents at its end", (end, 0));
        byte[] wide = Zip(wide: true, comment: 0);
        Refused(wide, "places the end of its table at byte", (wide.Length - 22 - 20 + 15, 0x7f));
        Refused(wide, "has no end of its table where it should be", (wide.Length - 22 - 20 + 8, 1));
    }

    [TestMethod]
    public void Entries_outside_the_file_are_refused()
    {
        byte[] whole = Zip(wide: false, comment: 0);
        int table = 30 + 10 + 5;
        Assert.Contains("(2130706437 bytes) at byte 0 of", Locate(whole, (table + 23, 0x7f), (table + 27, 0x7f)));
        Assert.Contains("(5 bytes) at byte 2130706432 of", Locate(whole, (table + 45, 0x7f)));
        Assert.Contains("(5 bytes) at byte 0 of", Locate(whole, (0, 0)));
        Assert.Contains("(5 bytes) at byte 0 of", Locate(whole, (26, 0xff)));
        Assert.Contains("'a/data.pkl' is compressed or encrypted", Locate(whole, (table + 10, 8)));
        Assert.Contains("'a/data.pkl' is compressed or encrypted", Locate(whole, (table + 8, 1)));
        Assert.Contains("'a/data.pkl' is compressed or encrypted", Locate(whole, (table + 20, 4)));
    }

    private static ZipDirectory Read(byte[] bytes)
    {
        var file = new WeightBytes(new MemoryStream(bytes), "some.zip");
        return ZipDirectory.Read(file, new MemoryAllowance(file));
    }

    private static void Refused(byte[] whole, string expected, params (int Place, byte Value)[] changes)
        => Assert.Contains(expected, Assert.ThrowsExactly<WeightFileException>(() => Read(Changed(whole, changes))).Message);

    private static string Locate(byte[] whole, params (int Place, byte Value)[] changes)
    {
        ZipDirectory zip = Read(Changed(whole, changes));
        return Assert.ThrowsExactly<WeightFileException>(() => zip.Locate("a/data.pkl")).Message;
    }

    private static byte[] Changed(byte[] whole, (int Place, byte Value)[] changes)
    {
        byte[] bytes = [.. whole];
        foreach ((int place, byte value) in changes)
        {
            bytes[place] = value;
        }

        return bytes;
    }

    /// <summary>One entry; with 64 bits, sizes and places stand where archives beyond 4 GB have them.</summary>
    private static byte[] Zip(bool wide, int comment)
    {
        byte[] name = Encoding.ASCII.GetBytes("a/data.pkl");
        using var stream = new MemoryStream();
        using var write = new BinaryWriter(stream);
        write.Write([(byte)'P', (byte)'K', 3, 4, .. new byte[22], (byte)name.Length, 0, 0, 0, .. name, .. Content]);

        long table = stream.Length;
        uint narrow(int value) => wide ? uint.MaxValue : (uint)value;
        write.Write([(byte)'P', (byte)'K', 1, 2, .. new byte[12]]);
        write.Write(0x12345678u);
        write.Write(narrow(Content.Length));
        write.Write(narrow(Content.Length));
        write.Write((ushort)name.Length);
        write.Write((ushort)(wide ? 4 + 2 + 4 + 24 : 0));
        write.Write(new byte[2 + 8]);
        write.Write(narrow(0));
        write.Write(name);
        if (wide)
        {
            // A field of somebody else's first.
            write.Write([7, 7, 2, 0, 9, 9, 1, 0, 24, 0]);
            write.Write((long)Content.Length);
            write.Write((long)Content.Length);
            write.Write(0L);
        }

        long end = stream.Length;
        if (wide)
        {
            write.Write([(byte)'P', (byte)'K', 6, 6, .. new byte[20]]);
            write.Write(1L);
            write.Write(1L);
            write.Write(end - table);
            write.Write(table);
            write.Write([(byte)'P', (byte)'K', 6, 7, 0, 0, 0, 0]);
            write.Write(end);
            write.Write(1);
        }

        write.Write([(byte)'P', (byte)'K', 5, 6, 0, 0, 0, 0]);
        write.Write((ushort)(wide ? ushort.MaxValue : 1));
        write.Write((ushort)(wide ? ushort.MaxValue : 1));
        write.Write(narrow((int)(end - table)));
        write.Write(narrow((int)table));
        write.Write((ushort)comment);
        write.Write(new byte[comment]);
        return stream.ToArray();
    }
}
