using System.IO.Compression;

namespace GSS.Core;

/// <summary>Rows of a PNG file that is not interlaced, the same pixels as <see cref="ImageReader"/> gives: Skia unpacks PNG files as a whole only.</summary>
internal sealed class PngRows : ImageRows
{
    private readonly Stream _stream;
    private readonly string _path;
    private readonly PngHeader _header;
    private readonly RgbColor[] _palette;
    private readonly PngDataStream _data;
    private readonly ZLibStream _zlib;
    private readonly byte[] _filtered;
    private readonly byte[] _samples;
    private byte[] _row;
    private byte[] _prior;
    private int _done;

    private PngRows(Stream stream, string path, PngHeader header, RgbColor[] palette, PngDataStream data)
        : base(header.Width, header.Height)
    {
        (_stream, _path, _header, _palette, _data) = (stream, path, header, palette, data);
        _zlib = new ZLibStream(data, CompressionMode.Decompress);
        int bytes = (int)header.RowBytes(header.Width);
        (_filtered, _row, _prior) = (new byte[1], new byte[bytes], new byte[bytes]);
        _samples = new byte[header.BitDepth < 8 ? header.Width : 0];
    }

    public override long HeldBytes => _row.Length + _prior.Length + _samples.Length;

    /// <summary>Opens a file.</summary>
    /// <param name="stream">The file from its beginning on; closed with the rows.</param>
    /// <param name="path">What to call it.</param>
    /// <param name="start">Its first bytes.</param>
    /// <exception cref="SegmentationDataException">The file is damaged or cut short.</exception>
    public static PngRows Open(Stream stream, string path, ReadOnlySpan<byte> start)
    {
        try
        {
            PngHeader header = PngReader.ReadHeader(start, long.MaxValue);
            stream.Position = PngReader.HeaderLength;
            var data = new PngDataStream(stream);
            RgbColor[] palette = data.Begin();
            return header.ColorType != PngColorType.Palette || palette.Length > 0 ? new PngRows(stream, path, header, palette, data)
                : throw new PngException("it has a palette picture but no palette (PLTE)");
        }
        catch (PngException e)
        {
            throw Fault(path, e.Message, e);
        }
    }

    public override void Read(Span<byte> rgb)
    {
        try
        {
            int got = _zlib.ReadAtLeast(_filtered, 1, throwOnEndOfStream: false) + _zlib.ReadAtLeast(_row, _row.Length, throwOnEndOfStream: false);
            if (got <= _row.Length)
            {
                throw new PngException($"its pixel data ends after {_done} of its {Height} rows");
            }

            PngPixels.Unfilter(_filtered[0], _row, _prior, Math.Max(1, _header.BitsPerPixel / 8));

            if (++_done == Height)
            {
                RequireEnd();
            }
        }
        catch (Exception e) when (e is PngException or InvalidDataException)
        {
            throw Fault(_path, e is PngException ? e.Message : "its pixel data cannot be unpacked", e);
        }

        ToRgb(rgb);
        (_row, _prior) = (_prior, _row);
    }

    public override void Dispose()
    {
        _zlib.Dispose();
        _stream.Dispose();
    }

    // One more read reaches the end of the compressed stream, and then of the last chunk, where checksums are verified.
    private void RequireEnd()
    {
        if (_zlib.ReadByte() >= 0)
        {
            throw new PngException($"its pixel data holds more than {Width}x{Height} pixels");
        }

        while (_data.Read(_filtered) > 0)
        {
        }
    }

    private static SegmentationDataException Fault(string path, string fault, Exception inner) => new($"Photograph '{path}' is cut short or damaged: {fault}, copy or download the PNG file again.", inner);

    // Of 16 bits the first byte counts; smaller samples are spread over 0..255.
    private void ToRgb(Span<byte> rgb)
    {
        ReadOnlySpan<byte> samples = _row;
        int factor = 1, bytes = _header.BitDepth == 16 ? 2 : 1, step = bytes * _header.SamplesPerPixel;
        if (_header.BitDepth < 8)
        {
            PngPixels.UnpackBits(_row, _samples, _header.BitDepth);
            samples = _samples;
            factor = 255 / ((1 << _header.BitDepth) - 1);
        }

        bool colored = _header.ColorType is PngColorType.Rgb or PngColorType.Rgba;
        for (int source = 0, target = 0; target < rgb.Length; source += step, target += 3)
        {
            byte first = samples[source];
            if (_header.ColorType == PngColorType.Palette)
            {
                // What is beyond the palette is black, as Skia and libpng have it.
                RgbColor color = first < _palette.Length ? _palette[first] : default;
                (rgb[target], rgb[target + 1], rgb[target + 2]) = (color.R, color.G, color.B);
            }
            else if (colored)
            {
                (rgb[target], rgb[target + 1], rgb[target + 2]) = (first, samples[source + bytes], samples[source + (2 * bytes)]);
            }
            else
            {
                rgb.Slice(target, 3).Fill((byte)(first * factor));
            }
        }
    }
}
