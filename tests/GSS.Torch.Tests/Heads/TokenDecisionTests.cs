using GSS.Core;
using GSS.Torch;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>The decision inside the graph against the same decision written with PyTorch's operators.</summary>
[TestClass]
public sealed class TokenDecisionTests
{
    private static readonly (long Batch, long Rows, long Columns)[] s_sizes = [(1, 1, 1), (1, 7, 13), (3, 5, 2)];

    [TestMethod]
    [DataRow(5, "likely")]
    [DataRow(19, "likely")]
    [DataRow(24, "likely")]
    [DataRow(1024, "likely")]
    [DataRow(8192, "likely")]
    [DataRow(5, "nearest")]
    [DataRow(19, "nearest")]
    [DataRow(64, "nearest")]
    [DataRow(1024, "nearest")]
    [DataRow(19, "product")]
    [DataRow(1024, "product")]
    [DataRow(1024, "likely", 48)]
    [DataRow(64, "nearest", 16)]
    [DataRow(64, "product", 16)]
    public void Tokens_and_probabilities_are_those_of_the_logits(int vocabulary, string rule, int kept = 0)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var generator = new Generator(7, CPU);
        Tensor weight = randn([vocabulary, 6, 1, 1], generator: generator), bias = randn([vocabulary], generator: generator);
        Tensor codes = randn([vocabulary, 5], generator: generator);
        Tensor ids = (kept == 0 ? arange(vocabulary) : randperm(vocabulary, generator: generator)[..kept].sort().Values).to(ScalarType.Int64);
        var choice = new TokenSelection(rule == "likely" ? null : new DecisionByCodes(codes, rule == "nearest"), kept == 0 ? null : ids.data<long>().ToArray());
        using var session = new InferenceSession(Decision(weight, bias, choice));
        (weight, bias, codes) = (weight[ids], bias[ids], codes[ids]);
        int otherwise = 0;
        foreach ((long batch, long rows, long columns) in s_sizes)
        {
            Tensor features = randn([batch, 6, rows, columns], generator: generator);
            Tensor probabilities = (einsum("bchw,vc->bvhw", features, weight.flatten(1)) + bias.view(1, -1, 1, 1)).softmax(1);
            Tensor tokens = rule switch { "nearest" => Nearest(probabilities, codes), "product" => LargestProduct(probabilities, codes), _ => probabilities.argmax(1) };
            (long[] found, long[] shape, float[] confidence) = Run(session, features, withConfidence: true);
            CollectionAssert.AreEqual(new[] { batch, rows, columns }, shape);
            CollectionAssert.AreEqual(ids[tokens].data<long>().ToArray(), found);
            float[] expected = probabilities.gather(1, tokens.unsqueeze(1)).squeeze(1).data<float>().ToArray();
            for (int i = 0; i < expected.Length; i++)
            {
                Assert.AreEqual(expected[i], confidence[i], 1e-5f);
            }

            (long[] alone, _, float[] none) = Run(session, features, withConfidence: false);
            CollectionAssert.AreEqual(found, alone);
            Assert.IsEmpty(none, "nothing is computed that was not asked for");
            otherwise += tokens.ne(probabilities.argmax(1)).sum().item<long>() > 0 ? 1 : 0;
        }

        Assert.AreEqual(rule != "likely", otherwise > 0, "only a mean of codes decides otherwise than the largest logit");
    }

    // 30 has no groups of 4 or more rows below its square root but 5; 64 has 8 of 8; 1022 = 14 × 73; 1021 is a prime number.
    [TestMethod]
    [DataRow(2)]
    [DataRow(30)]
    [DataRow(64)]
    [DataRow(1021)]
    [DataRow(1022)]
    [DataRow(8192)]
    public void Of_equal_values_the_lowest_index_is_the_largest(int count)
    {
        var graph = new OnnxGraph("largest");
        OnnxValue input = graph.Input("values", OnnxType.Float, count, "places");
        graph.Output(TokenDecision.Largest(graph, input, count), "indices", OnnxType.Int64, "places");
        using var session = new InferenceSession(graph.ToBytes());
        const int Places = 50;
        var random = new Random(count);

        // Few different values: every column has its largest many times. Some are infinite.
        float[] values = [.. Enumerable.Range(0, count * Places).Select(_ => random.Next(40) == 0 ? float.NegativeInfinity : random.Next(-4, 1))];
        using OrtValue given = OrtValue.CreateTensorValueFromMemory(values, [count, Places]);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["values"], [given], ["indices"]);
        long[] found = results[0].GetTensorDataAsSpan<long>().ToArray();
        for (int place = 0; place < Places; place++)
        {
            float[] column = [.. Enumerable.Range(0, count).Select(i => values[(i * Places) + place])];
            Assert.AreEqual(Array.IndexOf(column, column.Max()), found[place]);
        }
    }

    private static byte[] Decision(Tensor weight, Tensor bias, TokenSelection choice)
    {
        var graph = new OnnxGraph("decision");
        OnnxValue features = graph.Input("features", OnnxType.Float, "batch", weight.shape[1], "rows", "columns");
        TokenDecision.Output(graph, features, PriorExport.Classifier(graph, weight, bias, choice));
        return graph.ToBytes();
    }

    private static Tensor Nearest(Tensor probabilities, Tensor codes)
    {
        Tensor mean = einsum("bvhw,vd->bhwd", probabilities, codes);
        return cdist(mean.reshape(-1, codes.shape[1]), codes).argmin(1).reshape(mean.shape[..3]);
    }

    private static Tensor LargestProduct(Tensor probabilities, Tensor codes) =>
        einsum("bhwd,vd->bhwv", einsum("bvhw,vd->bhwd", probabilities, codes), codes).argmax(3);

    private static (long[] Tokens, long[] Shape, float[] Confidence) Run(InferenceSession session, Tensor features, bool withConfidence)
    {
        using OrtValue given = OrtValue.CreateTensorValueFromMemory(features.contiguous().data<float>().ToArray(), features.shape);
        using OrtValue asked = OrtValue.CreateTensorValueFromMemory(new[] { withConfidence }, []);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["features", "with_confidence"], [given, asked], ["tokens", "confidence"]);
        return (results[0].GetTensorDataAsSpan<long>().ToArray(), results[0].GetTensorTypeAndShape().Shape, results[1].GetTensorTypeAndShape().ElementCount == 0 ? [] : results[1].GetTensorDataAsSpan<float>().ToArray());
    }
}
