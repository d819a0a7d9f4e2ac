using GSS.Core.OnnxSchema;

namespace GSS.Onnx;

/// <summary>Which operators of a graph run on bytes, and which values become bytes for that.</summary>
internal sealed class QuantizationPlan
{
    private readonly QuantizableGraph _graph;
    private readonly HashSet<string> _made;

    /// <param name="graph">The graph.</param>
    /// <param name="layers">The layers to quantise, by the names of their nodes. Carriers follow by themselves.</param>
    public QuantizationPlan(QuantizableGraph graph, IReadOnlySet<string> layers)
    {
        _graph = graph;
        Nodes = [.. graph.Layers.Where(layer => layers.Contains(layer.Name)), .. graph.Carriers];

        // A carrier runs on bytes where bytes come in and somebody wants bytes; whether that is so may hang on other carriers.
        do
        {
            _made = [.. Nodes.Where(node => !QuantizableGraph.IsProduct(node)).Select(graph.End)];
        }
        while (Nodes.RemoveWhere(node => graph.Carriers.Contains(node) && !(QuantizableGraph.Activations(node).All(_made.Contains) && graph.ReadersOf(graph.End(node)).Any(Nodes.Contains))) > 0);
        Values = [.. Nodes.SelectMany(QuantizableGraph.Activations).Concat(_made).Distinct()];
    }

    /// <summary>What runs on bytes.</summary>
    public HashSet<NodeProto> Nodes { get; }

    /// <summary>The activations that become bytes.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>Whether a value is made by something that runs on bytes; others are rounded for those that do.</summary>
    public bool IsMade(string value) => _made.Contains(value);

    /// <summary>The value whose range a value has: another one's, where what makes it keeps the scale.</summary>
    public string RangeOf(string value) =>
        _graph.MakerOf(value) is { } maker && Nodes.Contains(maker) && QuantizableGraph.KeepsScale(maker) ? RangeOf(maker.Input[0]) : value;
}
