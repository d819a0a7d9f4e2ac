using System.Buffers.Binary;

namespace GSS.Core;

/// <summary>The compressed pixels of a PNG file as one stream, chunk by chunk (IDAT) from the file, each against its checksum.</summary>
internal sealed class PngDataStream(Stream stream) : Stream
{
    private long _left;
    private uint _crc;
    private bool _inside;
    private bool _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Goes from behind the header to the first chunk of pixels.</summary>
    /// <returns>The palette; empty where there is none.</returns>
    /// <exception cref="PngException">The file is damaged or cut short.</exception>
    public RgbColor[] Begin()
    {
        RgbColor[] palette = [];
        while (true)
        {
            (uint length, string type) = NextHead();
            if (type == "IDAT")
            {
                return palette;
            }

            bool critical = char.IsUpper(type[0]);
            if (critical && type != "PLTE")
            {
                throw new PngException(type == "IEND" ? "it has no pixel data (IDAT)" : $"it has a chunk '{type}' that the PNG standard does not know");
            }

            if (!critical)
            {
                Skip(length + 4L);
                continue;
            }

            byte[] data = new byte[Math.Min(length, 1024)];
            ReadExactly(data, type);
            _crc = Crc32.Compute(data, _crc);
            _left = length - data.Length;
            palette = _left == 0 ? PngReader.ReadPalette(data) : throw new PngException($"its palette (PLTE) has {length} bytes, which is not 1 to 256 colours");
            EndChunk(type);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        while (_left == 0 && !_ended)
        {
            if (_inside)
            {
                EndChunk("IDAT");
            }

            _ended = NextHead().Type != "IDAT";
        }

        if (_ended || buffer.IsEmpty)
        {
            return 0;
        }

        int count = stream.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (count == 0)
        {
            throw new PngException("it ends inside its pixel data (IDAT)");
        }

        _crc = Crc32.Compute(buffer[..count], _crc);
        _left -= count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private (uint Length, string Type) NextHead()
    {
        byte[] head = new byte[8];
        ReadExactly(head, "a chunk");
        if (head.AsSpan(4).ContainsAnyExcept(PngReader.Letters))
        {
            throw new PngException($"it is damaged at byte {stream.Position - 8}, where a chunk must begin");
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(head);
        (_crc, _left, _inside) = (Crc32.Compute(head.AsSpan(4)), length, true);
        return (length, System.Text.Encoding.ASCII.GetString(head, 4, 4));
    }

    private void EndChunk(string type)
    {
        byte[] stored = new byte[4];
        ReadExactly(stored, type);
        if (BinaryPrimitives.ReadUInt32BigEndian(stored) != _crc)
        {
            throw new PngException($"its chunk '{type}' before byte {stream.Position} is damaged (wrong checksum)");
        }

        _inside = false;
    }

    private void Skip(long count)
    {
        if (count > stream.Length - stream.Position)
        {
            throw new PngException("it ends inside a chunk");
        }

        stream.Seek(count, SeekOrigin.Current);
    }

    private void ReadExactly(byte[] bytes, string what)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw new PngException($"it ends before {what} is complete");
        }
    }
}
