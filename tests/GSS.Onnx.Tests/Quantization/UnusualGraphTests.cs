using GSS.Core;
using GSS.Core.OnnxSchema;
using GSS.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace GSS.Tests;

/// <summary>Graphs that trained models seldom have, and what they must give all the same.</summary>
[TestClass]
public sealed class UnusualGraphTests
{
    private const int Channels = 4, Side = 8;

    [TestMethod]
    [DataRow("depthwise")]
    [DataRow("one output channel")]
    [DataRow("weights of zero in a channel")]
    [DataRow("all weights of zero")]
    [DataRow("second output of a split")]
    [DataRow("one weight for two layers")]
    [DataRow("read as it is and by a layer")]
    public void It_gives_what_the_float_graph_gives(string kind)
    {
        float[] numbers = Numbers(new Random(2), Channels * Side * Side);
        byte[] exact = Graph(kind);
        var graph = new QuantizableGraph(exact);
        float[] expected = Run(exact, numbers);
        float most = expected.Max(Math.Abs);
        foreach (bool reduceRange in new[] { false, true })
        {
            byte[] quantized = QuantizedGraph.ToBytes(graph, graph.Layers.Select(layer => layer.Name).ToHashSet(), value => value == "x" ? (-1, 1) : (-most, most), reduceRange);
            float[] found = Run(quantized, numbers);
            Assert.IsLessThan(0.04 * most, expected.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second)));
            ModelProto written = OnnxGraph.Read(quantized);
            Assert.AreEqual(graph.Layers.Count, written.Graph.Initializer.Count(constant => constant.DataType == (int)TensorProto.Types.DataType.Int8 && constant.Name.EndsWith(".int8", StringComparison.Ordinal)));

            // What AVX2 adds in 16 bits: 2 · 255 · 63 is less than 32768, 2 · 255 · 127 is not.
            int largest = written.Graph.Initializer.Where(constant => constant.Name.EndsWith(".int8", StringComparison.Ordinal)).Max(constant => constant.RawData.Max(value => Math.Abs((int)(sbyte)value)));
            Assert.AreEqual(kind == "all weights of zero" ? 0 : reduceRange ? 63 : 127, largest);
        }
    }

    private static byte[] Graph(string kind)
    {
        var random = new Random(1);
        var graph = new OnnxGraph("unusual");
        OnnxValue x = graph.Input("x", OnnxType.Float, 1, Channels, Side, Side);
        int outputs = kind == "one output channel" ? 1 : Channels;
        int perGroup = kind is "depthwise" ? 1 : kind is "second output of a split" ? 2 : Channels;
        float[] weight = Numbers(random, outputs * perGroup * 9), bias = Numbers(random, outputs);
        weight.AsSpan(0, kind == "all weights of zero" ? weight.Length : kind == "weights of zero in a channel" ? perGroup * 9 : 0).Clear();
        OnnxValue weights = graph.Constant(weight, outputs, perGroup, 3, 3), biases = graph.Constant(bias, outputs);
        OnnxValue y = graph.Conv(x, weights, biases, 3, 1, 1);
        if (kind == "one weight for two layers")
        {
            y = graph.Conv(y, weights, biases, 3, 1, 1);
        }
        else if (kind == "read as it is and by a layer")
        {
            OnnxValue other = graph.Mul(x, graph.Scalar(0.5f));
            y = graph.Add(graph.Conv(other, weights, biases, 3, 1, 1), other);
        }

        graph.Output(y, "y", OnnxType.Float, 1, outputs, Side, Side);
        ModelProto model = OnnxGraph.Read(graph.ToBytes());
        NodeProto layer = model.Graph.Node.First(node => node.OpType == "Conv");
        if (kind == "depthwise")
        {
            foreach (AttributeProto old in layer.Attribute.Where(attribute => attribute.Name == "group").ToArray())
            {
                layer.Attribute.Remove(old);
            }

            layer.Attribute.Add(new AttributeProto { Name = "group", Type = AttributeProto.Types.AttributeType.Int, I = Channels });
        }
        else if (kind == "second output of a split")
        {
            var split = new NodeProto { OpType = "Split", Name = "split" };
            split.Input.Add("x");
            split.Output.Add(["first", "second"]);
            split.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
            model.Graph.Node.Insert(0, split);
            layer.Input[0] = "second";
        }

        return Google.Protobuf.MessageExtensions.ToByteArray(model);
    }

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle()) - 1)];

    private static float[] Run(byte[] model, float[] numbers)
    {
        using var session = new InferenceSession(model);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(numbers, [1, Channels, Side, Side]);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["x"], [input], ["y"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
