using System.Runtime.InteropServices;
using GSS.Core.OnnxSchema;

namespace GSS.Onnx;

/// <content>
/// The product of features and classifier inside the decision between tokens. ONNX Runtime multiplies bytes by constants on the right alone, so that it is turned over:
/// <code>
/// logits [V, n] = transposed(transposed(features [F, n]) · weights [F, V]) + rest of the weights [V, C - F] · rest of the rows [C - F, n]
/// </code>
/// </content>
internal sealed partial class QuantizedGraph
{
    private const string Prefix = "tokens.";

    private void WriteTokens(TokenProduct tokens)
    {
        (int vocabulary, int inputs, int features) = ((int)_graph.Shape(tokens.Weight)[0], (int)_graph.Shape(tokens.Weight)[1], tokens.Channels);
        ReadOnlySpan<float> all = _graph.Numbers(tokens.Weight);
        (float[] turned, float[] rest) = (new float[features * vocabulary], new float[vocabulary * (inputs - features)]);
        for (int token = 0; token < vocabulary; token++)
        {
            for (int i = 0; i < features; i++)
            {
                turned[(i * vocabulary) + token] = all[(token * inputs) + i];
            }

            all.Slice((token * inputs) + features, inputs - features).CopyTo(rest.AsSpan(token * (inputs - features)));
        }

        ActivationScale scale = ScaleOf(tokens.Features);
        (sbyte[] values, float[] scales) = WeightQuantization.Quantize(turned, vocabulary, inner: 1, [], scale.Scale, _reduceRange);
        Constant(Prefix + "weight.int8", TensorProto.Types.DataType.Int8, MemoryMarshal.AsBytes<sbyte>(values), [features, vocabulary]);
        Constant(Prefix + "weight.scale", TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes<float>(scales), [vocabulary]);
        Constant(Prefix + "weight.zero", TensorProto.Types.DataType.Int8, new byte[vocabulary], [vocabulary]);
        Constant(Prefix + "weight.rest", TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes<float>(rest), [vocabulary, inputs - features]);
        Constant(Prefix + "scale", TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes<float>([scale.Scale]), []);
        Constant(Prefix + "zero", TensorProto.Types.DataType.Uint8, [scale.ZeroPoint], []);
        foreach ((string name, long number) in new[] { ("from", 0L), ("features", features), ("inputs", inputs) })
        {
            Constant(Prefix + name, TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes<long>([number]), [1]);
        }

        foreach (GraphProto body in TokenProduct.Bodies(_written).ToArray())
        {
            if (body.Node.FirstOrDefault(node => tokens.Is(node, body)) is { } product)
            {
                Turn(body, product, hasRest: inputs > features);
            }
        }
    }

    private static void Turn(GraphProto body, NodeProto product, bool hasRest)
    {
        string row = product.Input[1], logits = product.Output[0], first = row;
        var nodes = new List<NodeProto>();
        if (hasRest)
        {
            first = Add("Slice", [row, Prefix + "from", Prefix + "features", Prefix + "from"], "features");
        }

        string bytes = Add("QuantizeLinear", [Add("Transpose", [first], "turned"), Prefix + "scale", Prefix + "zero"], "uint8");
        string rounded = Add("DequantizeLinear", [bytes, Prefix + "scale", Prefix + "zero"], "rounded");
        string weight = Add("DequantizeLinear", [Prefix + "weight.int8", Prefix + "weight.scale", Prefix + "weight.zero"], "weight");
        nodes[^1].Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
        string turned = Add("Transpose", [Add("MatMul", [rounded, weight], "product")], "back");
        if (hasRest)
        {
            string rest = Add("Slice", [row, Prefix + "features", Prefix + "inputs", Prefix + "from"], "rest");
            Add("Add", [turned, Add("MatMul", [Prefix + "weight.rest", rest], "rest_product")], "sum");
        }

        nodes[^1].Output[0] = logits;
        int place = body.Node.IndexOf(product);
        body.Node.RemoveAt(place);
        foreach (NodeProto node in nodes)
        {
            body.Node.Insert(place++, node);
        }

        string Add(string operation, string[] inputs, string output)
        {
            var node = new NodeProto { OpType = operation, Name = $"{logits}.{output}.{operation}" };
            node.Input.Add(inputs);
            node.Output.Add($"{logits}.{output}");
            nodes.Add(node);
            return node.Output[0];
        }
    }
}
