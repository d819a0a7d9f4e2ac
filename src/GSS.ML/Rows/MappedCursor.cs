using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>A cursor that computes the added columns one row at a time, when asked.</summary>
internal sealed class MappedCursor<TInput, TResult>(RowMapping<TInput, TResult> mapping, DataViewRowCursor input, bool[] active) : DataViewRowCursor, IPhotographRow
{
    private readonly MappedRow<TInput, TResult> _row = new(mapping, input, active);

    public override DataViewSchema Schema => mapping.OutputSchema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override bool MoveNext() => input.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _row.GetGetter<TValue>(column);

    public Func<Photograph>? FindPhotographs(DataViewSchema.Column column) => _row.FindPhotographs(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _row.Dispose();
        }

        base.Dispose(disposing);
    }
}
