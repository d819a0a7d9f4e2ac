using Microsoft.ML;

namespace GSS.ML;

/// <summary>What every row and cursor does before it hands out a getter or a value.</summary>
internal static class Getters
{
    /// <summary>One flag for each column of a schema: whether it is asked for.</summary>
    public static bool[] ActiveOf(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columns)
    {
        bool[] active = new bool[schema.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            active[column.Index] = true;
        }

        return active;
    }

    public static void RequireRow(long position)
    {
        if (position < 0)
        {
            throw new InvalidOperationException("The cursor is at no row: call MoveNext first, and read values only while it returns true.");
        }
    }

    public static void RequireActive(DataViewSchema.Column column, bool[] active)
    {
        if (!active[column.Index])
        {
            throw new InvalidOperationException($"Column '{column.Name}' was not asked for when the cursor was made: name it in GetRowCursor.");
        }
    }

    public static ValueGetter<TValue> Cast<TValue>(Delegate getter, DataViewSchema.Column column) =>
        getter as ValueGetter<TValue>
        ?? throw new InvalidOperationException($"Column '{column.Name}' holds {column.Type} ({column.Type.RawType.Name}), it was asked for as {typeof(TValue).Name}: ask for {column.Type.RawType.Name}.");
}
