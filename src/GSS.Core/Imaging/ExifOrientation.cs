using System.Buffers.Binary;

namespace GSS.Core;

/// <summary>The orientation in an EXIF block (EXIF 2.32: a TIFF header and directory with the tag 0x0112).</summary>
internal static class ExifOrientation
{
    private const ushort Tag = 0x0112;

    /// <summary>1 to 8, or 1 where the block has none or is damaged.</summary>
    /// <param name="tiff">The block from its byte order mark on.</param>
    public static int Read(ReadOnlySpan<byte> tiff)
    {
        bool little = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || (!little && !tiff.StartsWith("MM\0*"u8)))
        {
            return 1;
        }

        long directory = Number(tiff[4..], little);
        if (directory > tiff.Length - 2)
        {
            return 1;
        }

        ReadOnlySpan<byte> entries = tiff[(int)directory..];
        int count = Short(entries, little);
        entries = entries[2..];
        for (int i = 0; i < count && entries.Length >= 12; i++, entries = entries[12..])
        {
            if (Short(entries, little) == Tag)
            {
                int value = Short(entries[8..], little);
                return value is >= 1 and <= 8 ? value : 1;
            }
        }

        return 1;
    }

    private static int Short(ReadOnlySpan<byte> bytes, bool little) => little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint Number(ReadOnlySpan<byte> bytes, bool little) => little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
