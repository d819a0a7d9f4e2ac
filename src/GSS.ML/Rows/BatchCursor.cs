using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>A cursor that reads a batch of rows ahead and computes the added columns for all of them at once; rows keep their order.</summary>
/// <remarks>
/// The cursor below is read once, each of its values once, and only for the columns that are needed, so a source that can be read only once works too.
/// A value that cannot be read or computed is an error in its own row, when it is asked for; where the cursor below itself fails, the rows before come first.
/// </remarks>
internal sealed class BatchCursor<TInput, TResult> : DataViewRowCursor, IPhotographRow
{
    private readonly RowMapping<TInput, TResult> _mapping;
    private readonly DataViewRowCursor _input;
    private readonly bool[] _active;
    private readonly ColumnBuffer?[] _columns;
    private readonly RowResults<TInput, TResult> _results;
    private readonly ValueGetter<DataViewRowId> _readId;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batches;
    private readonly IDisposable? _held;
    private ExceptionDispatchInfo? _inputFailed;
    private int _count;
    private int _current;
    private long _position = -1;
    private bool _disposed;

    public BatchCursor(RowMapping<TInput, TResult> mapping, DataViewRowCursor input, bool[] active)
    {
        _mapping = mapping;
        _input = input;
        _active = active;
        _columns = mapping.Buffers(input, active, mapping.BatchSize, all: true);
        _results = new RowResults<TInput, TResult>(mapping, [.. mapping.Inputs.Select(column => _columns[column.Index]!)], active[mapping.InputSchema.Count..], mapping.BatchSize);
        _readId = input.GetIdGetter();
        _ids = new DataViewRowId[mapping.BatchSize];
        _batches = new long[mapping.BatchSize];
        _held = mapping.Hold();
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

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[CurrentSlot()];

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Getters.RequireActive(column, _active);
        int added = column.Index - _mapping.InputSchema.Count;
        return Getters.Cast<TValue>(added < 0 ? _columns[column.Index]!.Getter(CurrentSlot) : _mapping.Getter(added, () => _results.Of(CurrentSlot())), column);
    }

    public Func<Photograph>? FindPhotographs(DataViewSchema.Column column) => column.Index < _columns.Length ? _columns[column.Index]!.FindPhotographs(CurrentSlot) : null;

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _input.Dispose();
            _held?.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool Fill()
    {
        _count = 0;
        _current = 0;
        _results.Clear();
        ExceptionDispatchInfo? failed = _inputFailed;
        _inputFailed = null;
        failed?.Throw();
        while (!_disposed && _count < _ids.Length && MoveInput())
        {
            foreach (ColumnBuffer? column in _columns)
            {
                column?.Capture(_count);
            }

            _results.Add(_input.Position);
            _readId(ref _ids[_count]);
            _batches[_count] = _input.Batch;
            _count++;
        }

        return _count > 0;
    }

    private bool MoveInput()
    {
        try
        {
            return _input.MoveNext();
        }
        catch (Exception e) when (_count > 0)
        {
            _inputFailed = ExceptionDispatchInfo.Capture(e);
            return false;
        }
    }

    private int CurrentSlot()
    {
        Getters.RequireRow(_count > 0 ? _position : -1);
        return _current;
    }
}
