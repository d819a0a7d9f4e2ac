using GSS.Core;
using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class LatentPriorModelTests
{
    [TestMethod]
    [DataRow(2, false)]
    [DataRow(1, false)]
    [DataRow(1, true)]
    public void Tokens_and_probabilities_are_those_of_the_decision_in_both_formats(int format, bool withScores)
    {
        using var model = new LatentPriorModel(format == 2 ? TestModel.Prior : withScores ? TestModel.PriorWithScores : TestModel.PriorWithLogits);
        RgbImage[] images = [TestModel.RandomImage(17, 10, 1), TestModel.RandomImage(17, 10, 2), TestModel.RandomImage(9, 21, 3)];
        LatentTokens[] alone = model.Predict(images);
        (LatentTokens Tokens, float[]? Probabilities)[] both = model.Predict(images, withConfidence: true);
        for (int i = 0; i < images.Length; i++)
        {
            CollectionAssert.AreEqual(alone[i].Ids.ToArray(), both[i].Tokens.Ids.ToArray());
            for (int place = 0; place < alone[i].Ids.Length; place++)
            {
                double[] logits = TestModel.Logits(images[i], place % alone[i].Width, place / alone[i].Width);
                int expected = Array.IndexOf(logits, withScores ? logits.Min() : logits.Max());
                Assert.AreEqual(expected, alone[i].Ids[place]);
                double sum = logits.Sum(logit => Math.Exp(logit - logits[expected]));
                Assert.AreEqual(1 / sum, both[i].Probabilities![place], 1e-5);
            }
        }
    }
}
