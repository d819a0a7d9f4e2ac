namespace GSS.Torch;

/// <summary>Learning rates by step: a schedule, with a linear warm-up at the beginning.</summary>
internal static class LearningRates
{
    private const double WarmUpRatio = 1e-6;
    private const double CosineEnd = 0.005;

    /// <summary>The rate of one step.</summary>
    /// <param name="options">Schedule, rate and power.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="total">Steps of the whole run.</param>
    /// <param name="warmUp">Steps of the warm-up, 0 for none.</param>
    public static double At(TrainingOptions options, long step, long total, long warmUp) => options.LearningRateSchedule switch
    {
        LearningRateSchedule.Cosine => options.LearningRate * Math.Min(1, (step + 1) / (double)Math.Max(1, warmUp))
            * (CosineEnd + ((1 - CosineEnd) * 0.5 * (1 + Math.Cos(Math.PI * ((double)step / total))))),
        LearningRateSchedule.Poly => WarmUp(options.LearningRate * Math.Pow(Math.Max(0, 1 - ((double)step / total)), options.PolyPower), step, warmUp),
        _ => At(options.LearningRate, step, total, warmUp),
    };

    /// <summary>The reference's rate: falls on a straight line to 0, with a linear warm-up from a millionth at the beginning.</summary>
    /// <param name="baseRate">The rate that the line starts from.</param>
    /// <param name="iteration">The step, from 0.</param>
    /// <param name="total">Steps of the whole run.</param>
    /// <param name="warmUp">Steps of the warm-up, 0 for none.</param>
    public static double At(double baseRate, long iteration, long total, long warmUp) => WarmUp(baseRate * Math.Max(0, 1 - ((double)iteration / total)), iteration, warmUp);

    private static double WarmUp(double rate, long iteration, long warmUp) =>
        iteration < warmUp ? rate * (1 - ((1 - ((double)iteration / warmUp)) * (1 - WarmUpRatio))) : rate;
}
