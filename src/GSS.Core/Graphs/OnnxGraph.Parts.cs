using GSS.Core.OnnxSchema;

namespace GSS.Core;

/// <summary>Whole models as parts of a graph.</summary>
internal sealed partial class OnnxGraph
{
    /// <summary>Reads a model that <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="Google.Protobuf.InvalidProtocolBufferException">The bytes are damaged.</exception>
    public static ModelProto Read(byte[] bytes) => ModelProto.Parser.ParseFrom(bytes);

    /// <summary>A constant that is true or false, without dimensions.</summary>
    public OnnxValue Flag(bool value) => Initializer(OnnxType.Bool, [value ? (byte)1 : (byte)0], 1, []);

    /// <summary>A value inside a model that <see cref="Insert"/> put into a graph.</summary>
    public static OnnxValue Inside(string prefix, string valueName) => new($"{prefix}.{valueName}");

    /// <summary>Puts all operators of a model into this graph. Its own notes are left out.</summary>
    /// <param name="model">Of the same operator set; not changed.</param>
    /// <param name="prefix">Stands before all of its names, so that none meets another.</param>
    /// <param name="inputs">What takes the place of its inputs, by name; all of them.</param>
    /// <returns>Its outputs, by name.</returns>
    /// <exception cref="ArgumentException">An input has no value, or the operator set is another one.</exception>
    public IReadOnlyDictionary<string, OnnxValue> Insert(ModelProto model, string prefix, IReadOnlyDictionary<string, OnnxValue> inputs)
    {
        long version = model.OpsetImport.FirstOrDefault(set => set.Domain.Length == 0)?.Version ?? 0;
        if (version != OperatorSet)
        {
            throw new ArgumentException($"'{prefix}' is written in operator set {version}, expected {OperatorSet}.", nameof(model));
        }

        if (model.Graph.Input.FirstOrDefault(input => !inputs.ContainsKey(input.Name)) is { } missing)
        {
            throw new ArgumentException($"'{prefix}' has the input '{missing.Name}', for which there is no value.", nameof(inputs));
        }

        GraphProto part = model.Graph.Clone();
        Rename(part, name => name.Length == 0 ? name : inputs.TryGetValue(name, out OnnxValue value) ? value.Name : Inside(prefix, name).Name);
        _graph.Node.Add(part.Node);
        _graph.Initializer.Add(part.Initializer);
        return model.Graph.Output.Zip(part.Output).ToDictionary(pair => pair.First.Name, pair => new OnnxValue(pair.Second.Name), StringComparer.Ordinal);
    }

    // Names in bodies may be those of the graph around them, so that one rule holds for all.
    private static void Rename(GraphProto graph, Func<string, string> rename)
    {
        foreach (NodeProto node in graph.Node)
        {
            node.Name = rename(node.Name);
            Rename(node.Input, rename);
            Rename(node.Output, rename);
            foreach (AttributeProto attribute in node.Attribute.Where(attribute => attribute.G is not null))
            {
                Rename(attribute.G, rename);
            }
        }

        foreach (TensorProto constant in graph.Initializer)
        {
            constant.Name = rename(constant.Name);
        }

        foreach (ValueInfoProto value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
        {
            value.Name = rename(value.Name);
        }
    }

    private static void Rename(IList<string> names, Func<string, string> rename)
    {
        for (int i = 0; i < names.Count; i++)
        {
            names[i] = rename(names[i]);
        }
    }
}
