using System.Globalization;

namespace GSS.Torch;

/// <summary>
/// The stack machine behind Python's pickles, protocols 0 to 5, reduced to what describes weights. Names of classes and functions stay names:
/// "calling" one either has a meaning that <see cref="TorchPickle"/> knows (a tensor, a dictionary), or leaves an inert <see cref="PickleObject"/>.
/// There are no jumps, so the work is bounded by the length of the pickle; memory is bounded by <see cref="MemoryAllowance"/>.
/// </summary>
internal sealed partial class PickleMachine(PickleSource source, TorchPickle meaning)
{
    private const int MaximumInstructions = 50_000_000;
    private const int MaximumDepth = 100_000;

    /// <summary>How far a number in the memo may run ahead of those before it: Python counts from 0 or 1, and optimised pickles have gaps.</summary>
    private const int MaximumMemoGap = 1024;

    private readonly List<PickleValue> _stack = [];
    private readonly List<int> _marks = [];
    private readonly List<PickleValue> _memo = [];
    private int _reserved;

    private MemoryAllowance Allowance => source.Allowance;

    /// <summary>Runs to the pickle's end.</summary>
    /// <returns>The value that it describes.</returns>
    /// <exception cref="WeightFileException">It is damaged, or goes beyond a limit.</exception>
    public PickleValue Run()
    {
        for (int count = 0; count < MaximumInstructions; count++)
        {
            byte instruction = source.Byte();
            if (instruction == '.')
            {
                return Pop();
            }

            Execute(instruction);
        }

        throw source.Damaged($"has a description of more than {MaximumInstructions} instructions");
    }

    private void Push(PickleValue value)
    {
        if (_stack.Count >= MaximumDepth)
        {
            throw source.Damaged($"piles up more than {MaximumDepth} values");
        }

        // Only growth costs: the list keeps its array when values are taken off.
        if (_stack.Count >= _reserved)
        {
            _reserved++;
            Allowance.Spend(PickleValue.GrowingSize);
        }

        _stack.Add(value);
    }

    private PickleValue Pop()
    {
        // Values below the last mark belong to whoever closes it.
        if (_stack.Count <= (_marks.Count > 0 ? _marks[^1] : 0))
        {
            throw source.Damaged($"takes a value that is not there, at byte {source.Position}");
        }

        PickleValue value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private PickleValue Top()
    {
        PickleValue value = Pop();
        _stack.Add(value);
        return value;
    }

    private void Mark()
    {
        if (_marks.Count >= MaximumDepth)
        {
            throw source.Damaged($"nests more than {MaximumDepth} levels");
        }

        Allowance.Spend(2 * sizeof(int));
        _marks.Add(_stack.Count);
    }

    /// <summary>Takes everything above the last mark, and the mark.</summary>
    private PickleValue[] PopToMark()
    {
        if (_marks.Count == 0)
        {
            throw source.Damaged($"closes a list that was never opened, at byte {source.Position}");
        }

        int start = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return PopLast(_stack.Count - start);
    }

    private PickleValue[] PopLast(int count)
    {
        if (count > _stack.Count - (_marks.Count > 0 ? _marks[^1] : 0))
        {
            throw source.Damaged($"takes values that are not there, at byte {source.Position}");
        }

        if (count == 0)
        {
            return [];
        }

        Allowance.Spend(24 + (PickleValue.Size * (long)count));
        PickleValue[] items = new PickleValue[count];
        _stack.CopyTo(_stack.Count - count, items, 0, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return items;
    }

    private void Remember(long place)
    {
        PickleValue value = Top();
        if (place < 0 || place > _memo.Count + MaximumMemoGap)
        {
            throw source.Damaged($"numbers a value {place} where about {_memo.Count} was expected, at byte {source.Position}");
        }

        while (_memo.Count <= place)
        {
            Allowance.Spend(PickleValue.GrowingSize);
            _memo.Add(default);
        }

        _memo[(int)place] = value;
    }

    private PickleValue Recall(long place)
        => place >= 0 && place < _memo.Count ? _memo[(int)place] : throw source.Damaged($"refers to value {place} of {_memo.Count}, at byte {source.Position}");

    private PickleValue NewList(ReadOnlySpan<PickleValue> items)
    {
        Allowance.Spend(24);
        var list = new PickleList();
        foreach (PickleValue item in items)
        {
            list.Add(item, Allowance);
        }

        return new(PickleKind.List, Node: list);
    }

    private void Extend(PickleValue list, ReadOnlySpan<PickleValue> items)
    {
        // Whatever is no list here (a class of its own that behaves like one) holds no weights.
        if (list.Node is PickleList target)
        {
            foreach (PickleValue item in items)
            {
                target.Add(item, Allowance);
            }
        }
    }

    private void SetItems(PickleValue target, ReadOnlySpan<PickleValue> items)
    {
        if (items.Length % 2 != 0)
        {
            throw source.Damaged($"has a key without a value, at byte {source.Position}");
        }

        for (int i = 0; i < items.Length; i += 2)
        {
            target.Dictionary?.Add(items[i], items[i + 1], source);
        }
    }

    private PickleValue NewDictionary(ReadOnlySpan<PickleValue> items)
    {
        PickleValue dictionary = meaning.NewDictionary();
        SetItems(dictionary, items);
        return dictionary;
    }

    private PickleValue Global(PickleValue module, PickleValue name)
        => new(PickleKind.Global, Node: $"{source.Text(module)} {source.Text(name)}");

    private PickleValue Digits(PickleValue line)
    {
        ReadOnlySpan<char> digits = source.Text(line).AsSpan().TrimEnd('L');
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? PickleValue.Integer(number) : new(PickleKind.Other);
    }

    private PickleValue LittleEndian(PickleValue bytes)
    {
        if (bytes.Length > sizeof(long))
        {
            return bytes;
        }

        Span<byte> all = stackalloc byte[sizeof(long)];
        source.TryRead(bytes, all[..bytes.Length]);
        if (bytes.Length > 0 && all[bytes.Length - 1] >= 0x80)
        {
            all[bytes.Length..].Fill(byte.MaxValue);
        }

        return PickleValue.Integer(BitConverter.ToInt64(all));
    }
}
