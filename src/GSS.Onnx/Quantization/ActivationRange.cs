namespace GSS.Onnx;

/// <summary>The range that the steps of a quantised activation span, chosen from its histogram.</summary>
internal static class ActivationRange
{
    private const int Middle = ActivationHistogram.BinCount / 2;

    /// <summary>The range by one of the rules other than <see cref="QuantizationCalibration.Best"/>.</summary>
    public static (float Low, float High) Choose(ActivationHistogram histogram, QuantizationCalibration calibration, double percentile) => calibration switch
    {
        QuantizationCalibration.Percentile => Percentile(histogram, percentile),
        QuantizationCalibration.Entropy => Entropy(histogram),
        _ => (histogram.Min, histogram.Max),
    };

    /// <summary>The range without the outermost numbers; where all numbers have one sign, only the end away from zero is cut.</summary>
    public static (float Low, float High) Percentile(ActivationHistogram histogram, double percentile)
    {
        double total = histogram.Zeros + histogram.Counts.Sum();
        double outside = (100 - percentile) / 100 * total / (histogram.Min < 0 && histogram.Max > 0 ? 2 : 1);
        (int low, int high) = (0, ActivationHistogram.BinCount);
        for (double left = outside; high > Middle && (left -= histogram.Counts[high - 1]) >= 0; high--)
        {
        }

        for (double left = outside; low < Middle && (left -= histogram.Counts[low]) >= 0; low++)
        {
        }

        return Edges(histogram, low, high);
    }

    /// <summary>The range by <see cref="EntropyThreshold"/>. Of numbers with both signs the magnitudes are looked at, which share the steps.</summary>
    public static (float Low, float High) Entropy(ActivationHistogram histogram)
    {
        double[] magnitudes = new double[Middle];
        for (int i = 0; i < Middle; i++)
        {
            magnitudes[i] = histogram.Counts[Middle + i] + histogram.Counts[Middle - 1 - i];
        }

        int used = Array.FindLastIndex(magnitudes, count => count > 0) + 1;
        int kept = EntropyThreshold.Find(magnitudes.AsSpan(0, used), histogram.Min < 0 && histogram.Max > 0 ? 128 : 256);
        return Edges(histogram, Middle - kept, Middle + kept);
    }

    private static (float Low, float High) Edges(ActivationHistogram histogram, int low, int high) => (
        (float)Math.Max(histogram.Min, (low - Middle) * histogram.BinWidth),
        (float)Math.Min(histogram.Max, (high - Middle) * histogram.BinWidth));
}
