using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class ActivationRangeTests
{
    [TestMethod]
    public void Every_number_is_counted_once_whatever_comes_first()
    {
        var random = new Random(1);
        float[] numbers = [.. Enumerable.Range(0, 20000).Select(i => i % 10 == 0 ? 0 : (random.NextSingle() - 0.3f) * MathF.ScaleB(1, random.Next(-6, 7)))];
        ActivationHistogram forth = Histogram(numbers), back = Histogram([.. numbers.Reverse()]);
        Assert.AreEqual(numbers.Min(), forth.Min);
        Assert.AreEqual(numbers.Max(), forth.Max);
        Assert.AreEqual(numbers.Count(n => n == 0), forth.Zeros);
        Assert.AreEqual(numbers.Length, forth.Zeros + forth.Counts.Sum());
        CollectionAssert.AreEqual(forth.Counts, back.Counts);

        // The bins written out a second time.
        double reach = Math.Pow(2, Math.Floor(Math.Log2(numbers.Max(Math.Abs))) + 1);
        long[] expected = new long[ActivationHistogram.BinCount];
        foreach (float number in numbers.Where(n => n != 0))
        {
            expected[(int)Math.Floor((number + reach) / (2 * reach) * expected.Length)]++;
        }

        // A number on an edge may be rounded to either side.
        Assert.IsLessThan(10, expected.Zip(forth.Counts).Sum(pair => Math.Abs(pair.First - pair.Second)));
    }

    [TestMethod]
    public void What_is_no_finite_number_is_left_out()
    {
        ActivationHistogram histogram = Histogram([float.NaN, 1, float.PositiveInfinity, 3e38f, -2, float.NegativeInfinity]);
        Assert.AreEqual((-2f, 1f, 2L), (histogram.Min, histogram.Max, histogram.Counts.Sum()));
    }

    [TestMethod]
    [DataRow(99.0)]
    [DataRow(90.0)]
    public void A_percentile_of_even_numbers_is_where_they_say(double percentile)
    {
        float[] positive = [.. Enumerable.Range(1, 100000).Select(i => i / 100000f)], both = [.. positive, .. positive.Select(n => -n)];
        (float low, float high) = ActivationRange.Percentile(Histogram(positive), percentile);
        Assert.AreEqual(percentile / 100, high, 0.001);
        Assert.AreEqual(0, low);
        (low, high) = ActivationRange.Percentile(Histogram(both), percentile);
        Assert.AreEqual(percentile / 100, high, 0.001);
        Assert.AreEqual(-percentile / 100, low, 0.001);
    }

    [TestMethod]
    public void All_of_them_is_the_smallest_and_largest()
    {
        ActivationHistogram histogram = Histogram([-3, 0, 0.5f, 7]);
        Assert.AreEqual((-3f, 7f), ActivationRange.Percentile(histogram, 100));
        Assert.AreEqual((-3f, 7f), ActivationRange.Choose(histogram, QuantizationCalibration.MinMax, 50));
    }

    [TestMethod]
    public void Entropy_keeps_even_numbers_whole_and_leaves_far_ones_of_a_bell_out()
    {
        float[] even = [.. Enumerable.Range(1, 100000).Select(i => i / 100000f)];
        Assert.AreEqual(1, ActivationRange.Entropy(Histogram(even)).High, 0.02);

        var random = new Random(3);
        float[] bell = [.. Enumerable.Range(0, 100000).Select(_ => (float)Normal(random)), 60];
        (float low, float high) = ActivationRange.Entropy(Histogram(bell));
        Assert.IsTrue(high is > 2.5f and < 15, $"high {high}");
        Assert.IsTrue(low is < -2.5f and > -15, $"low {low}");

        // Zeros are exact in every range, so that they say nothing of it.
        Assert.AreEqual((low, high), ActivationRange.Entropy(Histogram([.. bell, .. new float[1000000]])));
    }

    [TestMethod]
    [DataRow(QuantizationCalibration.MinMax)]
    [DataRow(QuantizationCalibration.Percentile)]
    [DataRow(QuantizationCalibration.Entropy)]
    public void One_number_alone_is_in_its_range(QuantizationCalibration calibration)
    {
        foreach (float number in new[] { 0, 0.7f, -3, 1e-38f, 3e37f })
        {
            (float low, float high) = ActivationRange.Choose(Histogram([number, number]), calibration, 99.99);
            Assert.IsTrue(low <= number && number <= high, $"{number} in {low}..{high}");
        }

        Assert.AreEqual((0f, 0f), ActivationRange.Choose(new ActivationHistogram(), calibration, 99.99));
    }

    private static ActivationHistogram Histogram(float[] numbers)
    {
        var histogram = new ActivationHistogram();
        foreach (float[] part in numbers.Chunk(777))
        {
            histogram.Add(part);
        }

        return histogram;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
