using System.Buffers.Binary;

namespace GSS.Core;

/// <summary>The frame header of a JPEG file (ITU T.81, B.2.2), found by the lengths of the segments before it.</summary>
internal static class JpegFrame
{
    /// <summary>Whether the file is a JPEG file whose pixels come in several passes; false where it is another kind of file or damaged.</summary>
    /// <param name="stream">A file from its beginning on; can be sought.</param>
    public static bool IsProgressive(Stream stream)
    {
        Span<byte> head = stackalloc byte[4];
        if (stream.ReadAtLeast(head[..2], 2, throwOnEndOfStream: false) < 2 || head[0] != 0xFF || head[1] != 0xD8)
        {
            return false;
        }

        while (stream.ReadAtLeast(head, 4, throwOnEndOfStream: false) == 4 && head[0] == 0xFF)
        {
            int marker = head[1], length = BinaryPrimitives.ReadUInt16BigEndian(head[2..]);

            // Start of frame: C0 to CF without the tables C4, C8 and CC. Every fourth is progressive: C2, C6, CA, CE.
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                return marker % 4 == 2;
            }

            stream.Seek(Math.Max(0, length - 2), SeekOrigin.Current);
        }

        return false;
    }
}
