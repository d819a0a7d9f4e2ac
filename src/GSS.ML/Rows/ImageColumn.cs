using GSS.Core;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>All photographs of a view.</summary>
internal static class ImageColumn
{
    /// <summary>One after the other, none kept.</summary>
    /// <exception cref="InvalidOperationException">A row has none.</exception>
    public static IEnumerable<RgbImage> Read(IDataView view, DataViewSchema.Column column)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        var buffer = ColumnBuffer.Create(cursor, column, size: 1, isPassedOn: false);
        while (cursor.MoveNext())
        {
            buffer.Capture(0);
            yield return ColumnReaders.Image(buffer, column, 0, cursor.Position);
        }
    }
}
