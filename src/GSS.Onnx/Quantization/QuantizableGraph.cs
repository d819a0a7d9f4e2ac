using System.Runtime.InteropServices;
using GSS.Core;
using GSS.Core.OnnxSchema;

namespace GSS.Onnx;

/// <summary>A part of a package as quantisation sees it: who makes and who reads each value, and which operators ONNX Runtime can run on bytes. Bodies of conditions and loops, where decisions are made, stay as they are.</summary>
internal sealed class QuantizableGraph
{
    private readonly Dictionary<string, TensorProto> _constants;
    private readonly Dictionary<string, NodeProto> _makers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<NodeProto>> _readers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _readInBodies = new(StringComparer.Ordinal);

    public QuantizableGraph(byte[] bytes)
    {
        Model = OnnxGraph.Read(bytes);
        _constants = Model.Graph.Initializer.ToDictionary(constant => constant.Name, StringComparer.Ordinal);
        foreach (NodeProto node in Model.Graph.Node)
        {
            foreach (string output in node.Output)
            {
                _makers[output] = node;
            }

            foreach (string input in node.Input.Distinct().Where(name => name.Length > 0))
            {
                Readers(input).Add(node);
            }

            foreach (AttributeProto attribute in node.Attribute.Where(attribute => attribute.G is not null))
            {
                ReadBody(attribute.G);
            }
        }

        Layers = [.. Model.Graph.Node.Where(IsLayer)];
        Carriers = [.. Model.Graph.Node.Where(IsCarrier)];
        Tokens = TokenProduct.Find(this);
    }

    /// <summary>The product of features and classifier inside the decision between tokens; null where there is none.</summary>
    public TokenProduct? Tokens { get; }

    /// <summary>The graph; not changed.</summary>
    public ModelProto Model { get; }

    /// <summary>Convolutions and products with constant weights, in the order of the graph.</summary>
    public IReadOnlyList<NodeProto> Layers { get; }

    /// <summary>Operators between layers that can run on bytes too.</summary>
    public IReadOnlyList<NodeProto> Carriers { get; }

    /// <summary>Whether a node is a product of matrices. ONNX Runtime gives its result in 32 bits.</summary>
    public static bool IsProduct(NodeProto layer) => layer.OpType == "MatMul";

    /// <summary>Whether a node gives some of the numbers that it takes, or means of them, so that both have one scale.</summary>
    public static bool KeepsScale(NodeProto node) => node.OpType is "MaxPool" or "Resize" or "Slice";

    /// <summary>The inputs of a layer or carrier that are activations.</summary>
    public static IEnumerable<string> Activations(NodeProto node) => node.OpType is "Add" or "Concat" ? node.Input : node.Input.Take(1);

    /// <summary>The value behind a node and the ReLU, if it has one of its own, that ONNX Runtime makes a part of it.</summary>
    public string End(NodeProto node) => ActivationOf(node)?.Output[0] ?? node.Output[0];

    /// <summary>The operators that read a value.</summary>
    public IReadOnlyList<NodeProto> ReadersOf(string value) => Readers(value);

    /// <summary>Who makes a value; null of an input or constant.</summary>
    public NodeProto? MakerOf(string value) => _makers.GetValueOrDefault(value);

    /// <summary>The numbers of a constant of 32-bit numbers.</summary>
    public ReadOnlySpan<float> Numbers(string constant) => MemoryMarshal.Cast<byte, float>(_constants[constant].RawData.Span);

    /// <summary>The shape of a constant.</summary>
    public IReadOnlyList<long> Shape(string constant) => _constants[constant].Dims;

    /// <summary>How many multiplications one number of a layer's output takes.</summary>
    public long MultiplyAddsPerOutput(NodeProto layer) =>
        IsProduct(layer) ? Shape(layer.Input[1])[0] : Shape(layer.Input[1]).Skip(1).Aggregate(1L, (product, size) => product * size);

    /// <summary>Whether a name is a constant of 32-bit numbers.</summary>
    public bool IsFloat(string name) =>
        _constants.TryGetValue(name, out TensorProto? constant) && constant.DataType == (int)OnnxType.Float && constant.RawData.Length == sizeof(float) * constant.Dims.Aggregate(1L, (product, size) => product * size);

    private NodeProto? ActivationOf(NodeProto node) =>
        !IsProduct(node) && !_readInBodies.Contains(node.Output[0]) && Readers(node.Output[0]) is [var only] && (only.OpType == "Relu" || IsReluToCeiling(only)) ? only : null;

    private bool IsReluToCeiling(NodeProto node) => node.OpType == "Clip" && node.Input.Count == 3 && IsFloat(node.Input[1]) && IsFloat(node.Input[2]) && Numbers(node.Input[1]) is [0];

    private bool IsLayer(NodeProto node) => node.OpType switch
    {
        "Conv" => IsFloat(node.Input[1]) && Shape(node.Input[1]).Count == 4 && (node.Input.Count < 3 || IsFloat(node.Input[2])),
        "MatMul" => IsFloat(node.Input[1]) && Shape(node.Input[1]).Count == 2 && !_constants.ContainsKey(node.Input[0]),
        _ => false,
    };

    private bool IsCarrier(NodeProto node) => node.OpType switch
    {
        "MaxPool" or "Resize" or "Add" or "Concat" => Activations(node).All(_makers.ContainsKey),
        "Slice" => _makers.GetValueOrDefault(node.Input[0])?.OpType is "Resize" or "Slice",
        "Relu" => _makers.TryGetValue(node.Input[0], out NodeProto? maker) && ActivationOf(maker) != node,
        _ => false,
    };

    private List<NodeProto> Readers(string value) => _readers.TryGetValue(value, out List<NodeProto>? found) ? found : _readers[value] = [];

    private void ReadBody(GraphProto body)
    {
        foreach (NodeProto node in body.Node)
        {
            _readInBodies.UnionWith(node.Input);
            foreach (AttributeProto attribute in node.Attribute.Where(attribute => attribute.G is not null))
            {
                ReadBody(attribute.G);
            }
        }
    }
}
