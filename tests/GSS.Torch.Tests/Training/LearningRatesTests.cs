using GSS.Torch;

namespace GSS.Tests;

[TestClass]
public sealed class LearningRatesTests
{
    [TestMethod]
    [DataRow("city_ff", 1.5e-3, 80_000)]
    [DataRow("ade_ff", 1.2e-4, 160_000)]
    [DataRow("city_ftw_swin", 7.5e-4, 40_000)]
    public void Rates_equal_the_reference(string name, double baseRate, int total)
    {
        GoldenFile golden = GoldenFile.Open("j_schedule_slide.safetensors");
        long[] iterations = golden.Longs($"{name}.iters");
        double[] expected = golden.Doubles($"{name}.lr_f64");
        for (int i = 0; i < iterations.Length; i++)
        {
            Assert.AreEqual(expected[i], LearningRates.At(baseRate, iterations[i], total, 1500), 1e-10 * expected[i] + 1e-18, $"iteration {iterations[i]}");
        }
    }

    [TestMethod]
    public void Without_warm_up_it_starts_at_the_base_and_ends_at_zero()
    {
        Assert.AreEqual(0.01, LearningRates.At(0.01, 0, 10, 0));
        Assert.AreEqual(0, LearningRates.At(0.01, 10, 10, 0));
        Assert.AreEqual(0, LearningRates.At(0.01, 11, 10, 0));
    }
}
