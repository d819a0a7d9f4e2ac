using System.Numerics;

namespace GSS.Core;

/// <summary>
/// Bilinear resizing of an interleaved picture, one target row after the other: each source row is widened once, then two of them are mixed for each target row.
/// Source rows are asked for from top to bottom, the last one perhaps twice.
/// </summary>
/// <param name="width">Source width.</param>
/// <param name="height">Source height.</param>
/// <param name="channels">Channels a pixel.</param>
/// <param name="targetWidth">Target width.</param>
/// <param name="targetHeight">Target height.</param>
internal sealed class BilinearRows(int width, int height, int channels, int targetWidth, int targetHeight)
{
    private readonly LinearAxis _columns = LinearAxis.Make(width, targetWidth);
    private readonly LinearAxis _rows = LinearAxis.Make(height, targetHeight);
    private float[] _above = new float[targetWidth * channels];
    private float[] _below = new float[targetWidth * channels];
    private int _aboveRow = -1;
    private int _belowRow = -1;

    /// <summary>Turns to a target row.</summary>
    /// <returns>The source rows that have to be set before it can be mixed, each -1 where it is there.</returns>
    public (int Above, int Below) Turn(int y)
    {
        if (_rows.First[y] == _belowRow)
        {
            (_above, _below, _aboveRow, _belowRow) = (_below, _above, _belowRow, _aboveRow);
        }

        return (_rows.First[y] == _aboveRow ? -1 : _rows.First[y], _rows.Second[y] == _belowRow ? -1 : _rows.Second[y]);
    }

    /// <summary>Sets the upper source row.</summary>
    public void SetAbove(int row, ReadOnlySpan<byte> pixels)
    {
        _aboveRow = row;
        Widen(pixels, _columns, channels, _above);
    }

    /// <summary>Sets the lower source row.</summary>
    public void SetBelow(int row, ReadOnlySpan<byte> pixels)
    {
        _belowRow = row;
        Widen(pixels, _columns, channels, _below);
    }

    /// <summary>Mixes the target row that was turned to.</summary>
    public void Mix(int y, Span<byte> target) => Mix(_above, _below, _rows.Weight[y], target);

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
