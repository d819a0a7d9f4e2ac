using System.Runtime.InteropServices;
using Google.Protobuf;
using GSS.Core.OnnxSchema;

namespace GSS.Core;

/// <summary>
/// Writes an ONNX model operator by operator: inputs first, then operators in the order in which they run, then outputs.
/// Knows nothing of TorchSharp, so it can be read, and tested, on its own. The operators are in <c>OnnxGraph.Operators.cs</c>,
/// graphs within the graph in <c>OnnxGraph.Bodies.cs</c>.
/// </summary>
internal sealed partial class OnnxGraph(string name, OnnxGraph? outer = null)
{
    /// <summary>The operator set: new enough for everything used here, old enough for every ONNX Runtime since 1.12.</summary>
    public const int OperatorSet = 17;

    /// <summary>The version of the file format that belongs to operator set 17.</summary>
    public const int IrVersion = 8;

    private readonly GraphProto _graph = new() { Name = name };
    private readonly Dictionary<string, string> _metadata = [];
    private readonly Dictionary<string, OnnxValue> _shared = [];
    private int _nextName;

    /// <summary>Declares an input of the model.</summary>
    public OnnxValue Input(string inputName, OnnxType type, params ReadOnlySpan<OnnxDimension> shape)
    {
        _graph.Input.Add(Describe(inputName, type, shape));
        return new(inputName);
    }

    /// <summary>Declares an output of the model and gives it its name.</summary>
    public void Output(OnnxValue value, string outputName, OnnxType type, params ReadOnlySpan<OnnxDimension> shape)
    {
        // The operator that gives the value may feed others too, so it keeps its name.
        Name(value, outputName);
        _graph.Output.Add(Describe(outputName, type, shape));
    }

    /// <summary>Gives a value a name of our choice within the graph, without making it an output; ONNX Runtime removes the Identity when it loads the model.</summary>
    public OnnxValue Name(OnnxValue value, string valueName)
    {
        Add("Identity", [value], [valueName]);
        return new(valueName);
    }

    /// <summary>A constant, stored in the file: weights, sizes, scales.</summary>
    public OnnxValue Constant(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Initializer(OnnxType.Float, MemoryMarshal.AsBytes(values), values.Length, shape);

    /// <summary>A constant list of whole numbers, shape <c>[n]</c>; equal lists are stored once.</summary>
    public OnnxValue Constant(params ReadOnlySpan<long> values)
    {
        if (outer is not null)
        {
            return outer.Constant(values);
        }

        string key = "long:" + string.Join(',', values.ToArray());
        if (!_shared.TryGetValue(key, out OnnxValue value))
        {
            _shared[key] = value = Initializer(OnnxType.Int64, MemoryMarshal.AsBytes(values), values.Length, [values.Length]);
        }

        return value;
    }

    /// <summary>A constant number without dimensions; equal numbers are stored once.</summary>
    public OnnxValue Scalar(float number)
    {
        if (outer is not null)
        {
            return outer.Scalar(number);
        }

        string key = "float:" + BitConverter.SingleToInt32Bits(number);
        if (!_shared.TryGetValue(key, out OnnxValue value))
        {
            _shared[key] = value = Constant([number], []);
        }

        return value;
    }

    /// <summary>A text that travels with the model, for instance the class names.</summary>
    public void Metadata(string key, string value) => _metadata[key] = value;

    /// <summary>Adds any operator with one output.</summary>
    /// <param name="operation">The operator's name in the ONNX specification.</param>
    /// <param name="inputs">Its inputs in the order of the specification.</param>
    /// <param name="attributes">Its attributes: <see cref="float"/>, <see cref="int"/>, <see cref="long"/>, <see cref="string"/>, an array of long or float, or a body.</param>
    public OnnxValue Add(string operation, ReadOnlySpan<OnnxValue> inputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        string output = NewName(operation);
        Add(operation, inputs, [output], attributes);
        return new(output);
    }

    /// <summary>The finished model.</summary>
    public ModelProto ToModel()
    {
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "GSS.ML",
            ProducerVersion = typeof(OnnxGraph).Assembly.GetName().Version?.ToString(3) ?? "",
            Graph = _graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OperatorSet });
        foreach ((string key, string value) in _metadata)
        {
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        return model;
    }

    /// <summary>The bytes of the <c>.onnx</c> file.</summary>
    public byte[] ToBytes() => ToModel().ToByteArray();

    private void Add(string operation, ReadOnlySpan<OnnxValue> inputs, string[] outputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var node = new NodeProto { OpType = operation, Name = outputs[0] + ".node" };
        foreach (OnnxValue input in inputs)
        {
            node.Input.Add(input.Name);
        }

        node.Output.Add(outputs);
        foreach ((string key, object value) in attributes)
        {
            node.Attribute.Add(ToAttribute(key, value));
        }

        _graph.Node.Add(node);
    }

    private OnnxValue Initializer(OnnxType type, ReadOnlySpan<byte> bytes, int count, ReadOnlySpan<long> shape)
    {
        if (outer is not null)
        {
            return outer.Initializer(type, bytes, count, shape);
        }

        long expected = 1;
        foreach (long size in shape)
        {
            expected *= size;
        }

        if (expected != count)
        {
            throw new ArgumentException($"A constant of shape [{string.Join(", ", shape.ToArray())}] needs {expected} numbers, found {count}.", nameof(shape));
        }

        var tensor = new TensorProto { Name = NewName("constant"), DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.Add(shape.ToArray());
        _graph.Initializer.Add(tensor);
        return new(tensor.Name);
    }

    private string NewName(string kind) => outer?.NewName(kind) ?? $"{kind.ToLowerInvariant()}_{_nextName++}";

    private static ValueInfoProto Describe(string name, OnnxType type, ReadOnlySpan<OnnxDimension> shape)
    {
        var proto = new TensorShapeProto();
        foreach (OnnxDimension dimension in shape)
        {
            proto.Dim.Add(dimension.ToProto());
        }

        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = proto } } };
    }

    private static AttributeProto ToAttribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case float number:
                attribute.Type = AttributeProto.Types.AttributeType.Float;
                attribute.F = number;
                break;
            case int or long:
                attribute.Type = AttributeProto.Types.AttributeType.Int;
                attribute.I = Convert.ToInt64(value, null);
                break;
            case string text:
                attribute.Type = AttributeProto.Types.AttributeType.String;
                attribute.S = ByteString.CopyFromUtf8(text);
                break;
            case long[] numbers:
                attribute.Type = AttributeProto.Types.AttributeType.Ints;
                attribute.Ints.Add(numbers);
                break;
            case float[] numbers:
                attribute.Type = AttributeProto.Types.AttributeType.Floats;
                attribute.Floats.Add(numbers);
                break;
            case OnnxGraph body:
                attribute.Type = AttributeProto.Types.AttributeType.Graph;
                attribute.G = body._graph;
                break;
            default:
                throw new ArgumentException($"The attribute '{name}' has the type {value.GetType()}, expected float, int, long, string, long[], float[] or a graph.", nameof(value));
        }

        return attribute;
    }
}
