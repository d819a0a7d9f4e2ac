using System.Runtime.ExceptionServices;

namespace GSS.ML;

/// <summary>What a mapping computes for some rows: all of them at once, when the first is asked for. A row that fails does not take the others with it.</summary>
/// <param name="mapping">The mapping.</param>
/// <param name="inputs">The values of its input columns, in their order.</param>
/// <param name="active">Which added columns are asked for.</param>
/// <param name="size">How many slots.</param>
internal sealed class RowResults<TInput, TResult>(RowMapping<TInput, TResult> mapping, IReadOnlyList<ColumnBuffer> inputs, bool[] active, int size)
{
    private readonly (TResult? Value, ExceptionDispatchInfo? Error)[] _results = new (TResult?, ExceptionDispatchInfo?)[size];
    private readonly long[] _rows = new long[size];
    private int _count;
    private bool _isComputed;

    /// <summary>The input columns of the current row are read into the next slot.</summary>
    /// <param name="row">Its number in the source, for messages.</param>
    public void Add(long row)
    {
        _rows[_count++] = Math.Max(0, row);
        _isComputed = false;
    }

    /// <summary>Begins anew.</summary>
    public void Clear() => _count = 0;

    /// <summary>The result of a slot; throws what reading or computing this row threw.</summary>
    public TResult Of(int slot)
    {
        if (!_isComputed)
        {
            Compute();
            _isComputed = true;
        }

        _results[slot].Error?.Throw();
        return _results[slot].Value!;
    }

    private void Compute()
    {
        var slots = new List<int>(_count);
        var values = new List<TInput>(_count);
        for (int slot = 0; slot < _count; slot++)
        {
            try
            {
                values.Add(mapping.Read(inputs, slot, _rows[slot]));
                slots.Add(slot);
            }
            catch (Exception e)
            {
                _results[slot] = (default, ExceptionDispatchInfo.Capture(e));
            }
        }

        if (slots.Count > 0 && !TryCompute(slots, values) && slots.Count > 1)
        {
            for (int i = 0; i < slots.Count; i++)
            {
                TryCompute([slots[i]], [values[i]]);
            }
        }
    }

    private bool TryCompute(List<int> slots, List<TInput> values)
    {
        try
        {
            IReadOnlyList<TResult> computed = mapping.Compute(values, active);
            for (int i = 0; i < slots.Count; i++)
            {
                _results[slots[i]] = (computed[i], null);
            }

            return true;
        }
        catch (Exception e)
        {
            slots.ForEach(slot => _results[slot] = (default, ExceptionDispatchInfo.Capture(e)));
            return false;
        }
    }
}
