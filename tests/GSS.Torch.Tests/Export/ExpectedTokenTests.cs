using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class ExpectedTokenTests
{
    [TestMethod]
    public void The_token_nearest_to_the_mean_code_is_chosen_where_the_most_likely_ones_lie_around_it()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();

        // Codes on a line at 0, 10, 4 and 100. Probabilities of the four places: mean 4.6 → token 2; sure of token 1; sure of token 3; even halves of 0 and 10 → 5, token 2.
        Tensor codes = tensor(new float[] { 0, 0, 10, 0, 4, 0, 100, 0 }).reshape(4, 2);
        Tensor probabilities = tensor(new float[] { 0.5f, 1e-9f, 1e-9f, 0.5f, 0.42f, 1, 1e-9f, 0.5f, 0.08f, 1e-9f, 1e-9f, 1e-9f, 1e-9f, 1e-9f, 1, 1e-9f }).reshape(1, 4, 1, 4);
        CollectionAssert.AreEqual(new long[] { 2, 1, 3, 2 }, ExpectedToken.Choose(probabilities.log(), codes).data<long>().ToArray());
    }

    [TestMethod]
    public void The_exported_scores_choose_the_same_tokens()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var generator = new Generator(7, CPU);
        Tensor codes = randn([19, 6], generator: generator);
        var graph = new OnnxGraph("decision");
        OnnxValue input = graph.Input("logits", OnnxType.Float, "batch", 19, "rows", "columns");
        graph.Output(ExpectedToken.Scores(graph, input, codes), "scores", OnnxType.Float, "batch", 19, "rows", "columns");
        using var model = new OnnxRun(graph.ToBytes());
        foreach ((long batch, long rows, long columns) in new (long, long, long)[] { (1, 1, 1), (1, 31, 57), (2, 64, 48) })
        {
            Tensor logits = randn([batch, 19, rows, columns], generator: generator) * 3;
            Tensor scores = model.FloatsToFloats("logits", logits, "scores");
            Tensor expected = ExpectedToken.Choose(logits, codes);
            CollectionAssert.AreEqual(expected.data<long>().ToArray(), scores.argmax(1).data<long>().ToArray());

            // A second implementation, and a check that the two ways to decide differ at all.
            Tensor mean = einsum("bvhw,vd->bhwd", logits.softmax(1), codes);
            Tensor nearest = cdist(mean.reshape(-1, 6), codes).argmin(1);
            CollectionAssert.AreEqual(nearest.data<long>().ToArray(), expected.data<long>().ToArray());
            Assert.IsTrue(rows == 1 || expected.ne(logits.argmax(1)).sum().item<long>() > 0);
        }
    }
}
