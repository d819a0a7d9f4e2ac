using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>A view that lets readers see where its columns come from.</summary>
internal interface IMappedView
{
    IDataView Source { get; }

    /// <summary>How many columns it passes on unchanged; those above are computed.</summary>
    int PassedColumnCount { get; }
}

/// <summary>A view with the added columns, computed while a cursor runs.</summary>
internal sealed class MappedView<TInput, TResult>(IDataView source, RowMapping<TInput, TResult> mapping) : IDataView, IMappedView
{
    public DataViewSchema Schema => mapping.OutputSchema;

    public bool CanShuffle => source.CanShuffle;

    public IDataView Source => source;

    public int PassedColumnCount => mapping.InputSchema.Count;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        bool[] active = mapping.ActiveOf(columnsNeeded);
        IEnumerable<DataViewSchema.Column> needed = mapping.GetDependencies(mapping.OutputSchema.Where(column => active[column.Index]));
        DataViewRowCursor input = source.GetRowCursor(needed, rand);
        try
        {
            bool computes = active.AsSpan(mapping.InputSchema.Count).Contains(true);
            return computes && mapping.BatchSize > 1
                ? new BatchCursor<TInput, TResult>(mapping, input, active)
                : new MappedCursor<TInput, TResult>(mapping, input, active);
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    // One cursor: the parallel work is inside the batches.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
