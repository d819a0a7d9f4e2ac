namespace GSS.Torch;

/// <summary>
/// Finds the named tensors in what a PyTorch file describes: a state dict, a checkpoint around one, or a whole module, whose names are those that
/// its <c>state_dict()</c> would give.
/// </summary>
internal sealed class StateDictionary
{
    private const int MaximumDepth = 64;

    /// <summary>The keys under which checkpoints keep the state dict (mmcv, timm, Swin, Lightning and others), the usual one first.</summary>
    private static readonly string[] Wrappers = ["state_dict", "model_state_dict", "model_state", "model", "module", "network", "net", "weights", "state_dict_ema", "model_ema"];

    private readonly Dictionary<string, TorchTensor> _tensors = new(StringComparer.Ordinal);
    private readonly WeightBytes _file;
    private readonly MemoryAllowance _allowance;

    private readonly PickleSource _source;

    private StateDictionary(WeightBytes file, PickleSource source) => (_file, _source, _allowance) = (file, source, source.Allowance);

    /// <summary>All tensors by name, each checked to lie inside its storage's description.</summary>
    /// <exception cref="WeightFileException">There are none, or one reaches beyond its storage.</exception>
    public static Dictionary<string, TorchTensor> Collect(PickleValue root, WeightBytes file, PickleSource source)
    {
        var found = new StateDictionary(file, source);
        found.Visit(Unwrap(root), "", 0);
        return found._tensors.Count > 0 ? found._tensors
            : throw new WeightFileException($"The weight file '{file.Path}' holds no named tensors, where a state dict or a module was expected; save the network with torch.save(model.state_dict(), …).");
    }

    private static PickleValue Unwrap(PickleValue root)
    {
        for (int level = 0; level < Wrappers.Length; level++)
        {
            if (root.Dictionary is not { } dictionary || root.Kind != PickleKind.Dictionary)
            {
                return root;
            }

            PickleValue inner = Wrappers.Select(key => dictionary[key]).FirstOrDefault(value => value.Dictionary is not null);
            if (inner.Dictionary is null)
            {
                return root;
            }

            root = inner;
        }

        return root;
    }

    private void Visit(PickleValue value, string name, int depth)
    {
        // Shared parts are visited wherever they hang, so the visits have to be bounded too.
        _allowance.Spend(64);
        if (depth > MaximumDepth)
        {
            throw _file.Damaged($"nests its tensors more than {MaximumDepth} levels deep");
        }

        if (value.Node is TorchTensor tensor && name.Length > 0)
        {
            _allowance.Spend(200);
            TensorViews.Check(tensor, name, _file);
            _tensors[name] = tensor;
        }
        else if (value.Node is PickleObject { Attributes: { } attributes } module)
        {
            VisitModule(attributes, name, depth);
            VisitAll(module, name, depth);
        }
        else if (value.Dictionary is { } dictionary)
        {
            VisitAll(dictionary, name, depth);
        }
    }

    private void VisitModule(PickleDictionary attributes, string name, int depth)
    {
        PickleDictionary? parameters = attributes["_parameters"].Dictionary, buffers = attributes["_buffers"].Dictionary, modules = attributes["_modules"].Dictionary;
        if (parameters is null && buffers is null && modules is null)
        {
            VisitAll(attributes, name, depth);
            return;
        }

        VisitAll(parameters, name, depth);
        VisitAll(buffers, name, depth, TextsOf(attributes["_non_persistent_buffers_set"]));
        VisitAll(modules, name, depth);
    }

    private void VisitAll(PickleDictionary? dictionary, string name, int depth, HashSet<string>? except = null)
    {
        foreach ((string key, PickleValue value) in dictionary?.Items ?? [])
        {
            if (value.MayHoldTensors && except?.Contains(key) != true)
            {
                Visit(value, Join(name, key), depth + 1);
            }
        }
    }

    private string Join(string name, string key)
    {
        if (name.Length == 0)
        {
            return key;
        }

        _allowance.Spend(32 + (2 * (name.Length + key.Length)));
        return $"{name}.{key}";
    }

    /// <summary>The strings in a set.</summary>
    private HashSet<string>? TextsOf(PickleValue set)
        => set.Node is PickleList { Items: { Count: > 0 } items } ? [.. items.Where(item => item.Kind == PickleKind.Text).Select(_source.Text)] : null;
}
