using CsCheck;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>The tokens that a trained model chooses from stand for nearly all that each class showed.</summary>
[TestClass]
public sealed class KeptTokensTests
{
    [TestMethod]
    public void Each_class_keeps_its_share_and_no_class_could_do_with_less() => Gen.Select(Gen.Int[20, 90], Gen.Int[1, 5], Gen.Double[0.5, 0.999], Gen.Int[0, 1000]).Sample(
        (vocabulary, classes, share, seed) =>
        {
            using DisposeScope scope = TorchTest.NewScope();
            var random = new Random(seed);
            double[,] counts = new double[vocabulary, classes];
            for (int token = 0; token < vocabulary; token++)
            {
                // As in label maps, few tokens are common and most are rare or never seen.
                counts[token, random.Next(classes)] = Math.Max(0, Math.Floor(Math.Pow(random.NextDouble(), 12) * 1000) - 2);
            }

            long[] always = [random.Next(vocabulary)];
            long[] kept = TokenClasses.Kept(tensor(counts), always, share) ?? [.. Enumerable.Range(0, vocabulary)];
            CollectionAssert.IsSubsetOf(always, kept);
            CollectionAssert.AreEqual(kept.Distinct().Order().ToArray(), kept);
            Assert.IsTrue(kept.Length == vocabulary || kept.Length % TokenClasses.KeptMultiple == 0);
            int needed = 0;
            for (int id = 0; id < classes; id++)
            {
                double[] perToken = [.. Enumerable.Range(0, vocabulary).Select(token => counts[token, id])];
                double all = perToken.Sum();
                Assert.IsGreaterThanOrEqualTo((share * all) - 1e-6, kept.Sum(token => perToken[token]), $"class {id}");

                // How many of its commonest it takes, found by adding one after the other.
                double sum = 0;
                needed += perToken.OrderDescending().TakeWhile(count => (sum += count) - count < (share * all) - 1e-9).Count();
            }

            Assert.IsLessThan(needed + always.Length + TokenClasses.KeptMultiple + 1, kept.Length);
        },
        iter: 300);

    [TestMethod]
    public void All_are_kept_where_all_are_wanted_or_nothing_was_counted()
    {
        using DisposeScope scope = TorchTest.NewScope();
        Tensor counts = ones([64, 2], ScalarType.Float64);
        Assert.IsNull(TokenClasses.Kept(counts, [0], 1));
        Assert.IsNull(TokenClasses.Kept(counts * 0, [0], 0.9));
        Assert.IsNull(TokenClasses.Kept(counts, [0], 0.99), "evenly common ones: 64 of 64");
        Assert.HasCount(32, TokenClasses.Kept(counts, [0], 0.5)!);
    }
}
