namespace GSS.Torch;

/// <summary>The reference's learning rate: falls on a straight line to 0, with a linear warm-up from a millionth at the beginning.</summary>
internal static class LearningRates
{
    private const double WarmUpRatio = 1e-6;

    /// <summary>The rate of one step.</summary>
    /// <param name="baseRate">The rate that the line starts from.</param>
    /// <param name="iteration">The step, from 0.</param>
    /// <param name="total">Steps of the whole run.</param>
    /// <param name="warmUp">Steps of the warm-up, 0 for none.</param>
    public static double At(double baseRate, long iteration, long total, long warmUp)
    {
        double rate = baseRate * Math.Max(0, 1 - ((double)iteration / total));
        return iteration < warmUp ? rate * (1 - ((1 - ((double)iteration / warmUp)) * (1 - WarmUpRatio))) : rate;
    }
}
