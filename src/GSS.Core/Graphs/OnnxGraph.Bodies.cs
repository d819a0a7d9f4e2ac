namespace GSS.Core;

/// <summary>Graphs within the graph: what runs only on a condition, and what runs once for each row.</summary>
internal sealed partial class OnnxGraph
{
    /// <summary>A graph that may use all values of this one; its constants are stored here. Give it inputs and outputs, then hand it to an operator.</summary>
    public OnnxGraph Body(string bodyName) => new(bodyName, this);

    /// <summary>Runs one of two bodies without inputs. Whatever only the other one needs is not computed.</summary>
    /// <param name="condition">Which; no dimensions.</param>
    /// <param name="then">Where it is true.</param>
    /// <param name="otherwise">Where it is false; as many outputs of the same types.</param>
    public OnnxValue[] If(OnnxValue condition, OnnxGraph then, OnnxGraph otherwise) =>
        Add("If", [condition], then._graph.Output.Count, ("then_branch", then), ("else_branch", otherwise));

    /// <summary>Runs a body once for each entry along the first dimension of a value and stacks what it gives.</summary>
    /// <param name="body">One input, the entry.</param>
    /// <param name="values">The entries.</param>
    public OnnxValue[] Scan(OnnxGraph body, OnnxValue values) =>
        Add("Scan", [values], body._graph.Output.Count, ("body", body), ("num_scan_inputs", 1L));

    /// <summary>Adds any operator with several outputs.</summary>
    public OnnxValue[] Add(string operation, ReadOnlySpan<OnnxValue> inputs, int outputCount, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        string[] outputs = [.. Enumerable.Range(0, outputCount).Select(_ => NewName(operation))];
        Add(operation, inputs, outputs, attributes);
        return [.. outputs.Select(output => new OnnxValue(output))];
    }
}
