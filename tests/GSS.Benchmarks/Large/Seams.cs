using GSS.Core;
using GSS.Onnx;

namespace GSS.Benchmarks;

/// <summary>Where scoring in windows differs from scoring in one large window: near the borders of windows, and elsewhere.</summary>
internal sealed class Seams(SlidingWindow window, int reach)
{
    private readonly long[] _pixels = new long[2];
    private readonly long[] _different = new long[2];

    /// <summary>The share of pixels near borders that differ, 0..1.</summary>
    public double NearBorders => (double)_different[1] / _pixels[1];

    /// <summary>The share of all other pixels that differ, 0..1.</summary>
    public double Elsewhere => (double)_different[0] / _pixels[0];

    /// <summary>Counts one label map.</summary>
    public void Add(LabelMap windows, LabelMap whole)
    {
        bool[] columns = NearBorder(windows.Width, horizontal: true), rows = NearBorder(windows.Height, horizontal: false);
        for (int y = 0; y < windows.Height; y++)
        {
            for (int x = 0; x < windows.Width; x++)
            {
                int near = columns[x] || rows[y] ? 1 : 0;
                _pixels[near]++;
                _different[near] += windows[x, y] == whole[x, y] ? 0 : 1;
            }
        }
    }

    private bool[] NearBorder(int length, bool horizontal)
    {
        bool[] near = new bool[length];
        foreach ((int left, int top, int width, int height) in window.Boxes(horizontal ? length : 1, horizontal ? 1 : length))
        {
            (int start, int end) = horizontal ? (left, left + width) : (top, top + height);
            foreach (int border in new[] { start, end }.Where(border => border > 0 && border < length))
            {
                near.AsSpan(border - reach, 2 * reach).Fill(true);
            }
        }

        return near;
    }
}
