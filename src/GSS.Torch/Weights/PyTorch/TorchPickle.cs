using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>What the few names that PyTorch's files use mean: storages, tensors, parameters, dictionaries. All others stay inert.</summary>
internal sealed class TorchPickle(MemoryAllowance allowance)
{
    private const int MaximumDimensions = 64;

    /// <summary>The storages by key, as they were first described.</summary>
    public Dictionary<string, TorchStorage> Storages { get; } = [];

    public PickleValue NewDictionary()
    {
        allowance.Spend(32);
        return PickleValue.Of(new PickleDictionary());
    }

    /// <summary>What calling a class or function with these arguments would give.</summary>
    public PickleValue Call(PickleValue callee, PickleValue[] arguments, PickleSource source)
    {
        // A tensor of a subclass: (function, class, arguments, state). One level only, so that nothing nests without end.
        if (callee.Node is "torch._tensor _rebuild_from_type_v2" && arguments is [{ Node: string function }, _, { Node: PickleValue[] inner }, ..])
        {
            return Call(function, inner, source);
        }

        return Call(callee.Node as string ?? "", arguments, source);
    }

    /// <summary>What a persistent id stands for: a storage, or the class of a module.</summary>
    public PickleValue Persistent(PickleValue id, PickleSource source)
    {
        if (id.Node is not PickleValue[] { Length: >= 2 } parts || parts[0].Kind != PickleKind.Text)
        {
            return new(PickleKind.Other);
        }

        return source.Text(parts[0]) switch
        {
            "storage" when parts.Length >= 5 => Storage(parts, source),
            "module" => parts[1],
            _ => new(PickleKind.Other),
        };
    }

    private PickleValue Call(string function, PickleValue[] arguments, PickleSource source)
    {
        switch (function)
        {
            case "torch._utils _rebuild_tensor" or "torch._utils _rebuild_tensor_v2":
                return Tensor(arguments);

            case "torch._utils _rebuild_parameter" or "torch._utils _rebuild_parameter_with_state" or "torch.nn.parameter Parameter" or "torch.nn.parameter Buffer" when arguments.Length > 0:
            case "torch Size" or "__builtin__ set" or "builtins set" or "builtins frozenset" when arguments.Length > 0:
                return arguments[0];

            case "collections OrderedDict" or "collections defaultdict" or "builtins dict" or "__builtin__ dict":
                return DictionaryOf(arguments, source);

            default:
                allowance.Spend(40);
                return PickleValue.Of(new PickleObject());
        }
    }

    /// <summary>A dictionary, filled at once where Python 2 wrote its pairs as a list.</summary>
    private PickleValue DictionaryOf(PickleValue[] arguments, PickleSource source)
    {
        PickleValue dictionary = NewDictionary();
        foreach (PickleValue pair in arguments is [{ Node: PickleList list }, ..] ? list.Items : [])
        {
            IReadOnlyList<PickleValue> items = pair.Node as PickleValue[] ?? (pair.Node as PickleList)?.Items ?? [];
            if (items.Count == 2)
            {
                dictionary.Dictionary!.Add(items[0], items[1], source);
            }
        }

        return dictionary;
    }

    private PickleValue Tensor(PickleValue[] arguments)
    {
        if (arguments is not [{ Node: TorchStorage storage }, { Kind: PickleKind.Integer } offset, var size, var stride, ..]
            || Numbers(size) is not { } shape || Numbers(stride) is not { } strides || shape.Length != strides.Length)
        {
            return new(PickleKind.Other);
        }

        return new(PickleKind.Tensor, Node: new TorchTensor(storage, offset.Number, shape, strides));
    }

    private long[]? Numbers(PickleValue tuple)
    {
        if (tuple.Node is not PickleValue[] { Length: <= MaximumDimensions } items || items.Any(item => item.Kind != PickleKind.Integer))
        {
            return null;
        }

        allowance.Spend(64 + (sizeof(long) * items.Length));
        return [.. items.Select(item => item.Number)];
    }

    /// <summary>('storage', type, key, device, elements), in the older stream followed by None or a view: (key of the view, offset, elements).</summary>
    private PickleValue Storage(PickleValue[] parts, PickleSource source)
    {
        if (parts[1].Node is not string typeName || TorchStorageTypes.Find(typeName) is not { } type
            || parts[2].Kind != PickleKind.Text || parts[4] is not { Kind: PickleKind.Integer, Number: >= 0 })
        {
            return new(PickleKind.Other);
        }

        string key = source.Text(parts[2]);
        var whole = new TorchStorage(key, type, 0, parts[4].Number);
        allowance.Spend(200);
        Storages.TryAdd(key, whole);
        return parts is [_, _, _, _, _, { Node: PickleValue[] and [_, { Kind: PickleKind.Integer } offset, { Kind: PickleKind.Integer } count, ..] }, ..]
            ? new(PickleKind.Storage, Node: whole with { Offset = offset.Number, Count = count.Number })
            : new(PickleKind.Storage, Node: whole);
    }
}

/// <summary>PyTorch's storage classes and their element types.</summary>
internal static class TorchStorageTypes
{
    private static readonly Dictionary<string, ScalarType> Types = new()
    {
        ["FloatStorage"] = ScalarType.Float32,
        ["DoubleStorage"] = ScalarType.Float64,
        ["HalfStorage"] = ScalarType.Float16,
        ["BFloat16Storage"] = ScalarType.BFloat16,
        ["LongStorage"] = ScalarType.Int64,
        ["IntStorage"] = ScalarType.Int32,
        ["ShortStorage"] = ScalarType.Int16,
        ["CharStorage"] = ScalarType.Int8,
        ["ByteStorage"] = ScalarType.Byte,
        ["BoolStorage"] = ScalarType.Bool,
    };

    /// <summary>The element type of a class such as "torch FloatStorage" or "torch.cuda FloatStorage"; null for any other class.</summary>
    public static ScalarType? Find(string global)
    {
        int blank = global.LastIndexOf(' ');
        return blank > 0 && global.AsSpan(0, blank) is "torch" or "torch.cuda" && Types.TryGetValue(global[(blank + 1)..], out ScalarType type) ? type : null;
    }
}
