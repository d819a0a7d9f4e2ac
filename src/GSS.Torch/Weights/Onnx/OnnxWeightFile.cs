using System.Text;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>An operator of an ONNX file.</summary>
/// <param name="Operator">Its name in the specification.</param>
/// <param name="Inputs">What it reads.</param>
/// <param name="Outputs">What it gives.</param>
/// <param name="Integers">Its attributes that are whole numbers or lists of them.</param>
/// <param name="Numbers">Its attributes that are a number.</param>
internal sealed record OnnxNode(string Operator, string[] Inputs, string[] Outputs, Dictionary<string, long[]> Integers, Dictionary<string, float> Numbers);

/// <summary>
/// The constants of an ONNX file, and the operators around them, from which a network finds its own. Nothing is executed: a model is a list of operators, and only their
/// names and connections are looked at. What it keeps is bounded by the size of the file.
/// </summary>
internal sealed class OnnxWeightFile : WeightFile
{
    // What an operator, an attribute or a constant costs in memory at most, its texts aside.
    private const long Overhead = 300;

    private readonly WeightBytes _bytes;
    private readonly MemoryAllowance _allowance;
    private readonly Dictionary<string, OnnxConstant> _tensors = [];
    private readonly List<OnnxNode> _nodes = [];

    private OnnxWeightFile(WeightBytes bytes)
    {
        _bytes = bytes;
        _allowance = new(bytes);
    }

    /// <inheritdoc/>
    public override string Path => _bytes.Path;

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>The operators, in the file's order, in which each stands behind those whose values it reads.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>Whether a file may be one, from its first bytes: the version of the format is its first field.</summary>
    public static bool LooksLike(ReadOnlySpan<byte> start) => start is [0x08, >= 1 and < 0x40, ..];

    /// <summary>Reads a file; the caller disposes of the bytes where that fails.</summary>
    /// <exception cref="WeightFileException">It is damaged or no ONNX file.</exception>
    public static OnnxWeightFile Open(WeightBytes bytes)
    {
        if (bytes.Length > int.MaxValue)
        {
            throw new WeightFileException($"The weight file '{bytes.Path}' has {bytes.Length} bytes, more than the 2 GiB that an ONNX file can have: name the file that holds the weights.");
        }

        byte[] content = new byte[bytes.Length];
        bytes.Read(content, 0);
        var file = new OnnxWeightFile(bytes);
        try
        {
            file.ReadModel(content);
        }
        catch (FormatException e)
        {
            throw bytes.Damaged(e.Message, e);
        }

        return file;
    }

    /// <inheritdoc/>
    public override WeightEntry? Find(string name) => _tensors.GetValueOrDefault(name);

    /// <inheritdoc/>
    public override Tensor Read(string name) => _tensors[name].ToTensor();

    /// <inheritdoc/>
    public override void Dispose() => _bytes.Dispose();

    private void ReadModel(ReadOnlyMemory<byte> content)
    {
        bool hasGraph = false;
        var model = new ProtobufFields(content);
        while (model.Next())
        {
            if (model.Number == 7)
            {
                hasGraph = true;
                ReadGraph(model.Content);
            }
        }

        if (!hasGraph)
        {
            throw new FormatException("is no ONNX model: it has no graph");
        }
    }

    private void ReadGraph(ReadOnlyMemory<byte> content)
    {
        var graph = new ProtobufFields(content);
        while (graph.Next())
        {
            if (graph.Number == 1)
            {
                ReadNode(graph.Content);
            }
            else if (graph.Number == 5)
            {
                Add(graph.Content, name: null);
            }
        }
    }

    private void Add(ReadOnlyMemory<byte> content, string? name)
    {
        _allowance.Spend(Overhead);
        if (OnnxConstant.Read(content) is not { } tensor)
        {
            return;
        }

        tensor = name is null ? tensor : tensor with { Name = name };
        _allowance.Spend(2L * tensor.Name.Length);
        if (!_tensors.TryAdd(tensor.Name, tensor))
        {
            throw new FormatException($"has two constants with the name '{tensor.Name}'");
        }
    }

    private void ReadNode(ReadOnlyMemory<byte> content)
    {
        _allowance.Spend(Overhead);
        string type = "";
        List<string> inputs = [], outputs = [];
        var (integers, numbers) = (new Dictionary<string, long[]>(), new Dictionary<string, float>());
        ReadOnlyMemory<byte> constant = default;
        var node = new ProtobufFields(content);
        while (node.Next())
        {
            switch (node.Number)
            {
                case 1:
                    inputs.Add(Text(node.Content));
                    break;
                case 2:
                    outputs.Add(Text(node.Content));
                    break;
                case 4:
                    type = Text(node.Content);
                    break;
                case 5:
                    constant = ReadAttribute(node.Content, integers, numbers) is { IsEmpty: false } found ? found : constant;
                    break;
            }
        }

        // Some exporters write weights as operators that give a constant.
        if (type == "Constant" && !constant.IsEmpty && outputs.Count == 1)
        {
            Add(constant, outputs[0]);
        }
        else
        {
            _nodes.Add(new(type, [.. inputs], [.. outputs], integers, numbers));
        }
    }

    /// <summary>Takes note of an attribute and returns the tensor in it, if there is one.</summary>
    private ReadOnlyMemory<byte> ReadAttribute(ReadOnlyMemory<byte> content, Dictionary<string, long[]> integers, Dictionary<string, float> numbers)
    {
        _allowance.Spend(Overhead);
        string name = "";
        var list = new List<long>();
        (float? number, ReadOnlyMemory<byte> tensor, bool isShort) = (null, default, true);
        var attribute = new ProtobufFields(content);
        while (attribute.Next())
        {
            switch (attribute.Number)
            {
                case 1:
                    name = Text(attribute.Content);
                    break;
                case 2:
                    number = BitConverter.UInt32BitsToSingle((uint)attribute.Value);
                    break;
                case 3 or 8:
                    isShort = isShort && attribute.TryAddTo(list);
                    break;
                case 5:
                    tensor = attribute.Content;
                    break;
            }
        }

        if (number is { } found)
        {
            numbers[name] = found;
        }

        if (list.Count > 0 && isShort)
        {
            integers[name] = [.. list];
        }

        return tensor;
    }

    private string Text(ReadOnlyMemory<byte> content)
    {
        _allowance.Spend(64 + (2L * content.Length));
        return Encoding.UTF8.GetString(content.Span);
    }
}
