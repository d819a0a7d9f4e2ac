using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class LinearQuantizationTests
{
    [TestMethod]
    [DataRow(-1f, 2f)]
    [DataRow(0f, 6f)]
    [DataRow(-3f, 0f)]
    [DataRow(2f, 5f)]
    [DataRow(-0.001f, 250f)]
    [DataRow(-5f, -2f)]
    public void A_range_is_told_within_half_a_step_and_zero_exactly(float low, float high)
    {
        ActivationScale scale = ActivationScale.Of(low, high);
        (double from, double to) = (Math.Min(low, 0), Math.Max(high, 0));
        Assert.AreEqual((to - from) / 255, scale.Scale, 1e-6 * scale.Scale);
        Assert.AreEqual(Math.Round(-from / ((to - from) / 255)), scale.ZeroPoint);
        for (double x = from; x <= to; x += (to - from) / 1000)
        {
            double q = Math.Clamp(Math.Round(x / scale.Scale) + scale.ZeroPoint, 0, 255), told = (q - scale.ZeroPoint) * scale.Scale;

            // At the ends the zero point's own rounding adds up to another half.
            double most = x - from < scale.Scale || to - x < scale.Scale ? 1 : 0.5;
            Assert.IsLessThanOrEqualTo(most * scale.Scale * 1.0001, Math.Abs(x - told), $"{x} is told as {told}");
        }
    }

    [TestMethod]
    [DataRow(0f, 0f)]
    [DataRow(0f, 1e-40f)]
    public void A_range_without_extent_gets_the_scale_one(float low, float high) => Assert.AreEqual(new ActivationScale(1, 0), ActivationScale.Of(low, high));

    [TestMethod]
    public void A_range_up_to_the_largest_number_stays_finite() => Assert.IsTrue(float.IsFinite(ActivationScale.Of(float.MinValue, float.MaxValue).Scale));

    [TestMethod]
    [DataRow(false, 4)]
    [DataRow(true, 4)]
    [DataRow(false, 1)]
    [DataRow(true, 1)]
    public void Weights_have_a_scale_for_each_channel(bool reduceRange, int inner)
    {
        const int channels = 5;
        var random = new Random(inner);
        float[] weights = [.. Enumerable.Range(0, channels * 4).Select(_ => (float)(random.NextDouble() - 0.5) * 3)];
        (sbyte[] values, float[] scales) = WeightQuantization.Quantize(weights, channels, inner, [], 0.1f, reduceRange);
        int most = reduceRange ? 63 : 127;
        for (int channel = 0; channel < channels; channel++)
        {
            int[] own = [.. Enumerable.Range(0, weights.Length).Where(i => (inner == 4 ? i / 4 : i % channels) == channel)];
            double scale = own.Max(i => Math.Abs(weights[i])) / most;
            Assert.AreEqual(scale, scales[channel], 1e-6);
            Assert.AreEqual(most, own.Max(i => Math.Abs((int)values[i])));
            foreach (int i in own)
            {
                Assert.AreEqual(Math.Round(weights[i] / scale), values[i], 0.5001);
                Assert.IsLessThanOrEqualTo(0.501 * scale, Math.Abs(weights[i] - (scales[channel] * values[i])));
            }
        }
    }

    [TestMethod]
    public void A_bias_that_dwarfs_the_weights_still_fits_into_32_bits()
    {
        float[] bias = [1000, -0.25f, 0];
        (sbyte[] values, float[] scales) = WeightQuantization.Quantize([1e-9f, 1, 0], 3, 1, bias, 0.01f, reduceRange: false);
        (int[] whole, float[] biasScales) = WeightQuantization.QuantizeBias(bias, scales, 0.01f);
        CollectionAssert.AreEqual(new sbyte[] { 0, 127, 0 }, values);
        for (int i = 0; i < bias.Length; i++)
        {
            Assert.AreEqual(scales[i] * 0.01f, biasScales[i]);
            Assert.AreEqual(bias[i], (double)whole[i] * biasScales[i], Math.Max(1e-6 * Math.Abs(bias[i]), biasScales[i] / 2));
        }
    }
}
