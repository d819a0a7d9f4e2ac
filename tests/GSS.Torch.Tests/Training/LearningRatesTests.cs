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

    [TestMethod]
    public void Schedules_are_their_formulas()
    {
        var options = new TrainingOptions { LearningRate = 0.01, PolyPower = 0.9 };
        for (int step = 0; step < 20; step++)
        {
            double left = 1 - (step / 20.0), warmUp = step < 5 ? 1 - ((1 - (step / 5.0)) * (1 - 1e-6)) : 1;
            Assert.AreEqual(0.01 * left * warmUp, LearningRates.At(options, step, 20, 5), 1e-15);
            Assert.AreEqual(0.01 * Math.Pow(left, 0.9) * warmUp, LearningRates.At(options with { LearningRateSchedule = LearningRateSchedule.Poly }, step, 20, 5), 1e-15);
            double cosine = 0.01 * (0.005 + (0.995 * Math.Pow(Math.Cos(Math.PI * step / 40), 2))) * Math.Min(1, (step + 1) / 5.0);
            Assert.AreEqual(cosine, LearningRates.At(options with { LearningRateSchedule = LearningRateSchedule.Cosine }, step, 20, 5), 1e-15);
        }
    }
}
