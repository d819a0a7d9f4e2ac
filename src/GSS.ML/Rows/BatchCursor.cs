using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>A cursor that reads a batch of rows ahead and computes the added columns for all of them at once; rows keep their order.</summary>
/// <remarks>The cursor below is read once and only for the columns that are needed, so a source that can be read only once works too.</remarks>
internal sealed class BatchCursor<TInput, TResult> : DataViewRowCursor
{
    private readonly RowMapping<TInput, TResult> _mapping;
    private readonly DataViewRowCursor _input;
    private readonly bool[] _active;
    private readonly bool[] _activeAdded;
    private readonly Func<TInput> _read;
    private readonly TInput[] _inputs;
    private readonly ColumnBuffer?[] _passed;
    private readonly ValueGetter<DataViewRowId> _readId;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batches;
    private IReadOnlyList<TResult>? _results;
    private int _count;
    private int _current;
    private long _position = -1;
    private bool _disposed;

    public BatchCursor(RowMapping<TInput, TResult> mapping, DataViewRowCursor input, bool[] active)
    {
        _mapping = mapping;
        _input = input;
        _active = active;
        _activeAdded = active[mapping.InputSchema.Count..];
        _read = mapping.Reader(input);
        _inputs = new TInput[mapping.BatchSize];
        _passed = [.. mapping.InputSchema.Select(column => active[column.Index] ? ColumnBuffer.Create(input, column, mapping.BatchSize) : null)];
        _readId = input.GetIdGetter();
        _ids = new DataViewRowId[mapping.BatchSize];
        _batches = new long[mapping.BatchSize];
    }

    public override DataViewSchema Schema => _mapping.OutputSchema;

    public override long Position => _position;

    public override long Batch => _position >= 0 ? _batches[_current] : 0;

    public override bool MoveNext()
    {
        if (_current + 1 < _count)
        {
            _current++;
        }
        else if (!Fill())
        {
            _position = -1;
            return false;
        }

        _position++;
        return true;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[_current];

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Getters.RequireActive(column, _active);
        int added = column.Index - _mapping.InputSchema.Count;
        return Getters.Cast<TValue>(added < 0 ? _passed[column.Index]!.Getter(CurrentSlot) : _mapping.Getter(added, CurrentResult), column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool Fill()
    {
        _count = 0;
        _current = 0;
        _results = null;
        while (!_disposed && _count < _inputs.Length && _input.MoveNext())
        {
            _inputs[_count] = _read();
            foreach (ColumnBuffer? column in _passed)
            {
                column?.Capture(_count);
            }

            _readId(ref _ids[_count]);
            _batches[_count] = _input.Batch;
            _count++;
        }

        return _count > 0;
    }

    private int CurrentSlot()
    {
        Getters.RequireRow(_position);
        return _current;
    }

    private TResult CurrentResult()
    {
        Getters.RequireRow(_position);
        _results ??= _mapping.Compute(_inputs[.._count], _activeAdded);
        return _results[_current];
    }
}
