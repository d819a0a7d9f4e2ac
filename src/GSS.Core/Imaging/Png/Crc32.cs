using System.Buffers.Binary;

namespace GSS.Core;

/// <summary>The CRC of PNG chunks (PNG specification, annex D) and of zip archives: polynomial 0xEDB88320, bits reflected.</summary>
internal static class Crc32
{
    private const int Step = 8;
    private const int TableLength = 256;

    /// <summary>For each byte value, what it leaves in the CRC when 0 to 7 more bytes follow it: eight bytes are done at once, which weight files of a gigabyte want.</summary>
    private static readonly uint[] Tables = MakeTables();

    /// <summary>The CRC of some bytes, or of all so far where they continue others.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="previous">The CRC of those before them.</param>
    public static uint Compute(ReadOnlySpan<byte> bytes, uint previous = 0)
    {
        uint[] tables = Tables;
        uint crc = ~previous;
        for (; bytes.Length >= Step; bytes = bytes[Step..])
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc, high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = tables[(7 * TableLength) + (byte)low] ^ tables[(6 * TableLength) + (byte)(low >> 8)]
                ^ tables[(5 * TableLength) + (byte)(low >> 16)] ^ tables[(4 * TableLength) + (byte)(low >> 24)]
                ^ tables[(3 * TableLength) + (byte)high] ^ tables[(2 * TableLength) + (byte)(high >> 8)]
                ^ tables[TableLength + (byte)(high >> 16)] ^ tables[(byte)(high >> 24)];
        }

        foreach (byte value in bytes)
        {
            crc = tables[(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] MakeTables()
    {
        uint[] tables = new uint[Step * TableLength];
        for (uint i = 0; i < TableLength; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            }

            tables[i] = value;
        }

        for (int i = TableLength; i < tables.Length; i++)
        {
            uint before = tables[i - TableLength];
            tables[i] = tables[(byte)before] ^ (before >> 8);
        }

        return tables;
    }
}
