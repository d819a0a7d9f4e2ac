using GSS.Core;
using GSS.Core.OnnxSchema;

namespace GSS.Onnx;

/// <summary>A part of a package on its way to bytes: its graph, what was seen in it, and which layers are to be quantised.</summary>
internal sealed class QuantizedPart(string name, byte[] bytes)
{
    private readonly Dictionary<(string Value, QuantizationCalibration Calibration), (float Low, float High)> _ranges = [];

    /// <summary>The part's file name.</summary>
    public string Name { get; } = name;

    /// <summary>The float part.</summary>
    public byte[] Bytes { get; } = bytes;

    public QuantizableGraph Graph { get; } = new(bytes);

    /// <summary>The names of all layers; that of the token classifier, which is inside the decision, comes last.</summary>
    public IReadOnlyList<string> Layers => [.. Graph.Layers.Select(layer => layer.Name), .. Graph.Tokens is { } tokens ? new[] { tokens.Weight } : []];

    /// <summary>What each activation was seen to hold, by the value's name.</summary>
    public Dictionary<string, ActivationHistogram> Histograms { get; } = new(StringComparer.Ordinal);

    /// <summary>The multiplications of each layer in all images, by the node's name.</summary>
    public Dictionary<string, long> MultiplyAdds { get; } = new(StringComparer.Ordinal);

    /// <summary>The activations that may become bytes, whichever layers do, and those whose size tells the work of a layer.</summary>
    public IReadOnlyList<string> Watched()
    {
        var all = new QuantizationPlan(Graph, Graph.Layers.Select(layer => layer.Name).ToHashSet());
        return [.. all.Values.Union(Graph.Layers.Select(Graph.End))];
    }

    /// <summary>The layers that are worth quantising: those whose result only 32 bits read, as a rule the last before a decision, are not where they are small.</summary>
    public IReadOnlyList<string> Worthwhile()
    {
        const double Small = 0.02;
        var all = new QuantizationPlan(Graph, Graph.Layers.Select(layer => layer.Name).ToHashSet());
        double work = MultiplyAdds.Values.Sum();
        bool IsWorthIt(NodeProto layer) => MultiplyAdds[layer.Name] >= Small * work || Graph.ReadersOf(Graph.End(layer)).Any(all.Nodes.Contains);
        return [.. Layers.Where(name => Graph.Layers.FirstOrDefault(layer => layer.Name == name) is not { } layer || IsWorthIt(layer))];
    }

    /// <summary>The part with some of its layers quantised.</summary>
    public byte[] Quantize(IEnumerable<string> layers, QuantizationCalibration calibration, QuantizationOptions options)
    {
        HashSet<string> chosen = [.. layers];
        return chosen.Count == 0 ? Bytes : QuantizedGraph.ToBytes(Graph, chosen, value => Range(value, calibration, options), options.ReduceRange);
    }

    // The same for every choice of layers.
    private (float Low, float High) Range(string value, QuantizationCalibration calibration, QuantizationOptions options)
    {
        if (!_ranges.TryGetValue((value, calibration), out (float, float) range))
        {
            _ranges[(value, calibration)] = range = ActivationRange.Choose(Histograms[value], calibration, options.Percentile);
        }

        return range;
    }
}
