using Microsoft.ML;

namespace GSS.ML;

/// <summary>Checks that every row and cursor makes before it hands out a getter.</summary>
internal static class Getters
{
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
