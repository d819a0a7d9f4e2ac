using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>A row with the added columns: computed when first asked for, once a position.</summary>
internal sealed class MappedRow<TInput, TResult> : DataViewRow
{
    private readonly RowMapping<TInput, TResult> _mapping;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly bool[] _activeAdded;
    private readonly Func<TInput>? _read;
    private long _computedPosition = -1;
    private TResult _result = default!;

    public MappedRow(RowMapping<TInput, TResult> mapping, DataViewRow input, bool[] active)
    {
        _mapping = mapping;
        _input = input;
        _active = active;
        _activeAdded = active[mapping.InputSchema.Count..];
        _read = _activeAdded.Contains(true) ? mapping.Reader(input) : null;
    }

    public override DataViewSchema Schema => _mapping.OutputSchema;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Getters.RequireActive(column, _active);
        int added = column.Index - _mapping.InputSchema.Count;
        return added < 0
            ? _input.GetGetter<TValue>(_mapping.InputSchema[column.Index])
            : Getters.Cast<TValue>(_mapping.Getter(added, Result), column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private TResult Result()
    {
        if (_computedPosition != _input.Position)
        {
            _result = _mapping.Compute([_read!()], _activeAdded)[0];
            _computedPosition = _input.Position;
        }

        return _result;
    }
}
