using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class DecisionByCodesTests
{
    [TestMethod]
    public void The_token_nearest_to_the_mean_code_is_chosen_where_the_most_likely_ones_lie_around_it()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();

        // Codes on a line at 0, 10, 4 and 100. Probabilities of the four places: mean 4.6 → token 2; sure of token 1; sure of token 3; even halves of 0 and 10 → 5, token 2.
        Tensor codes = tensor(new float[] { 0, 0, 10, 0, 4, 0, 100, 0 }).reshape(4, 2);
        Tensor probabilities = tensor(new float[] { 0.5f, 1e-9f, 1e-9f, 0.5f, 0.42f, 1, 1e-9f, 0.5f, 0.08f, 1e-9f, 1e-9f, 1e-9f, 1e-9f, 1e-9f, 1, 1e-9f }).reshape(1, 4, 1, 4);
        CollectionAssert.AreEqual(new long[] { 2, 1, 3, 2 }, new DecisionByCodes(codes).Choose(probabilities.log()).data<long>().ToArray());
    }

    // Two boundaries between classes A and B that differ by a quarter, 0.3 each, and a cell of A alone, 0.4: together the boundaries have B below, which the most likely token does not show.
    [TestMethod]
    public void Two_tokens_that_look_alike_beat_one_that_is_more_likely()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        Tensor pictures = tensor(new float[]
        {
            1, 0, 1, 0, 1, 0, 1, 0,
            1, 0, 1, 0, 0, 1, 0, 1,
            1, 0, 0, 1, 0, 1, 0, 1,
        }).reshape(3, 8);
        Tensor probabilities = tensor(new[] { 0.4f, 0.3f, 0.3f }).reshape(1, 3, 1, 1);
        Assert.AreEqual(0, probabilities.argmax(1).item<long>());

        // 1 × 1 + 0.7 + 0.4 + 0.4 for A alone; 1 + 0.7 + 0.6 + 0.6 for the second, 1 + 0.3 + 0.6 + 0.6 for the third.
        Assert.AreEqual(1, new DecisionByCodes(pictures, Nearest: false).Choose(probabilities.log()).item<long>());
    }
}
