using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>A view of ours that counts how often each of its columns is read, and how often through an <c>MLImage</c>.</summary>
internal sealed class WatchedView(IDataView source) : IDataView
{
    public Dictionary<string, int> Reads { get; } = [];

    public int ImagesMade { get; private set; }

    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this, source.GetRowCursor(columnsNeeded, rand));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private void Count(DataViewSchema.Column column) => Reads[column.Name] = Reads.GetValueOrDefault(column.Name) + 1;

    private sealed class Cursor(WatchedView view, DataViewRowCursor input) : DataViewRowCursor, IPhotographRow
    {
        public override DataViewSchema Schema => view.Schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool MoveNext() => input.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ValueGetter<TValue> read = input.GetGetter<TValue>(column);
            return (ref TValue value) =>
            {
                view.Count(column);
                view.ImagesMade += typeof(TValue) == typeof(MLImage) ? 1 : 0;
                read(ref value);
            };
        }

        public Func<Photograph>? FindPhotographs(DataViewSchema.Column column) => (input as IPhotographRow)?.FindPhotographs(column) is { } read
            ? () =>
            {
                view.Count(column);
                return read();
            }
        : null;
    }
}
