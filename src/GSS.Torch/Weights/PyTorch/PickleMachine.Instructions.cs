namespace GSS.Torch;

/// <content>The instructions, grouped as in Python's pickletools.</content>
internal sealed partial class PickleMachine
{
    private const int NewestProtocol = 5;

    private static readonly PickleValue Other = new(PickleKind.Other);

    private void Execute(byte instruction)
    {
        switch (instruction)
        {
            // Numbers, None, True and False.
            case (byte)'N': Push(default); break;
            case 0x88: Push(PickleValue.Boolean(true)); break;
            case 0x89: Push(PickleValue.Boolean(false)); break;
            case (byte)'K': Push(PickleValue.Integer(source.Byte())); break;
            case (byte)'M': Push(PickleValue.Integer(source.UInt16())); break;
            case (byte)'J': Push(PickleValue.Integer(source.Int32())); break;
            case (byte)'I' or (byte)'L': Push(Digits(source.Line())); break;
            case 0x8a: Push(LittleEndian(source.Skip(PickleKind.LargeInteger, source.Byte()))); break;
            case 0x8b: Push(LittleEndian(source.Skip(PickleKind.LargeInteger, source.Int32()))); break;
            case (byte)'F': source.Line(); Push(Other); break;
            case (byte)'G': Push(source.Skip(PickleKind.Other, 8)); break;

            // Strings and bytes. Python 2 wrote its strings as U, T and S, today's are X.
            case (byte)'X': Push(source.Skip(PickleKind.Text, source.UInt32())); break;
            case 0x8c or (byte)'U': Push(source.Skip(PickleKind.Text, source.Byte())); break;
            case 0x8d: Push(source.Skip(PickleKind.Text, source.Int64())); break;
            case (byte)'T': Push(source.Skip(PickleKind.Text, source.Int32())); break;
            case (byte)'V': Push(source.Line()); break;
            case (byte)'S': Push(WithoutQuotes(source.Line())); break;
            case (byte)'C': Push(source.Skip(PickleKind.Other, source.Byte())); break;
            case (byte)'B': Push(source.Skip(PickleKind.Other, source.UInt32())); break;
            case 0x8e or 0x96: Push(source.Skip(PickleKind.Other, source.Int64())); break;

            // Tuples.
            case (byte)')': Push(PickleValue.Tuple([])); break;
            case 0x85: Push(PickleValue.Tuple(PopLast(1))); break;
            case 0x86: Push(PickleValue.Tuple(PopLast(2))); break;
            case 0x87: Push(PickleValue.Tuple(PopLast(3))); break;
            case (byte)'t': Push(PickleValue.Tuple(PopToMark())); break;

            // Lists and sets.
            case (byte)']' or 0x8f: Push(NewList([])); break;
            case (byte)'l' or 0x91: Push(NewList(PopToMark())); break;
            case (byte)'a': Append(PopLast(1)); break;
            case (byte)'e' or 0x90: Append(PopToMark()); break;

            // Dictionaries.
            case (byte)'}': Push(meaning.NewDictionary()); break;
            case (byte)'d': Push(NewDictionary(PopToMark())); break;
            case (byte)'s': SetItems(PopLast(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;

            // The stack and the memo.
            case (byte)'(': Mark(); break;
            case (byte)'0': Drop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': Push(Top()); break;
            case (byte)'p': Remember(Digits(source.Line()).Number); break;
            case (byte)'q': Remember(source.Byte()); break;
            case (byte)'r': Remember(source.UInt32()); break;
            case 0x94: Remember(_memo.Count); break;
            case (byte)'g': Push(Recall(Digits(source.Line()).Number)); break;
            case (byte)'h': Push(Recall(source.Byte())); break;
            case (byte)'j': Push(Recall(source.UInt32())); break;

            // Classes, functions and what they make.
            case (byte)'c': Push(Global(source.Line(), source.Line())); break;
            case 0x93: StackGlobal(PopLast(2)); break;
            case (byte)'R': Reduce(PopLast(2)); break;
            case 0x81: Reduce(PopLast(2)); break;
            case 0x92: Reduce(PopLast(3)); break;
            case (byte)'o': CallFirst(PopToMark()); break;
            case (byte)'i': Instance(Global(source.Line(), source.Line())); break;
            case (byte)'b': Build(Pop()); break;
            case (byte)'Q': Push(meaning.Persistent(Pop(), source)); break;
            case (byte)'P': source.Line(); Push(Other); break;

            // Frames only help Python to read ahead.
            case 0x80: CheckProtocol(source.Byte()); break;
            case 0x95: source.Int64(); break;

            default: throw source.Damaged($"has the unknown instruction 0x{instruction:x2} at byte {source.Position - 1}");
        }
    }

    private static PickleValue WithoutQuotes(PickleValue line) => line.Length < 2 ? line : line with { Number = line.Number + 1, Length = line.Length - 2 };

    private void Append(PickleValue[] items) => Extend(Top(), items);

    private void SetItems(PickleValue[] items) => SetItems(Top(), items);

    /// <summary>Takes the last value, or the last mark where nothing lies above it.</summary>
    private void Drop()
    {
        if (_marks.Count > 0 && _marks[^1] == _stack.Count)
        {
            _marks.RemoveAt(_marks.Count - 1);
        }
        else
        {
            Pop();
        }
    }

    private void StackGlobal(PickleValue[] names) => Push(Global(names[0], names[1]));

    private void Reduce(PickleValue[] callee) => Push(meaning.Call(callee[0], callee[1].Node as PickleValue[] ?? [], source));

    private void CallFirst(PickleValue[] items)
        => Push(items.Length > 0 ? meaning.Call(items[0], items[1..], source) : throw source.Damaged($"makes an object of no class, at byte {source.Position}"));

    private void Instance(PickleValue global) => Push(meaning.Call(global, PopToMark(), source));

    private void Build(PickleValue state)
    {
        // The state is the attributes, or a pair of the attributes and what lies in slots. Dictionaries have attributes too (state_dict's
        // _metadata); nothing of theirs is needed.
        if (Top().Node is PickleObject target)
        {
            target.Attributes ??= state.Dictionary ?? (state.Node as PickleValue[])?.FirstOrDefault().Dictionary;
        }
    }

    private void CheckProtocol(byte protocol)
    {
        if (protocol > NewestProtocol)
        {
            throw source.Damaged($"has a description of pickle protocol {protocol}, where 0 to {NewestProtocol} were expected");
        }
    }
}
