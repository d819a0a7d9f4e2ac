using BitMiracle.LibTiff.Classic;

namespace GSS.Core;

/// <summary>How the pixels of a TIFF file are stored (TIFF 6.0, sections 3 to 8), and how they become RGB.</summary>
internal sealed class TiffPixels
{
    private readonly Photometric _kind;
    private readonly int _bytes;
    private readonly int _samples;
    private readonly byte[][] _palette = [];

    /// <summary>Reads the description.</summary>
    /// <exception cref="SegmentationDataException">The pixels are of a kind that is not read.</exception>
    public TiffPixels(Tiff tiff, TiffSource source, string path)
    {
        int Number(TiffTag tag, int missing) => tiff.GetFieldDefaulted(tag) is [var value, ..] ? value.ToInt() : missing;
        (Width, Height) = (Number(TiffTag.IMAGEWIDTH, 0), Number(TiffTag.IMAGELENGTH, 0));
        int bits = Number(TiffTag.BITSPERSAMPLE, 1);
        _samples = Number(TiffTag.SAMPLESPERPIXEL, 1);
        _kind = (Photometric)Number(TiffTag.PHOTOMETRIC, (int)Photometric.MINISBLACK);
        bool jpeg = (Compression)Number(TiffTag.COMPRESSION, 1) == Compression.JPEG;
        if (_kind == Photometric.YCBCR && jpeg)
        {
            tiff.SetField(TiffTag.JPEGCOLORMODE, JpegColorMode.RGB);
            _kind = Photometric.RGB;
        }

        var format = (SampleFormat)Number(TiffTag.SAMPLEFORMAT, (int)SampleFormat.UINT);
        bool together = _samples == 1 || (PlanarConfig)Number(TiffTag.PLANARCONFIG, (int)PlanarConfig.CONTIG) == PlanarConfig.CONTIG;
        bool known = _kind switch
        {
            Photometric.RGB => _samples >= 3 && bits is 8 or 16,
            Photometric.MINISBLACK or Photometric.MINISWHITE => bits is 8 or 16,
            Photometric.PALETTE => bits == 8,
            _ => false,
        };
        if (!known || !together || format is not (SampleFormat.UINT or SampleFormat.VOID))
        {
            throw new SegmentationDataException(
                $"Photograph '{path}' is a TIFF file with {_samples} {(together ? "" : "separate ")}channels of {bits} bits ({_kind}, {format}), expected grey, palette or RGB with 8 or 16 bits a channel, channels together: convert it.");
        }

        if (Width < 1 || Height < 1)
        {
            throw source.Fault($"its header says {Width}x{Height} pixels");
        }

        _bytes = bits / 8;
        Origin = Number(TiffTag.ORIENTATION, 1) is var origin and >= 1 and <= 8 ? origin : 1;
        if (_kind == Photometric.PALETTE)
        {
            _palette = source.Try(() => tiff.GetField(TiffTag.COLORMAP), "its palette is missing") is [var red, var green, var blue]
                ? ToBytes(red.ToUShortArray(), green.ToUShortArray(), blue.ToUShortArray())
                : throw source.Fault("its palette is missing");
        }
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>1 to 8, as EXIF numbers it.</summary>
    public int Origin { get; }

    public int BytesPerPixel => _samples * _bytes;

    /// <summary>Turns stored pixels into RGB.</summary>
    /// <param name="stored">As the library unpacks them: in the processor's byte order.</param>
    /// <param name="rgb">3 bytes for each of them.</param>
    public void ToRgb(ReadOnlySpan<byte> stored, Span<byte> rgb)
    {
        // The byte that counts of a sample of 16 bits is the high one.
        stored = stored[(_bytes == 2 && BitConverter.IsLittleEndian ? 1 : 0)..];
        int step = BytesPerPixel;
        for (int source = 0, target = 0; target < rgb.Length; source += step, target += 3)
        {
            byte first = stored[source];
            (rgb[target], rgb[target + 1], rgb[target + 2]) = _kind switch
            {
                Photometric.RGB => (first, stored[source + _bytes], stored[source + (2 * _bytes)]),
                Photometric.PALETTE => (_palette[0][first], _palette[1][first], _palette[2][first]),
                Photometric.MINISWHITE => ((byte)(255 - first), (byte)(255 - first), (byte)(255 - first)),
                _ => (first, first, first),
            };
        }
    }

    // Palettes have 16 bits; some programs wrote bytes instead.
    private static byte[][] ToBytes(params ushort[][] colors)
    {
        int shift = colors.Any(channel => channel.Any(value => value > byte.MaxValue)) ? 8 : 0;
        return [.. colors.Select(channel => channel.Select(value => (byte)(value >> shift)).ToArray())];
    }
}
