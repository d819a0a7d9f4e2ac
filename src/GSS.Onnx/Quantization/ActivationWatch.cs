using GSS.Core;
using GSS.Core.OnnxSchema;
using Microsoft.ML.OnnxRuntime;

namespace GSS.Onnx;

/// <summary>Runs a part with its activations as further outputs and counts their numbers. Only as many as fit into <see cref="Memory"/> are fetched in one run; a large image runs several times.</summary>
internal sealed class ActivationWatch : IDisposable
{
    /// <summary>The bytes of activations that one run may give.</summary>
    public const long Memory = 256L << 20;

    private const string ShapeSuffix = ".gss_shape";

    private readonly QuantizedPart _part;
    private readonly IReadOnlyList<string> _watched;
    private readonly NativeSession _native;
    private readonly bool _hasFlag;

    public ActivationWatch(QuantizedPart part, ScoringOptions options)
    {
        _part = part;
        _watched = part.Watched();
        ModelProto model = part.Graph.Model.Clone();
        HashSet<string> given = [.. model.Graph.Output.Select(output => output.Name), .. model.Graph.Input.Select(input => input.Name)];
        foreach (string value in _watched)
        {
            var shape = new NodeProto { OpType = "Shape", Name = value + ShapeSuffix + ".node" };
            shape.Input.Add(value);
            shape.Output.Add(value + ShapeSuffix);
            model.Graph.Node.Add(shape);
            model.Graph.Output.Add(Output(value + ShapeSuffix, OnnxType.Int64));
            if (!given.Contains(value))
            {
                model.Graph.Output.Add(Output(value, OnnxType.Float));
            }
        }

        _native = NativeSession.Open(Google.Protobuf.MessageExtensions.ToByteArray(model), part.Name, options);
        _hasFlag = _native.Session.InputMetadata.ContainsKey(OnnxParts.WithConfidence);
    }

    /// <summary>Counts what an input gives.</summary>
    /// <param name="name">The input.</param>
    /// <param name="input">Its numbers.</param>
    public void Add(string name, OrtValue input)
    {
        long[][] shapes;
        using (IDisposableReadOnlyCollection<OrtValue> found = Run(name, input, [.. _watched.Select(value => value + ShapeSuffix)]))
        {
            shapes = [.. found.Select(shape => shape.GetTensorDataAsSpan<long>().ToArray())];
        }

        long[] counts = [.. shapes.Select(shape => shape.Aggregate(1L, (product, size) => product * size))];
        Dictionary<string, long> outputs = _watched.Zip(counts).ToDictionary(pair => pair.First, pair => pair.Second);
        foreach (NodeProto layer in _part.Graph.Layers)
        {
            CountWork(layer.Name, outputs[_part.Graph.End(layer)] * _part.Graph.MultiplyAddsPerOutput(layer));
        }

        if (_part.Graph.Tokens is { } tokens)
        {
            CountWork(tokens.Weight, outputs[tokens.Features] * _part.Graph.Shape(tokens.Weight)[0]);
        }

        for (int first = 0, end; first < _watched.Count; first = end)
        {
            long bytes = 0;
            for (end = first; end < _watched.Count && (end == first || bytes + (sizeof(float) * counts[end]) <= Memory); end++)
            {
                bytes += sizeof(float) * counts[end];
            }

            string[] values = [.. _watched.Skip(first).Take(end - first)];
            using IDisposableReadOnlyCollection<OrtValue> found = Run(name, input, values);
            for (int i = 0; i < values.Length; i++)
            {
                Histogram(values[i]).Add(found[i].GetTensorDataAsSpan<float>());
            }
        }
    }

    public void Dispose() => _native.Dispose();

    private void CountWork(string layer, long multiplyAdds) => _part.MultiplyAdds[layer] = _part.MultiplyAdds.GetValueOrDefault(layer) + multiplyAdds;

    private ActivationHistogram Histogram(string value)
    {
        if (!_part.Histograms.TryGetValue(value, out ActivationHistogram? histogram))
        {
            _part.Histograms[value] = histogram = new();
        }

        return histogram;
    }

    private IDisposableReadOnlyCollection<OrtValue> Run(string name, OrtValue input, string[] outputs)
    {
        using OrtValue? flag = _hasFlag ? OrtValue.CreateTensorValueFromMemory(new[] { false }, []) : null;
        return _native.Session.Run(_native.RunOptions, _hasFlag ? [name, OnnxParts.WithConfidence] : [name], flag is null ? [input] : [input, flag], outputs);
    }

    private static ValueInfoProto Output(string name, OnnxType type) => new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type } } };
}
