using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace GSS.Core;

/// <summary>
/// Reads PNG files (PNG specification, third edition) without touching the samples: every bit depth and colour type, interlaced or not.
/// Checks signature, chunk order, lengths and checksums; bounds memory by the size of the file before anything is unpacked.
/// </summary>
/// <remarks>
/// A wrong checksum (libspng's default policy, and what photographs get): in a critical chunk (IHDR, PLTE, IDAT, IEND) it is an error, an ancillary chunk (pHYs, tEXt, eXIf…)
/// is passed over as if it were not there.
/// </remarks>
internal static class PngReader
{
    /// <summary>The largest picture that is read, 16384 x 16384 pixels: a few bytes of a malicious file must not claim all memory.</summary>
    public const long MaximumPixelCount = 1L << 28;

    /// <summary>The bytes from the start of a file that <see cref="ReadHeader"/> needs: signature and header chunk.</summary>
    public const int HeaderLength = 8 + 12 + 13;

    /// <summary>Deflate stores at most 1032 bytes in one, so a header that promises more is a lie.</summary>
    private const long MaximumDeflateRatio = 1032;

    /// <summary>What the type of a chunk is made of.</summary>
    public static SearchValues<byte> Letters { get; } = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>The first bytes of every PNG file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads the header of a PNG file from its first <see cref="HeaderLength"/> bytes.</summary>
    /// <param name="file">The bytes.</param>
    /// <param name="mostPixels">The largest picture that is accepted.</param>
    /// <exception cref="PngException">The bytes are not the start of a PNG file, or the header is not valid.</exception>
    public static PngHeader ReadHeader(ReadOnlySpan<byte> file, long mostPixels = MaximumPixelCount)
    {
        if (file.IsEmpty)
        {
            throw new PngException("the file is empty");
        }

        if (!file.StartsWith(Signature))
        {
            throw new PngException($"it does not begin like a PNG file{GuessKind(file)}") { IsJpeg = IsJpeg(file) };
        }

        int position = Signature.Length;
        ReadOnlySpan<byte> data = NextChunk(file, ref position, out string type);
        if (type != "IHDR" || data.Length != 13)
        {
            throw new PngException($"it begins with a chunk '{type}' of {data.Length} bytes where the header (IHDR, 13 bytes) must be");
        }

        uint width = BinaryPrimitives.ReadUInt32BigEndian(data);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        int bitDepth = data[8];
        var colorType = (PngColorType)data[9];
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
        {
            throw new PngException($"its header says {width}x{height} pixels");
        }

        if ((long)width * height > mostPixels)
        {
            throw new PngException($"its header says {width}x{height} pixels, more than the {mostPixels} that are read: cut it into tiles");
        }

        bool valid = colorType switch
        {
            PngColorType.Grey => bitDepth is 1 or 2 or 4 or 8 or 16,
            PngColorType.Palette => bitDepth is 1 or 2 or 4 or 8,
            PngColorType.Rgb or PngColorType.GreyAlpha or PngColorType.Rgba => bitDepth is 8 or 16,
            _ => false,
        };
        if (!valid || data[10] != 0 || data[11] != 0 || data[12] > 1)
        {
            throw new PngException($"its header names bit depth {bitDepth}, colour type {data[9]}, compression {data[10]}, filter {data[11]}, interlace {data[12]}, which the PNG standard does not know");
        }

        return new((int)width, (int)height, bitDepth, colorType, data[12] == 1);
    }

    /// <summary>Reads a whole PNG file.</summary>
    /// <exception cref="PngException">The file is damaged, cut short, too large, or not a PNG file.</exception>
    public static PngImage Read(byte[] file)
    {
        PngHeader header = ReadHeader(file);
        int position = HeaderLength;
        RgbColor[] palette = [];
        var parts = new List<ReadOnlyMemory<byte>>();
        bool dataEnded = false, turned = false;
        while (true)
        {
            ReadOnlySpan<byte> data = NextChunk(file, ref position, out string type);
            if (type == "IEND")
            {
                break;
            }

            if (type == "IDAT")
            {
                if (dataEnded)
                {
                    throw new PngException("its pixel data (IDAT) is interrupted by other chunks");
                }

                parts.Add(file.AsMemory(position - 4 - data.Length, data.Length));
                continue;
            }

            dataEnded = parts.Count > 0;
            if (type == "PLTE")
            {
                palette = ReadPalette(data);
            }
            else if (type == "eXIf")
            {
                turned |= ExifOrientation.Read(data) > 1;
            }
            else if (char.IsUpper(type[0]))
            {
                throw new PngException($"it has a chunk '{type}' that the PNG standard does not know");
            }
        }

        if (header.ColorType == PngColorType.Palette && palette.Length == 0)
        {
            throw new PngException("it has a palette picture but no palette (PLTE)");
        }

        return new(header, palette, PngPixels.Unpack(header, Inflate(header, parts)), turned);
    }

    /// <summary>The colours of a palette chunk.</summary>
    public static RgbColor[] ReadPalette(ReadOnlySpan<byte> data)
    {
        if (data.Length is 0 or > 768 || data.Length % 3 != 0)
        {
            throw new PngException($"its palette (PLTE) has {data.Length} bytes, which is not 1 to 256 colours");
        }

        var palette = new RgbColor[data.Length / 3];
        for (int i = 0; i < palette.Length; i++)
        {
            palette[i] = new(data[3 * i], data[(3 * i) + 1], data[(3 * i) + 2]);
        }

        return palette;
    }

    private static byte[] Inflate(PngHeader header, List<ReadOnlyMemory<byte>> parts)
    {
        long expected = PngPixels.FilteredLength(header);
        long compressed = parts.Sum(part => (long)part.Length);
        if (expected > compressed * MaximumDeflateRatio || expected > Array.MaxLength)
        {
            throw new PngException($"its {compressed} bytes of pixel data cannot hold {header.Width}x{header.Height} pixels");
        }

        byte[] filtered = new byte[expected];
        try
        {
            using var zlib = new ZLibStream(new PartsStream(parts), CompressionMode.Decompress);
            int read = zlib.ReadAtLeast(filtered, filtered.Length, throwOnEndOfStream: false);
            if (read != filtered.Length)
            {
                throw new PngException($"its pixel data ends after {read} of {expected} bytes");
            }

            // One more read reaches the end of the stream, where its checksum is verified.
            if (zlib.ReadByte() >= 0)
            {
                throw new PngException($"its pixel data holds more than the {expected} bytes of {header.Width}x{header.Height} pixels");
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw new PngException("its pixel data cannot be unpacked", exception);
        }

        return filtered;
    }

    private static ReadOnlySpan<byte> NextChunk(ReadOnlySpan<byte> file, ref int position, out string type)
    {
        if (file.Length - position < 12)
        {
            throw new PngException($"it ends after {file.Length} bytes, before its end mark (IEND)");
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(file[position..]);
        ReadOnlySpan<byte> typeBytes = file.Slice(position + 4, 4);
        if (typeBytes.ContainsAnyExcept(Letters))
        {
            throw new PngException($"it is damaged at byte {position}, where a chunk must begin");
        }

        type = Encoding.ASCII.GetString(typeBytes);
        if (length > file.Length - position - 12)
        {
            throw new PngException($"it ends after {file.Length} bytes, inside the chunk '{type}' of {length} bytes");
        }

        uint stored = BinaryPrimitives.ReadUInt32BigEndian(file[(position + 8 + (int)length)..]);
        bool critical = char.IsUpper(type[0]);
        bool sound = Crc32.Compute(file.Slice(position + 4, 4 + (int)length)) == stored;
        if (critical && !sound)
        {
            throw new PngException($"its chunk '{type}' at byte {position} is damaged (wrong checksum)");
        }

        ReadOnlySpan<byte> data = sound ? file.Slice(position + 8, (int)length) : [];
        position += 12 + (int)length;
        return data;
    }

    private static bool IsJpeg(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    private static string GuessKind(ReadOnlySpan<byte> file)
        => file.StartsWith("BM"u8) ? " but like a BMP file"
            : file.StartsWith("GIF8"u8) ? " but like a GIF file"
            : file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) ? " but like a TIFF file"
            : "";
}
