using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class TokenChoiceTests
{
    [TestMethod]
    [DataRow(2, 1)]
    [DataRow(1024, 7)]
    [DataRow(7, 1023)]
    [DataRow(5, 1024)]
    [DataRow(19, 2500)]
    public void The_choice_is_that_of_a_plain_loop_with_many_ties(int vocabulary, int places)
    {
        var random = new Random(places);
        float[] logits = [.. Enumerable.Range(0, vocabulary * places).Select(_ => random.Next(-3, 4))];
        int[] tokens = new int[places];
        float[] probabilities = new float[places];
        TokenChoice.Choose(logits, tokens, probabilities);
        for (int p = 0; p < places; p++)
        {
            double[] column = [.. Enumerable.Range(0, vocabulary).Select(v => (double)logits[(v * places) + p])];
            Assert.AreEqual(Array.IndexOf(column, column.Max()), tokens[p]);
            Assert.AreEqual(1 / column.Sum(z => Math.Exp(z - column.Max())), probabilities[p], 1e-5);
        }
    }

    [TestMethod]
    public void Places_without_any_number_get_token_0()
    {
        int[] tokens = [9, 9];
        TokenChoice.Choose([float.NaN, 1, float.NaN, 2], tokens, []);
        CollectionAssert.AreEqual(new[] { 0, 1 }, tokens);
    }
}
