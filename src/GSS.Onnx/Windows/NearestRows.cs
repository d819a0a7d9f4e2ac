using GSS.Core;

namespace GSS.Onnx;

/// <summary>Takes the rows of a label map and gives those of one at another size, as <see cref="LabelMap.Resize"/> makes it.</summary>
internal sealed class NearestRows(int width, int height, int targetWidth, int targetHeight, Action<ReadOnlySpan<byte>> give)
{
    private readonly int[] _columns = NearestAxis.Aligned(width, targetWidth);
    private readonly int[] _rows = NearestAxis.Aligned(height, targetHeight);
    private readonly byte[] _row = new byte[targetWidth];
    private int _given;

    /// <summary>Takes a row; they come from top to bottom.</summary>
    public void Take(int y, ReadOnlySpan<byte> row)
    {
        if (_given == _rows.Length || _rows[_given] != y)
        {
            return;
        }

        for (int x = 0; x < _row.Length; x++)
        {
            _row[x] = row[_columns[x]];
        }

        for (; _given < _rows.Length && _rows[_given] == y; _given++)
        {
            give(_row);
        }
    }
}
