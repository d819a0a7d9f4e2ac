using System.Buffers.Binary;
using System.Text;

namespace GSS.Torch;

/// <summary>One file inside a zip archive.</summary>
/// <param name="HeaderStart">Where its local header begins.</param>
/// <param name="Length">The number of bytes.</param>
/// <param name="StoredLength">The number of bytes in the archive; smaller where they are compressed.</param>
/// <param name="Crc">The checksum of the bytes.</param>
/// <param name="IsPlain">Neither compressed nor encrypted.</param>
internal readonly record struct ZipEntry(long HeaderStart, long Length, long StoredLength, uint Crc, bool IsPlain);

/// <summary>The table of contents of a zip archive (PKWARE's APPNOTE, with the 64-bit records that PyTorch writes), read without unpacking anything.</summary>
internal sealed class ZipDirectory
{
    private const uint LocalHeader = 0x04034b50, CentralHeader = 0x02014b50, End = 0x06054b50, End64 = 0x06064b50, End64Locator = 0x07064b50;
    private const int LocalHeaderLength = 30, CentralHeaderLength = 46, EndLength = 22, End64Length = 56, LocatorLength = 20;
    private const int MaximumComment = ushort.MaxValue;

    private readonly WeightBytes _file;

    private ZipDirectory(WeightBytes file, Dictionary<string, ZipEntry> entries) => (_file, Entries) = (file, entries);

    /// <summary>The files by name.</summary>
    public IReadOnlyDictionary<string, ZipEntry> Entries { get; }

    /// <summary>Reads the table at the end of the file.</summary>
    /// <exception cref="WeightFileException">There is none, or it is damaged.</exception>
    public static ZipDirectory Read(WeightBytes file, MemoryAllowance allowance)
    {
        (long count, long length, long start) = FindTable(file);
        if (start < 0 || length < 0 || start > file.Length - length || count < 0 || count > length / CentralHeaderLength)
        {
            throw file.Damaged($"places its table of {count} entries at bytes {start} to {start + length} of {file.Length}");
        }

        var entries = new Dictionary<string, ZipEntry>(StringComparer.Ordinal);
        long position = start;
        Span<byte> header = stackalloc byte[CentralHeaderLength];
        Span<byte> text = stackalloc byte[1024];
        for (long i = 0; i < count; i++)
        {
            file.Read(header, position);
            int nameLength = UInt16(header[28..]), extraLength = UInt16(header[30..]);
            if (UInt32(header) != CentralHeader || nameLength > text.Length || nameLength == 0)
            {
                throw file.Damaged($"has no entry at byte {position} of its table");
            }

            allowance.Spend(200 + (2 * nameLength));
            Span<byte> nameBytes = text[..nameLength];
            file.Read(nameBytes, position + CentralHeaderLength);
            string name = Encoding.UTF8.GetString(nameBytes);
            ZipEntry entry = ReadSizes(file, header, position + CentralHeaderLength + nameLength, extraLength);
            if (!entries.TryAdd(name, entry))
            {
                throw file.Damaged($"holds '{name}' twice");
            }

            position += CentralHeaderLength + nameLength + extraLength + UInt16(header[32..]);
        }

        return new(file, entries);
    }

    /// <summary>Where an entry's bytes are.</summary>
    /// <param name="name">The entry, which must exist.</param>
    /// <exception cref="WeightFileException">It is compressed, or reaches beyond the file.</exception>
    public (long Start, long Length) Locate(string name)
    {
        ZipEntry entry = Entries[name];
        if (!entry.IsPlain || entry.Length != entry.StoredLength)
        {
            throw new WeightFileException($"The weight file '{_file.Path}' is a zip archive whose entry '{name}' is compressed or encrypted, where PyTorch stores it plainly; "
                + "unpack the weight file out of the archive, or save it again with torch.save.");
        }

        Span<byte> header = stackalloc byte[LocalHeaderLength];
        if (entry.HeaderStart < 0 || entry.Length < 0 || entry.HeaderStart > _file.Length - LocalHeaderLength)
        {
            throw Outside(name, entry);
        }

        _file.Read(header, entry.HeaderStart);
        long start = entry.HeaderStart + LocalHeaderLength + UInt16(header[26..]) + UInt16(header[28..]);
        return UInt32(header) == LocalHeader && start <= _file.Length - entry.Length ? (start, entry.Length) : throw Outside(name, entry);
    }

    private WeightFileException Outside(string name, ZipEntry entry)
        => _file.Damaged($"places '{name}' ({entry.Length} bytes) at byte {entry.HeaderStart} of {_file.Length}");

    private static (long Count, long Length, long Start) FindTable(WeightBytes file)
    {
        byte[] tail = new byte[Math.Min(file.Length, EndLength + MaximumComment)];
        file.Read(tail, file.Length - tail.Length);
        for (int at = tail.Length - EndLength; at >= 0; at--)
        {
            // The record ends with the length of a comment that fills the rest of the file.
            if (UInt32(tail.AsSpan(at)) == End && UInt16(tail.AsSpan(at + 20)) == tail.Length - at - EndLength)
            {
                long end = file.Length - tail.Length + at;
                return FindTable64(file, end) ?? (UInt16(tail.AsSpan(at + 10)), UInt32(tail.AsSpan(at + 12)), UInt32(tail.AsSpan(at + 16)));
            }
        }

        throw file.Damaged("begins like a zip archive but has no table of contents at its end");
    }

    private static (long Count, long Length, long Start)? FindTable64(WeightBytes file, long end)
    {
        if (end < LocatorLength)
        {
            return null;
        }

        Span<byte> locator = stackalloc byte[LocatorLength];
        file.Read(locator, end - LocatorLength);
        if (UInt32(locator) != End64Locator)
        {
            return null;
        }

        Span<byte> record = stackalloc byte[End64Length];
        long place = Int64(locator[8..]);
        if (place < 0 || place > end - End64Length)
        {
            throw file.Damaged($"places the end of its table at byte {place} of {file.Length}");
        }

        file.Read(record, place);
        return UInt32(record) == End64 ? (Int64(record[32..]), Int64(record[40..]), Int64(record[48..])) : throw file.Damaged("has no end of its table where it should be");
    }

    /// <summary>Sizes and place; where 32 bits were too few, they follow in an extra field with the number 1.</summary>
    private static ZipEntry ReadSizes(WeightBytes file, ReadOnlySpan<byte> header, long extraStart, int extraLength)
    {
        const uint inExtraField = uint.MaxValue;
        long stored = UInt32(header[20..]), length = UInt32(header[24..]), place = UInt32(header[42..]);
        if (stored == inExtraField || length == inExtraField || place == inExtraField)
        {
            Span<byte> extra = stackalloc byte[4 + 24];
            for (long at = extraStart; at + 4 <= extraStart + extraLength; at += 4 + UInt16(extra[2..]))
            {
                file.Read(extra[..4], at);
                int fieldLength = Math.Min((int)UInt16(extra[2..]), 24);
                if (UInt16(extra) != 1)
                {
                    continue;
                }

                extra[4..].Clear();
                file.Read(extra.Slice(4, fieldLength), at + 4);
                ReadOnlySpan<byte> next = extra[4..];
                Take(ref length, ref next);
                Take(ref stored, ref next);
                Take(ref place, ref next);
                break;
            }
        }

        bool encrypted = (UInt16(header[8..]) & 1) != 0;
        return new(place, length, stored, UInt32(header[16..]), UInt16(header[10..]) == 0 && !encrypted);

        static void Take(ref long value, ref ReadOnlySpan<byte> next)
        {
            if (value == inExtraField)
            {
                value = Int64(next);
                next = next[sizeof(long)..];
            }
        }
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static long Int64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);
}
