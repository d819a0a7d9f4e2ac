using System.Numerics;

namespace GSS.Core;

/// <summary>Bilinear resizing of interleaved pictures: each source row is widened once, then two of them are mixed for each target row.</summary>
internal static class BilinearResize
{
    /// <summary>Resizes a picture.</summary>
    /// <param name="source">Height × width × channels bytes.</param>
    /// <param name="width">Source width.</param>
    /// <param name="height">Source height.</param>
    /// <param name="channels">Channels a pixel.</param>
    /// <param name="target">Target height × target width × channels bytes.</param>
    /// <param name="targetWidth">Target width.</param>
    /// <param name="targetHeight">Target height.</param>
    public static void Resize(ReadOnlySpan<byte> source, int width, int height, int channels, Span<byte> target, int targetWidth, int targetHeight)
    {
        LinearAxis columns = LinearAxis.Make(width, targetWidth);
        LinearAxis rows = LinearAxis.Make(height, targetHeight);
        float[] above = new float[targetWidth * channels];
        float[] below = new float[targetWidth * channels];
        int aboveRow = -1, belowRow = -1;
        for (int y = 0; y < targetHeight; y++)
        {
            if (rows.First[y] == belowRow)
            {
                (above, below, aboveRow, belowRow) = (below, above, belowRow, aboveRow);
            }

            if (rows.First[y] != aboveRow)
            {
                aboveRow = rows.First[y];
                Widen(source.Slice(aboveRow * width * channels, width * channels), columns, channels, above);
            }

            if (rows.Second[y] != belowRow)
            {
                belowRow = rows.Second[y];
                Widen(source.Slice(belowRow * width * channels, width * channels), columns, channels, below);
            }

            Mix(above, below, rows.Weight[y], target.Slice(y * targetWidth * channels, targetWidth * channels));
        }
    }

    private static void Widen(ReadOnlySpan<byte> row, LinearAxis columns, int channels, float[] widened)
    {
        for (int x = 0, i = 0; x < columns.First.Length; x++)
        {
            int first = columns.First[x] * channels;
            int second = columns.Second[x] * channels;
            float weight = columns.Weight[x];
            for (int c = 0; c < channels; c++, i++)
            {
                float value = row[first + c];
                widened[i] = value + (weight * (row[second + c] - value));
            }
        }
    }

    // Rounds to the nearest byte: the mix of bytes is never outside 0..255.
    private static void Mix(ReadOnlySpan<float> above, ReadOnlySpan<float> below, float weight, Span<byte> target)
    {
        int i = 0;
        int step = Vector<byte>.Count;
        int quarter = Vector<float>.Count;
        for (; i <= target.Length - step; i += step)
        {
            Vector<uint> Quarter(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
            {
                var first = new Vector<float>(a);
                return Vector.ConvertToUInt32(first + ((new Vector<float>(b) - first) * weight) + new Vector<float>(0.5f));
            }

            Vector<ushort> low = Vector.Narrow(Quarter(above[i..], below[i..]), Quarter(above[(i + quarter)..], below[(i + quarter)..]));
            Vector<ushort> high = Vector.Narrow(Quarter(above[(i + (2 * quarter))..], below[(i + (2 * quarter))..]), Quarter(above[(i + (3 * quarter))..], below[(i + (3 * quarter))..]));
            Vector.Narrow(low, high).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = (byte)(above[i] + ((below[i] - above[i]) * weight) + 0.5f);
        }
    }
}
