using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GSS.Onnx;

/// <summary>Moves colours between pictures (bytes, RGB interleaved) and networks (float planes in 0..255, red first).</summary>
internal static class ImagePlanes
{
    // Where, in three vectors of 16 bytes (RGBRGB…), the 16 reds lie; greens and blues follow one and two bytes behind.
    // 255 is out of range, which Shuffle turns into 0.
    private static readonly Vector128<byte>[,] Positions = FindPositions();

    /// <summary>Spreads interleaved pixels over three planes.</summary>
    /// <param name="pixels">3 × n bytes.</param>
    /// <param name="planes"><c>[3, n]</c>, filled with 0..255.</param>
    public static void Spread(ReadOnlySpan<byte> pixels, Span<float> planes)
    {
        int n = pixels.Length / 3;
        ref byte source = ref MemoryMarshal.GetReference(pixels);
        int i = 0;
        for (; i <= n - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            Vector128<byte> first = Vector128.LoadUnsafe(ref source, (nuint)(3 * i));
            Vector128<byte> second = Vector128.LoadUnsafe(ref source, (nuint)((3 * i) + 16));
            Vector128<byte> third = Vector128.LoadUnsafe(ref source, (nuint)((3 * i) + 32));
            for (int channel = 0; channel < 3; channel++)
            {
                Vector128<byte> values = Vector128.Shuffle(first, Positions[channel, 0])
                    | Vector128.Shuffle(second, Positions[channel, 1])
                    | Vector128.Shuffle(third, Positions[channel, 2]);
                Store(values, ref planes[(channel * n) + i]);
            }
        }

        for (; i < n; i++)
        {
            planes[i] = pixels[3 * i];
            planes[n + i] = pixels[(3 * i) + 1];
            planes[(2 * n) + i] = pixels[(3 * i) + 2];
        }
    }

    /// <summary>Gathers one row of three planes into interleaved pixels, rounded and limited to 0..255.</summary>
    /// <param name="planes"><c>[3, n]</c> in 0..255.</param>
    /// <param name="rowStart">The row's first pixel within a plane.</param>
    /// <param name="columns">For each target pixel, its column in the row.</param>
    /// <param name="pixels">3 × <c>columns.Length</c> bytes, filled.</param>
    public static void GatherRow(ReadOnlySpan<float> planes, int rowStart, ReadOnlySpan<int> columns, Span<byte> pixels)
    {
        int n = planes.Length / 3;
        for (int x = 0; x < columns.Length; x++)
        {
            int position = rowStart + columns[x];
            pixels[3 * x] = ToByte(planes[position]);
            pixels[(3 * x) + 1] = ToByte(planes[n + position]);
            pixels[(3 * x) + 2] = ToByte(planes[(2 * n) + position]);
        }
    }

    private static byte ToByte(float value) => (byte)Math.Clamp(value + 0.5f, 0f, 255f);

    private static void Store(Vector128<byte> values, ref float target)
    {
        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(values);
        (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(low);
        (Vector128<uint> c, Vector128<uint> d) = Vector128.Widen(high);
        Vector128.ConvertToSingle(a.AsInt32()).StoreUnsafe(ref target);
        Vector128.ConvertToSingle(b.AsInt32()).StoreUnsafe(ref target, 4);
        Vector128.ConvertToSingle(c.AsInt32()).StoreUnsafe(ref target, 8);
        Vector128.ConvertToSingle(d.AsInt32()).StoreUnsafe(ref target, 12);
    }

    private static Vector128<byte>[,] FindPositions()
    {
        var positions = new Vector128<byte>[3, 3];
        for (int channel = 0; channel < 3; channel++)
        {
            for (int part = 0; part < 3; part++)
            {
                byte[] indices = new byte[16];
                for (int i = 0; i < indices.Length; i++)
                {
                    int position = (3 * i) + channel - (16 * part);
                    indices[i] = position is >= 0 and < 16 ? (byte)position : (byte)255;
                }

                positions[channel, part] = Vector128.Create(indices);
            }
        }

        return positions;
    }
}
