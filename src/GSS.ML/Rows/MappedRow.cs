using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>A row with the added columns: computed when first asked for, once a position. Input columns that are passed on as well are read once for both.</summary>
internal sealed class MappedRow<TInput, TResult> : DataViewRow, IPhotographRow
{
    private readonly RowMapping<TInput, TResult> _mapping;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly ColumnBuffer?[] _shared;
    private readonly RowResults<TInput, TResult>? _results;
    private readonly IDisposable? _held;
    private long _capturedPosition = -1;

    public MappedRow(RowMapping<TInput, TResult> mapping, DataViewRow input, bool[] active)
    {
        _mapping = mapping;
        _input = input;
        _active = active;
        bool computes = active.AsSpan(mapping.InputSchema.Count).Contains(true);
        _shared = computes ? mapping.Buffers(input, active, size: 1, all: false) : new ColumnBuffer?[mapping.InputSchema.Count];
        _results = computes ? new(mapping, [.. mapping.Inputs.Select(column => _shared[column.Index]!)], active[mapping.InputSchema.Count..], size: 1) : null;
        _held = computes ? mapping.Hold() : null;
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
        return added >= 0 ? Getters.Cast<TValue>(_mapping.Getter(added, () => _results!.Of(Captured())), column)
            : _shared[column.Index] is { } buffer ? Getters.Cast<TValue>(buffer.Getter(Captured), column)
            : _input.GetGetter<TValue>(_mapping.InputSchema[column.Index]);
    }

    public Func<Photograph>? FindPhotographs(DataViewSchema.Column column) =>
        column.Index >= _shared.Length ? null
        : _shared[column.Index] is { } buffer ? buffer.FindPhotographs(Captured)
        : (_input as IPhotographRow)?.FindPhotographs(_mapping.InputSchema[column.Index]);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _input.Dispose();
            _held?.Dispose();
        }

        base.Dispose(disposing);
    }

    // The one slot, once the inputs of the current row are in it.
    private int Captured()
    {
        Getters.RequireRow(_input.Position);
        if (_capturedPosition != _input.Position)
        {
            foreach (DataViewSchema.Column column in _mapping.Inputs)
            {
                _shared[column.Index]!.Capture(0);
            }

            _results!.Clear();
            _results.Add(_input.Position);
            _capturedPosition = _input.Position;
        }

        return 0;
    }
}
