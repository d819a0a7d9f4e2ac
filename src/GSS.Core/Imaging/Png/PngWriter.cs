using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace GSS.Core;

/// <summary>Writes PNG files: palette or 16-bit grey for label maps, RGB for pictures. The same samples give the same file everywhere.</summary>
internal static class PngWriter
{
    /// <summary>Writes one picture.</summary>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="header">Size and kind; bit depth 8 or 16, not interlaced.</param>
    /// <param name="samples">As in <see cref="PngImage.Samples"/>.</param>
    /// <param name="palette">The palette, where the kind is palette.</param>
    public static void Write(Stream stream, PngHeader header, ReadOnlySpan<byte> samples, IReadOnlyList<RgbColor>? palette = null)
    {
        stream.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] start = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(start, header.Width);
        BinaryPrimitives.WriteInt32BigEndian(start.AsSpan(4), header.Height);
        start[8] = (byte)header.BitDepth;
        start[9] = (byte)header.ColorType;
        WriteChunk(stream, "IHDR", start);
        if (palette is not null)
        {
            WriteChunk(stream, "PLTE", [.. palette.SelectMany(color => new[] { color.R, color.G, color.B })]);
        }

        WriteChunk(stream, "IDAT", Compress(header, samples));
        WriteChunk(stream, "IEND", []);
    }

    private static ReadOnlySpan<byte> Compress(PngHeader header, ReadOnlySpan<byte> samples)
    {
        int rowBytes = (int)header.RowBytes(header.Width);
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            // Neighbouring labels repeat exactly, which deflate sees by itself; photographs shrink by half when each byte is told apart from the one above it.
            bool filter = header.ColorType == PngColorType.Rgb;
            byte[] filtered = new byte[1 + rowBytes];
            for (int y = 0; y < header.Height; y++)
            {
                ReadOnlySpan<byte> row = samples.Slice(y * rowBytes, rowBytes);
                filtered[0] = (byte)(filter && y > 0 ? 2 : 0);
                row.CopyTo(filtered.AsSpan(1));
                if (filtered[0] == 2)
                {
                    ReadOnlySpan<byte> prior = samples.Slice((y - 1) * rowBytes, rowBytes);
                    for (int i = 0; i < rowBytes; i++)
                    {
                        filtered[1 + i] -= prior[i];
                    }
                }

                zlib.Write(filtered);
            }
        }

        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
    }

    private static void WriteChunk(Stream stream, string type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32.Compute(chunk.AsSpan(4, 4 + data.Length)));
        stream.Write(chunk);
    }
}
