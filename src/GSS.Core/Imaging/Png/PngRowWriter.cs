using System.Buffers.Binary;
using System.IO.Compression;

namespace GSS.Core;

/// <summary>Writes a PNG file row by row, so that a picture need not be in memory.</summary>
internal sealed class PngRowWriter : IDisposable
{
    private readonly Stream _stream;
    private readonly PngHeader _header;
    private readonly PngChunkStream _data;
    private readonly ZLibStream _zlib;
    private readonly byte[] _filtered;
    private readonly byte[]? _prior;
    private int _rows;

    /// <summary>Writes what stands before the pixels.</summary>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="header">Size and kind; bit depth 8 or 16, not interlaced.</param>
    /// <param name="palette">The palette, where the kind is palette.</param>
    public PngRowWriter(Stream stream, PngHeader header, IReadOnlyList<RgbColor>? palette = null)
    {
        (_stream, _header) = (stream, header);
        int rowBytes = (int)header.RowBytes(header.Width);
        _filtered = new byte[1 + rowBytes];

        // Neighbouring labels repeat exactly, which deflate sees by itself; photographs shrink by half when each byte is told apart from the one above it.
        _prior = header.ColorType == PngColorType.Rgb ? new byte[rowBytes] : null;
        stream.Write(PngReader.Signature);
        byte[] start = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(start, header.Width);
        BinaryPrimitives.WriteInt32BigEndian(start.AsSpan(4), header.Height);
        start[8] = (byte)header.BitDepth;
        start[9] = (byte)header.ColorType;
        PngChunkStream.WriteChunk(stream, "IHDR"u8, start);
        if (palette is not null)
        {
            PngChunkStream.WriteChunk(stream, "PLTE"u8, [.. palette.SelectMany(color => new[] { color.R, color.G, color.B })]);
        }

        _data = new PngChunkStream(stream);
        _zlib = new ZLibStream(_data, CompressionLevel.Optimal, leaveOpen: true);
    }

    /// <summary>Writes the next row.</summary>
    /// <param name="samples">Its samples, as in <see cref="PngImage.Samples"/>.</param>
    public void Write(ReadOnlySpan<byte> samples)
    {
        _filtered[0] = (byte)(_prior is not null && _rows > 0 ? 2 : 0);
        samples.CopyTo(_filtered.AsSpan(1));
        if (_prior is not null)
        {
            for (int i = 0; i < _prior.Length; i++)
            {
                _filtered[1 + i] -= _prior[i];
            }

            samples.CopyTo(_prior);
        }

        _zlib.Write(_filtered);
        _rows++;
    }

    /// <summary>Writes what stands behind the last row.</summary>
    /// <exception cref="InvalidOperationException">Rows are missing or too many: the file would be damaged.</exception>
    public void Finish()
    {
        if (_rows != _header.Height)
        {
            throw new InvalidOperationException($"{_rows} rows were written of a PNG file of {_header.Height}.");
        }

        _zlib.Dispose();
        _data.WriteOut();
        PngChunkStream.WriteChunk(_stream, "IEND"u8, []);
    }

    /// <summary>Frees the compressor; without <see cref="Finish"/> the file is no PNG file yet.</summary>
    public void Dispose() => _zlib.Dispose();
}
