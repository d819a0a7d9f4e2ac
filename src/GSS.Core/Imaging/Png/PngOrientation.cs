using System.Buffers.Binary;

namespace GSS.Core;

/// <summary>The orientation in the eXIf chunk of a PNG photograph (PNG, third edition, 11.3.4.5), which Skia passes over. Goes from chunk to chunk by their lengths and reads no pixel.</summary>
internal static class PngOrientation
{
    // What cameras and editors write is below 64 KiB, the limit of the same block in JPEG.
    private const int LongestBlock = 1 << 16;

    /// <summary>1 to 8; 1 where there is no such chunk or it is damaged.</summary>
    /// <param name="stream">A PNG file from its beginning on; can be sought.</param>
    public static int Read(Stream stream)
    {
        Span<byte> head = stackalloc byte[8];
        if (stream.ReadAtLeast(head, 8, throwOnEndOfStream: false) < 8)
        {
            return 1;
        }

        while (stream.ReadAtLeast(head, 8, throwOnEndOfStream: false) == 8 && !head[4..].SequenceEqual("IEND"u8))
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(head);
            if (head[4..].SequenceEqual("eXIf"u8))
            {
                return length <= LongestBlock ? ReadBlock(stream, (int)length) : 1;
            }

            // Behind the data stands the checksum. What follows a chunk that is longer than the file is none.
            if (length + 4L > stream.Length - stream.Position)
            {
                return 1;
            }

            stream.Seek(length + 4L, SeekOrigin.Current);
        }

        return 1;
    }

    private static int ReadBlock(Stream stream, int length)
    {
        byte[] block = new byte[4 + length + 4];
        "eXIf"u8.CopyTo(block);
        bool whole = stream.ReadAtLeast(block.AsSpan(4), length + 4, throwOnEndOfStream: false) == length + 4;
        return whole && Crc32.Compute(block.AsSpan(0, 4 + length)) == BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(4 + length)) ? ExifOrientation.Read(block.AsSpan(4, length)) : 1;
    }
}
