using GSS.Onnx;

namespace GSS.Tests;

/// <summary>The thresholds of entropy calibration against <see cref="ReferenceEntropy"/>, which tells the same rule plainly.</summary>
[TestClass]
public sealed class EntropyThresholdTests
{
    private const int BinCount = 2048, Numbers = 200_000;

    [TestMethod]
    [DataRow("bell", 128)]
    [DataRow("bell", 256)]
    [DataRow("bell behind a ReLU", 256)]
    [DataRow("heavy tail", 128)]
    [DataRow("heavy tail", 256)]
    [DataRow("even", 256)]
    [DataRow("codebook", 128)]
    [DataRow("two bells apart", 256)]
    public void It_is_where_a_plain_second_implementation_puts_it(string kind, int levels)
    {
        double[] bins = Bins(kind);
        int found = EntropyThreshold.Find(bins, levels), expected = ReferenceEntropy.Threshold(bins, levels);
        Assert.AreEqual(expected, found);
        foreach (int inside in new[] { levels, levels + 1, (2 * levels) - 1, 4 * levels, bins.Length - 1, bins.Length }.Where(inside => inside <= bins.Length))
        {
            double plain = ReferenceEntropy.Divergence(bins, inside, levels), quick = EntropyThreshold.Divergence(bins, inside, levels);

            // The plain one puts a little into every empty bin.
            Assert.AreEqual(plain, quick, 1e-3 * Math.Max(1, plain), $"{inside} of {bins.Length} bins");
        }
    }

    [TestMethod]
    public void The_last_bin_of_a_bell_that_is_kept_is_well_outside_of_its_width()
    {
        double[] bins = Bins("bell");
        double threshold = EntropyThreshold.Find(bins, 128) * 8.0 / BinCount;
        Assert.IsTrue(threshold is > 3 and < 5, $"Found {threshold} standard deviations.");
    }

    [TestMethod]
    public void Numbers_that_keep_away_from_zero_are_not_cut_off()
    {
        // The plain rule takes the first filled bin for all of them: the divergence is 0 there.
        var random = new Random(5);
        double[] bins = [.. Enumerable.Range(0, BinCount).Select(i => i < BinCount / 2 ? 0.0 : random.Next(50, 150))];
        Assert.AreEqual((BinCount / 2) + 1, ReferenceEntropy.Threshold(bins, 256));
        Assert.IsGreaterThanOrEqualTo(0.95 * BinCount, EntropyThreshold.Find(bins, 256));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(255)]
    public void Where_there_are_fewer_bins_than_levels_all_are_kept(int count) =>
        Assert.AreEqual(count, EntropyThreshold.Find([.. Enumerable.Repeat(3.0, count)], 256));

    private static double[] Bins(string kind)
    {
        var random = new Random(4);
        double[] codes = [.. Enumerable.Range(0, 60).Select(_ => 2 * Normal(random))];
        double[] bins = new double[BinCount];
        for (int i = 0; i < Numbers; i++)
        {
            double number = kind switch
            {
                "bell" => Math.Abs(Normal(random)),
                "bell behind a ReLU" => Math.Max(0, Normal(random) - 0.5),
                "heavy tail" => 0.05 * Math.Pow(1 - random.NextDouble(), -1 / 1.5),
                "even" => 7 * random.NextDouble(),
                "codebook" => Math.Abs(codes[(int)(60 * Math.Pow(random.NextDouble(), 2))]),
                _ => Math.Abs((0.3 * Normal(random)) + (i % 20 == 0 ? 5 : 1)),
            };

            // Exact zeros are in no bin, as in the histogram of an activation.
            if (number is > 0 and < 8)
            {
                bins[(int)(number / 8 * BinCount)]++;
            }
        }

        return bins[..(Array.FindLastIndex(bins, count => count > 0) + 1)];
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
