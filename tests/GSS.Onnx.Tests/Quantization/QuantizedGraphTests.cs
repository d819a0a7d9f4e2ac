using GSS.Core;
using GSS.Core.OnnxSchema;
using GSS.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace GSS.Tests;

[TestClass]
public sealed class QuantizedGraphTests
{
    private const int Input = 6, Output = 5, Side = 9;

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_convolution_stays_within_the_bound_of_its_roundings(bool relu)
    {
        var graph = new OnnxGraph("one");
        OnnxValue x = graph.Input("x", OnnxType.Float, 1, Input, Side, Side);
        OnnxValue y = ConvolutionModel.Convolution(graph, new Random(5), x, Input, Output, 3);
        graph.Output(relu ? graph.Relu(y) : y, "y", OnnxType.Float, 1, Output, Side, Side);
        byte[] exact = graph.ToBytes();
        var random = new Random(6);
        float[] numbers = [.. Enumerable.Range(0, Input * Side * Side).Select(_ => (random.NextSingle() * 3) - 1)];
        float[] expected = Run(exact, numbers, [1, Input, Side, Side]);
        var quantizable = new QuantizableGraph(exact);
        NodeProto layer = quantizable.Layers.Single();
        (float Low, float High) RangeOf(string value) => value == "x" ? (-1, 2) : (expected.Min(), expected.Max());
        byte[] quantized = QuantizedGraph.ToBytes(quantizable, new HashSet<string> { layer.Name }, RangeOf, reduceRange: false);
        float[] found = Run(quantized, numbers, [1, Input, Side, Side]);
        List<string> operators = Optimized(quantized);
        Assert.IsTrue(operators.Contains("QLinearConv") && !operators.Contains("Conv") && !operators.Contains("Relu"), string.Join(", ", operators));

        // Each product errs by half a step of either factor, the bias and the result by half a step of their own.
        float[] weights = quantizable.Numbers(layer.Input[1]).ToArray();
        double inputStep = 3 / 255.0, outputStep = (Math.Max(0, expected.Max()) - Math.Min(0, expected.Min())) / 255.0;
        for (int channel = 0; channel < Output; channel++)
        {
            float[] own = weights[(channel * Input * 9)..((channel + 1) * Input * 9)];
            double weightStep = own.Max(Math.Abs) / 127.0;
            for (int i = channel * Side * Side; i < (channel + 1) * Side * Side; i++)
            {
                double bound = (own.Sum(Math.Abs) * inputStep / 2) + (own.Length * 2 * weightStep / 2) + (inputStep * weightStep / 2) + outputStep;
                Assert.IsLessThanOrEqualTo(bound, Math.Abs(expected[i] - found[i]), $"{i}: {expected[i]} became {found[i]}");
            }
        }

        double error = expected.Zip(found).Average(pair => Math.Pow(pair.First - pair.Second, 2)), signal = expected.Average(value => value * (double)value);
        Assert.IsLessThan(1e-3, error / signal, "The error is of the roundings' size, not of the bound's.");
    }

    [TestMethod]
    public void A_product_with_constant_weights_is_quantised_by_columns()
    {
        var graph = new OnnxGraph("product");
        var random = new Random(7);
        float[] weights = [.. Enumerable.Range(0, 32 * 10).Select(i => (random.NextSingle() - 0.5f) * (1 + (i % 10)))], numbers = [.. Enumerable.Range(0, 7 * 32).Select(_ => random.NextSingle())];
        graph.Output(graph.MatMul(graph.Input("x", OnnxType.Float, 7, 32), graph.Constant(weights, 32, 10)), "y", OnnxType.Float, 7, 10);
        byte[] exact = graph.ToBytes();
        var quantizable = new QuantizableGraph(exact);
        byte[] quantized = QuantizedGraph.ToBytes(quantizable, new HashSet<string> { quantizable.Layers.Single().Name }, _ => (0, 1), reduceRange: false);
        float[] expected = Run(exact, numbers, [7, 32]), found = Run(quantized, numbers, [7, 32]);
        CollectionAssert.Contains(Optimized(quantized), "MatMulIntegerToFloat");
        for (int i = 0; i < found.Length; i++)
        {
            float[] column = [.. Enumerable.Range(0, 32).Select(row => weights[(row * 10) + (i % 10)])];
            double bound = (column.Sum(Math.Abs) / 255 / 2) + (32 * column.Max(Math.Abs) / 127 / 2);
            Assert.IsLessThanOrEqualTo(bound * 1.01, Math.Abs(expected[i] - found[i]));
        }
    }

    [TestMethod]
    public void All_that_lies_between_convolutions_computes_with_bytes()
    {
        var graph = new QuantizableGraph(ConvolutionModel.Prior());
        byte[] quantized = QuantizedGraph.ToBytes(graph, graph.Layers.Select(layer => layer.Name).ToHashSet(), RangeOf, reduceRange: false);
        List<string> operators = Optimized(quantized);
        Assert.AreEqual(graph.Layers.Count, operators.Count(name => name == "QLinearConv"));
        CollectionAssert.Contains(operators, "QLinearAdd");
        CollectionAssert.Contains(operators, "QLinearConcat");
        CollectionAssert.DoesNotContain(operators, "Conv");

        // The image, and what is resized: ONNX Runtime does that in 32 bits.
        Assert.AreEqual(2, operators.Count(name => name == "QuantizeLinear"), string.Join(", ", operators));
    }

    [TestMethod]
    public void Layers_that_are_not_chosen_keep_their_weights_and_operators()
    {
        var graph = new QuantizableGraph(ConvolutionModel.Prior());
        string[] names = [.. graph.Layers.Select(layer => layer.Name)];
        byte[] quantized = QuantizedGraph.ToBytes(graph, new HashSet<string> { names[1], names[2] }, RangeOf, reduceRange: false);
        ModelProto written = OnnxGraph.Read(quantized);
        foreach (NodeProto layer in graph.Layers)
        {
            bool isQuantized = layer.Name == names[1] || layer.Name == names[2];
            Assert.AreEqual(!isQuantized, written.Graph.Initializer.Any(constant => constant.Name == layer.Input[1]), layer.Name);
        }

        Assert.AreEqual(2, Optimized(quantized).Count(name => name == "QLinearConv"));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void The_classifier_of_tokens_multiplies_bytes_and_decides_in_floats(bool tied)
    {
        byte[] exact = ConvolutionModel.PriorWithDecision(tied);
        var graph = new QuantizableGraph(exact);
        TokenProduct tokens = graph.Tokens!;
        Assert.AreEqual((6, tied ? 9 : 6), (tokens.Channels, (int)graph.Shape(tokens.Weight)[1]));
        byte[] quantized = QuantizedGraph.ToBytes(graph, new HashSet<string> { tokens.Weight }, _ => (0, 12), reduceRange: false);
        List<string> operators = Optimized(quantized);
        Assert.AreEqual(2, operators.Count(name => name == "MatMulIntegerToFloat"), string.Join(", ", operators));
        Assert.DoesNotContain("QLinearConv", operators);

        // The probability of the chosen token hangs on all 64 logits; it is told in both ways.
        RgbImage image = ConvolutionModel.Images(1)[0];
        using var one = new LatentPriorModel(exact);
        using var other = new LatentPriorModel(quantized);
        (LatentTokens expectedTokens, float[] expected) = one.PredictUnresizedWithConfidence(image);
        (LatentTokens foundTokens, float[] found) = other.PredictUnresizedWithConfidence(image);
        Assert.IsGreaterThan(3, expectedTokens.Ids.ToArray().Distinct().Count());
        Assert.IsGreaterThan(0.9, expectedTokens.Ids.ToArray().Zip(foundTokens.Ids.ToArray()).Average(pair => pair.First == pair.Second ? 1 : 0));

        // A logit errs by half a step of the features and of the weights for each channel; a probability by a factor of twice that.
        double step = 12 / 255.0, bound = 2 * 6 * ((0.5 * step / 2) + (12 * 0.5 / 127 / 2));
        Assert.IsTrue(expected.Zip(found).All(pair => Math.Abs(Math.Log(pair.First / pair.Second)) < bound));
        Assert.IsLessThan(0.05, expected.Zip(found).Average(pair => Math.Abs(Math.Log(pair.First / pair.Second))));
    }

    [TestMethod]
    public void Weights_of_16_bits_leave_the_scales_as_they_are()
    {
        var graph = new OnnxGraph("wide");
        graph.Output(graph.MatMul(graph.Input("x", OnnxType.Float, 1, 2), graph.Constant([.. Enumerable.Range(1, 600).Select(i => i / 7f)], 2, 300)), "y", OnnxType.Float, 1, 300);
        var quantizable = new QuantizableGraph(graph.ToBytes());
        ModelProto model = OnnxGraph.Read(QuantizedGraph.ToBytes(quantizable, new HashSet<string> { quantizable.Layers.Single().Name }, _ => (0, 1), reduceRange: false));
        float[] expected = Run(Google.Protobuf.MessageExtensions.ToByteArray(model), [0.5f, 1], [1, 2]);
        HalfStorage.Apply(model);
        CollectionAssert.AreEqual(expected, Run(Google.Protobuf.MessageExtensions.ToByteArray(model), [0.5f, 1], [1, 2]));
    }

    // As calibration finds it: nothing behind a ReLU is negative.
    private static (float Low, float High) RangeOf(string value) => (value.StartsWith("relu", StringComparison.Ordinal) ? 0 : -4, 4);

    private static float[] Run(byte[] model, float[] numbers, long[] shape)
    {
        using var session = new InferenceSession(model);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(numbers, shape);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["x"], [input], ["y"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <summary>The operators that ONNX Runtime makes of a model, those in bodies with them.</summary>
    private static List<string> Optimized(byte[] model)
    {
        string path = Path.Combine(Path.GetTempPath(), $"gss-{Guid.NewGuid():N}.onnx");
        try
        {
            using var options = new SessionOptions { OptimizedModelFilePath = path, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            new InferenceSession(model, options).Dispose();
            return [.. TokenProduct.Bodies(OnnxGraph.Read(File.ReadAllBytes(path)).Graph).SelectMany(body => body.Node).Select(node => node.OpType)];
        }
        finally
        {
            File.Delete(path);
        }
    }
}
