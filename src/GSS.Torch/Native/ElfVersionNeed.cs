using System.Buffers.Binary;
using System.Text;

namespace GSS.Torch;

/// <summary>
/// Marks one symbol version that an ELF library needs as weak.
/// TorchSharp's Linux library names GLIBCXX_3.4.32 (GCC 13) for a symbol that nothing in it uses,
/// so an older libstdc++ serves it just as well; the system's loader refuses it only because the need is not weak.
/// </summary>
internal static class ElfVersionNeed
{
    private const int SectionTypeVersionNeed = 0x6ffffffe;
    private const ushort WeakFlag = 2;
    private const int SectionHeaderSize = 64;
    private const int NeedSize = 16;

    /// <summary>Sets the weak flag of every need for <paramref name="version"/> and leaves all other bytes alone.</summary>
    /// <param name="library">The bytes of a 64-bit little-endian ELF library, changed in place.</param>
    /// <param name="version">The version's name, such as GLIBCXX_3.4.32.</param>
    /// <returns>True when the library names the version.</returns>
    /// <exception cref="InvalidDataException">The bytes are no such ELF library, or its tables point outside of it.</exception>
    public static bool MakeWeak(Span<byte> library, string version)
    {
        if (library.Length < 64 || !library[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            throw new InvalidDataException("This is no 64-bit little-endian ELF library.");
        }

        try
        {
            return MakeWeakInSections(library, Encoding.ASCII.GetBytes(version));
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("The ELF library is damaged: a table points outside of the file.", e);
        }
    }

    private static bool MakeWeakInSections(Span<byte> library, byte[] version)
    {
        int headers = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(library[0x28..]));
        int headerSize = BinaryPrimitives.ReadUInt16LittleEndian(library[0x3a..]);
        int headerCount = BinaryPrimitives.ReadUInt16LittleEndian(library[0x3c..]);
        if (headerSize != SectionHeaderSize)
        {
            throw new InvalidDataException($"The ELF library's section headers have {headerSize} bytes, expected {SectionHeaderSize}.");
        }

        bool found = false;
        for (int i = 0; i < headerCount; i++)
        {
            Section section = Section.Read(library, headers + (i * SectionHeaderSize));
            if (section.Type != SectionTypeVersionNeed) continue;
            Section names = Section.Read(library, headers + (section.Link * SectionHeaderSize));
            found |= MakeWeakInNeeds(
                library.Slice(section.Offset, section.Size), section.Info, library.Slice(names.Offset, names.Size), version);
        }

        return found;
    }

    // The counts may be wrong, up to billions: a step of 0, which the last of a list has, ends it.
    // Two linked lists: files (Verneed: version, count, file, aux, next), each with its versions (Vernaux: hash, flags, other, name, next).
    private static bool MakeWeakInNeeds(Span<byte> needs, int fileCount, ReadOnlySpan<byte> names, byte[] version)
    {
        bool found = false;
        int file = 0;
        for (int f = 0; f < fileCount; f++)
        {
            Span<byte> fileEntry = needs.Slice(file, NeedSize);
            int count = BinaryPrimitives.ReadUInt16LittleEndian(fileEntry[2..]);
            int aux = checked(file + (int)BinaryPrimitives.ReadUInt32LittleEndian(fileEntry[8..]));
            for (int a = 0; a < count; a++)
            {
                Span<byte> entry = needs.Slice(aux, NeedSize);
                ReadOnlySpan<byte> name = names[checked((int)BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]))..];
                int end = name.IndexOf((byte)0);
                if (end >= 0 && name[..end].SequenceEqual(version))
                {
                    ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(entry[4..]);
                    BinaryPrimitives.WriteUInt16LittleEndian(entry[4..], (ushort)(flags | WeakFlag));
                    found = true;
                }

                int nextEntry = checked((int)BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]));
                if (nextEntry == 0) break;
                aux = checked(aux + nextEntry);
            }

            int nextFile = checked((int)BinaryPrimitives.ReadUInt32LittleEndian(fileEntry[12..]));
            if (nextFile == 0) break;
            file = checked(file + nextFile);
        }

        return found;
    }

    private readonly record struct Section(uint Type, int Offset, int Size, int Link, int Info)
    {
        public static Section Read(ReadOnlySpan<byte> library, int at)
        {
            ReadOnlySpan<byte> header = library.Slice(at, SectionHeaderSize);
            return new Section(
                BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
                checked((int)BinaryPrimitives.ReadUInt64LittleEndian(header[24..])),
                checked((int)BinaryPrimitives.ReadUInt64LittleEndian(header[32..])),
                checked((int)BinaryPrimitives.ReadUInt32LittleEndian(header[40..])),
                checked((int)BinaryPrimitives.ReadUInt32LittleEndian(header[44..])));
        }
    }
}
