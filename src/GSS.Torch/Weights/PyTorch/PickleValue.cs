using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>What a value in a pickle is.</summary>
internal enum PickleKind : byte
{
    /// <summary>Python's None.</summary>
    None,

    /// <summary>True (1) or False (0).</summary>
    Boolean,

    /// <summary>A whole number that fits 64 bits.</summary>
    Integer,

    /// <summary>A larger whole number: the place and length of its little-endian bytes.</summary>
    LargeInteger,

    /// <summary>A string: the place and length of its bytes; read when it is needed.</summary>
    Text,

    /// <summary>An array of values.</summary>
    Tuple,

    /// <summary>A <see cref="PickleList"/>; sets are lists too.</summary>
    List,

    /// <summary>A <see cref="PickleDictionary"/>.</summary>
    Dictionary,

    /// <summary>The name of a Python class or function, "module name". Never looked up, never called.</summary>
    Global,

    /// <summary>A <see cref="PickleObject"/>: what a class or function that means nothing here would have made.</summary>
    Object,

    /// <summary>A <see cref="TorchStorage"/>.</summary>
    Storage,

    /// <summary>A <see cref="TorchTensor"/>.</summary>
    Tensor,

    /// <summary>Anything that no weight is found in: numbers with a fraction, bytes.</summary>
    Other,
}

/// <summary>One value on the stack of a pickle.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Number">The number, or the place of the bytes in the file.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="Node">Whatever has more to it.</param>
internal readonly record struct PickleValue(PickleKind Kind, long Number = 0, int Length = 0, object? Node = null)
{
    /// <summary>The memory of one value in an array.</summary>
    public const int Size = 24;

    /// <summary>The memory of one value in a list that grows by doubling, the outgrown arrays included.</summary>
    public const int GrowingSize = 2 * Size;

    public PickleDictionary? Dictionary => Node as PickleDictionary;

    /// <summary>Whether weights may hang below it.</summary>
    public bool MayHoldTensors => Kind is PickleKind.Tensor or PickleKind.Dictionary or PickleKind.Object;

    public static PickleValue Integer(long number) => new(PickleKind.Integer, number);

    public static PickleValue Boolean(bool value) => new(PickleKind.Boolean, value ? 1 : 0);

    public static PickleValue Tuple(PickleValue[] items) => new(PickleKind.Tuple, Node: items);

    public static PickleValue Of(PickleDictionary dictionary) => new(dictionary is PickleObject ? PickleKind.Object : PickleKind.Dictionary, Node: dictionary);
}

/// <summary>A list or a set. Plain numbers are not kept: no weight is found by them.</summary>
internal sealed class PickleList
{
    private List<PickleValue>? _items;

    public IReadOnlyList<PickleValue> Items => _items ?? (IReadOnlyList<PickleValue>)[];

    public void Add(PickleValue item, MemoryAllowance allowance)
    {
        if (item.Kind is not (PickleKind.None or PickleKind.Boolean or PickleKind.Integer or PickleKind.Other))
        {
            allowance.Spend(PickleValue.GrowingSize);
            (_items ??= []).Add(item);
        }
    }
}

/// <summary>A dictionary: the entries with a string as key whose value is a switch or may hold weights, in their order.</summary>
internal class PickleDictionary
{
    private List<KeyValuePair<string, PickleValue>>? _items;

    public IReadOnlyList<KeyValuePair<string, PickleValue>> Items => _items ?? (IReadOnlyList<KeyValuePair<string, PickleValue>>)[];

    public PickleValue this[string key] => _items?.FindLast(item => item.Key == key).Value ?? default;

    public void Add(PickleValue key, PickleValue value, PickleSource source)
    {
        if (key.Kind == PickleKind.Text && (value.MayHoldTensors || value.Kind is PickleKind.Boolean or PickleKind.List))
        {
            source.Allowance.Spend(2 * (PickleValue.GrowingSize + IntPtr.Size));
            (_items ??= []).Add(new(source.Text(key), value));
        }
    }
}

/// <summary>What a class or function that means nothing here would have made: inert, only its attributes are kept.</summary>
internal sealed class PickleObject : PickleDictionary
{
    /// <summary>The attributes (the instance's <c>__dict__</c>); null where there are none.</summary>
    public PickleDictionary? Attributes { get; set; }
}

/// <summary>A run of elements in the file.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">The element type.</param>
/// <param name="Offset">The first element, counted from the start of the stored run of that name.</param>
/// <param name="Count">How many elements.</param>
internal sealed record TorchStorage(string Key, ScalarType Type, long Offset, long Count);

/// <summary>A view of a storage, as PyTorch describes it; nothing is checked yet.</summary>
/// <param name="Storage">The elements.</param>
/// <param name="Offset">The first element, counted from the start of <paramref name="Storage"/>.</param>
/// <param name="Shape">The sizes.</param>
/// <param name="Strides">Elements from one index to the next, for each dimension.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides);
