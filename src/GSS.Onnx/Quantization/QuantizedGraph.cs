using System.Runtime.InteropServices;
using Google.Protobuf;
using GSS.Core;
using GSS.Core.OnnxSchema;

namespace GSS.Onnx;

/// <summary>
/// Writes a graph in ONNX's QDQ form: <c>x → QuantizeLinear → DequantizeLinear → operator</c>. It means the same to every runtime, rounding to 256 steps; ONNX Runtime
/// makes operators on bytes of it (QLinearConv and others). Activations are unsigned bytes with a zero point, weights signed bytes with a scale for each output channel, biases 32 bits.
/// </summary>
internal sealed partial class QuantizedGraph
{
    private readonly QuantizableGraph _graph;
    private readonly QuantizationPlan _plan;
    private readonly Func<string, (float Low, float High)> _rangeOf;
    private readonly bool _reduceRange;
    private readonly GraphProto _written;
    private readonly Dictionary<string, ActivationScale> _scales = new(StringComparer.Ordinal);

    private QuantizedGraph(QuantizableGraph graph, QuantizationPlan plan, Func<string, (float Low, float High)> rangeOf, bool reduceRange, GraphProto written) =>
        (_graph, _plan, _rangeOf, _reduceRange, _written) = (graph, plan, rangeOf, reduceRange, written);

    /// <summary>The bytes of the quantised file.</summary>
    /// <param name="graph">The float graph.</param>
    /// <param name="layers">The names of the layers to quantise.</param>
    /// <param name="rangeOf">The smallest and largest number that a value is to hold.</param>
    /// <param name="reduceRange">Whether weights use 7 bits.</param>
    public static byte[] ToBytes(QuantizableGraph graph, IReadOnlySet<string> layers, Func<string, (float Low, float High)> rangeOf, bool reduceRange)
    {
        ModelProto model = graph.Model.Clone();
        var written = new QuantizedGraph(graph, new QuantizationPlan(graph, layers), rangeOf, reduceRange, model.Graph);
        written.Write();
        if (graph.Tokens is { } tokens && layers.Contains(tokens.Weight))
        {
            written.WriteTokens(tokens);
        }

        written.RemoveUnread();
        return model.ToByteArray();
    }

    private void Write()
    {
        NodeProto[] nodes = [.. _written.Node];
        _written.Node.Clear();
        foreach (string input in _plan.Values.Where(value => _graph.MakerOf(value) is null))
        {
            Round(input, input, Rounded(input));
        }

        foreach ((NodeProto node, NodeProto original) in nodes.Zip(_graph.Model.Graph.Node))
        {
            if (_plan.Nodes.Contains(original))
            {
                Quantize(node);
            }

            _written.Node.Add(node);
            for (int i = 0; i < node.Output.Count; i++)
            {
                string output = node.Output[i];
                if (_plan.IsMade(output))
                {
                    // Whoever reads it, reads what the bytes say; the exact number has no other reader.
                    node.Output[i] = output + ".exact";
                    Round(node.Output[i], output, output);
                }
                else if (_plan.Values.Contains(output))
                {
                    Round(output, output, Rounded(output));
                }
            }
        }
    }

    // Weights that nobody reads any more.
    private void RemoveUnread()
    {
        HashSet<string> read = [];
        Read(_written, read);
        TensorProto[] kept = [.. _written.Initializer.Where(constant => read.Contains(constant.Name))];
        _written.Initializer.Clear();
        _written.Initializer.Add(kept);
    }

    private void Quantize(NodeProto node)
    {
        string[] activations = [.. QuantizableGraph.Activations(node)];
        ActivationScale input = ScaleOf(activations[0]);
        for (int i = 0; i < activations.Length; i++)
        {
            node.Input[i] = _plan.IsMade(activations[i]) ? activations[i] : Rounded(activations[i]);
        }

        switch (node.OpType)
        {
            case "Conv":
                Weights(node, input, axis: 0);
                break;
            case "MatMul":
                Weights(node, input, axis: 1);
                break;
            case "Relu":
                // One that stands alone: ONNX Runtime looks bytes up in a table for a leaky ReLU, not for this one.
                node.OpType = "LeakyRelu";
                node.Attribute.Add(new AttributeProto { Name = "alpha", Type = AttributeProto.Types.AttributeType.Float, F = 0 });
                break;
        }
    }

    private void Weights(NodeProto layer, ActivationScale input, int axis)
    {
        string weight = layer.Input[1], name = layer.Name + ".weight";
        IReadOnlyList<long> shape = _graph.Shape(weight);
        int channels = (int)shape[axis], inner = axis == 1 ? 1 : _graph.Numbers(weight).Length / channels;
        ReadOnlySpan<float> bias = layer.Input.Count > 2 ? _graph.Numbers(layer.Input[2]) : [];
        (sbyte[] values, float[] scales) = WeightQuantization.Quantize(_graph.Numbers(weight), channels, inner, bias, input.Scale, _reduceRange);
        Constant(name + ".int8", TensorProto.Types.DataType.Int8, MemoryMarshal.AsBytes<sbyte>(values), shape);
        Constant(name + ".scale", TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes<float>(scales), [channels]);
        Constant(name + ".zero", TensorProto.Types.DataType.Int8, new byte[channels], [channels]);
        layer.Input[1] = Node("DequantizeLinear", [name + ".int8", name + ".scale", name + ".zero"], name, axis);
        if (!bias.IsEmpty)
        {
            string biasName = layer.Name + ".bias";
            (int[] numbers, float[] biasScales) = WeightQuantization.QuantizeBias(bias, scales, input.Scale);
            Constant(biasName + ".int32", TensorProto.Types.DataType.Int32, MemoryMarshal.AsBytes<int>(numbers), [channels]);
            Constant(biasName + ".scale", TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes<float>(biasScales), [channels]);
            layer.Input[2] = Node("DequantizeLinear", [biasName + ".int32", biasName + ".scale"], biasName, axis: 0);
        }
    }

    /// <summary>Rounds <paramref name="from"/>, whose range is that of <paramref name="value"/>, to <paramref name="to"/>.</summary>
    private void Round(string from, string value, string to)
    {
        string scale = value + ".scale", zero = value + ".zero";
        ActivationScale chosen = ScaleOf(value);
        Constant(scale, TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes<float>([chosen.Scale]), []);
        Constant(zero, TensorProto.Types.DataType.Uint8, [chosen.ZeroPoint], []);
        string bytes = Node("QuantizeLinear", [from, scale, zero], value + ".uint8");
        Node("DequantizeLinear", [bytes, scale, zero], to);
    }

    private ActivationScale ScaleOf(string value)
    {
        string source = _plan.RangeOf(value);
        if (!_scales.TryGetValue(source, out ActivationScale scale))
        {
            (float low, float high) = _rangeOf(source);
            _scales[source] = scale = ActivationScale.Of(low, high);
        }

        return scale;
    }

    private string Node(string operation, string[] inputs, string output, long? axis = null)
    {
        var node = new NodeProto { OpType = operation, Name = $"{output}.{operation}" };
        node.Input.Add(inputs);
        node.Output.Add(output);
        if (axis is { } given)
        {
            node.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = given });
        }

        _written.Node.Add(node);
        return output;
    }

    private void Constant(string name, TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes, IReadOnlyList<long> shape)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.Add(shape);
        _written.Initializer.Add(tensor);
    }

    private static string Rounded(string value) => value + ".rounded";

    private static void Read(GraphProto graph, HashSet<string> names)
    {
        names.UnionWith(graph.Output.Select(output => output.Name));
        foreach (NodeProto node in graph.Node)
        {
            names.UnionWith(node.Input);
            foreach (AttributeProto attribute in node.Attribute.Where(attribute => attribute.G is not null))
            {
                Read(attribute.G, names);
            }
        }
    }
}
