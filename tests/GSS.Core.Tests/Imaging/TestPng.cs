using System.IO.Compression;
using System.Text;

namespace GSS.Core.Tests;

/// <summary>
/// A PNG encoder written from the specification for the tests alone, pixel by pixel and bit by bit:
/// any colour type, bit depth, filter and interlacing, so that the reader is not checked against its own writer.
/// </summary>
internal sealed class TestPng
{
    // The pass (1 to 7) of each pixel of an 8 x 8 block, as printed in the specification.
    private static readonly string[] PassOfPixel =
        ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int BitDepth { get; init; }

    public required int ColorType { get; init; }

    public bool Interlaced { get; init; }

    public (byte R, byte G, byte B)[] Palette { get; init; } = [];

    /// <summary>The sample of a channel of a pixel.</summary>
    public required Func<int, int, int, int> Sample { get; init; }

    /// <summary>The filter of the n-th written row.</summary>
    public Func<int, int> Filter { get; init; } = row => row % 5;

    /// <summary>The largest IDAT chunk.</summary>
    public int ChunkLength { get; init; } = int.MaxValue;

    public (string Type, byte[] Data)[] ExtraChunks { get; init; } = [];

    private int Channels => ColorType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    public byte[] Encode()
    {
        var rows = new List<byte>();
        int number = 0;
        for (int pass = Interlaced ? 1 : 0; pass <= (Interlaced ? 7 : 0); pass++)
        {
            byte[] prior = [];
            for (int y = 0; y < Height; y++)
            {
                int[] columns = [.. Enumerable.Range(0, Width).Where(x => !Interlaced || PassOfPixel[y % 8][x % 8] - '0' == pass)];
                if (columns.Length == 0)
                {
                    continue;
                }

                byte[] row = Pack(columns, y);
                prior = prior.Length == 0 ? new byte[row.Length] : prior;
                int filter = Filter(number++);
                rows.Add((byte)filter);
                rows.AddRange(ApplyFilter(filter, row, prior));
                prior = row;
            }
        }

        return Assemble([.. rows]);
    }

    public byte[] Assemble(byte[] filteredRows)
    {
        var file = new List<byte> { 137, 80, 78, 71, 13, 10, 26, 10 };
        AddChunk(file, "IHDR", [.. BigEndian(Width), .. BigEndian(Height), (byte)BitDepth, (byte)ColorType, 0, 0, (byte)(Interlaced ? 1 : 0)]);
        if (Palette.Length > 0)
        {
            AddChunk(file, "PLTE", [.. Palette.SelectMany(c => new[] { c.R, c.G, c.B })]);
        }

        foreach ((string type, byte[] data) in ExtraChunks)
        {
            AddChunk(file, type, data);
        }

        foreach (byte[] part in Deflate(filteredRows).Chunk(ChunkLength))
        {
            AddChunk(file, "IDAT", part);
        }

        AddChunk(file, "IEND", []);
        return [.. file];
    }

    public static byte[] Grey(int width, int height, Func<int, int, int> value, int bitDepth = 8)
        => new TestPng { Width = width, Height = height, BitDepth = bitDepth, ColorType = 0, Sample = (x, y, _) => value(x, y) }.Encode();

    public static byte[] Rgb(int width, int height, Func<int, int, (byte R, byte G, byte B)> color)
        => new TestPng
        {
            Width = width,
            Height = height,
            BitDepth = 8,
            ColorType = 2,
            Sample = (x, y, c) => c == 0 ? color(x, y).R : c == 1 ? color(x, y).G : color(x, y).B,
        }.Encode();

    public static void AddChunk(List<byte> file, string type, byte[] data)
    {
        byte[] typed = [.. Encoding.ASCII.GetBytes(type), .. data];
        file.AddRange(BigEndian(data.Length));
        file.AddRange(typed);
        file.AddRange(BigEndian((int)Checksum(typed)));
    }

    private static byte[] Deflate(byte[] bytes)
    {
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(bytes);
        }

        return compressed.ToArray();
    }

    private byte[] Pack(int[] columns, int y)
    {
        var bits = new StringBuilder();
        foreach (int x in columns)
        {
            for (int channel = 0; channel < Channels; channel++)
            {
                bits.Append(Convert.ToString(Sample(x, y, channel), 2).PadLeft(BitDepth, '0'));
            }
        }

        while (bits.Length % 8 != 0)
        {
            bits.Append('0');
        }

        string text = bits.ToString();
        return [.. Enumerable.Range(0, text.Length / 8).Select(i => Convert.ToByte(text.Substring(8 * i, 8), 2))];
    }

    private byte[] ApplyFilter(int filter, byte[] row, byte[] prior)
    {
        int distance = Math.Max(1, Channels * BitDepth / 8);
        byte[] filtered = new byte[row.Length];
        for (int i = 0; i < row.Length; i++)
        {
            int a = i >= distance ? row[i - distance] : 0;
            int b = prior[i];
            int c = i >= distance ? prior[i - distance] : 0;
            int p = a + b - c;
            int nearest = new[] { a, b, c }.MinBy(v => Math.Abs(p - v)); // MinBy keeps the first of equals: left, above, upper left
            int prediction = filter switch { 1 => a, 2 => b, 3 => (a + b) / 2, 4 => nearest, _ => 0 };
            filtered[i] = (byte)(row[i] - prediction);
        }

        return filtered;
    }

    private static byte[] BigEndian(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static uint Checksum(byte[] bytes)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte value in bytes)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                uint different = (crc ^ (uint)(value >> bit)) & 1;
                crc = (crc >> 1) ^ (different * 0xEDB88320);
            }
        }

        return ~crc;
    }
}
