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

    /// <summary>
    /// TensorRT's rule: numbers beyond a threshold count as the threshold; of all thresholds, that is taken at which the histogram and what its steps can tell of it diverge
    /// least. Of numbers with both signs the magnitudes are looked at, which share the steps.
    /// </summary>
    public static (float Low, float High) Entropy(ActivationHistogram histogram)
    {
        bool both = histogram.Min < 0 && histogram.Max > 0;
        int levels = both ? 128 : 256;
        double[] magnitudes = new double[Middle];
        for (int i = 0; i < Middle; i++)
        {
            magnitudes[i] = histogram.Counts[Middle + i] + histogram.Counts[Middle - 1 - i];
        }

        int used = Array.FindLastIndex(magnitudes, count => count > 0) + 1, best = used;
        double least = double.MaxValue;
        for (int bins = levels; bins <= used; bins += Math.Max(1, levels / 16))
        {
            double divergence = Divergence(magnitudes.AsSpan(0, bins), magnitudes.AsSpan(bins, used - bins), levels);
            (least, best) = divergence < least ? (divergence, bins) : (least, best);
        }

        return Edges(histogram, Middle - best, Middle + best);
    }

    private static (float Low, float High) Edges(ActivationHistogram histogram, int low, int high) => (
        (float)Math.Max(histogram.Min, (low - Middle) * histogram.BinWidth),
        (float)Math.Min(histogram.Max, (high - Middle) * histogram.BinWidth));

    /// <summary>Σ p · log(p / q): p are the bins with all that is outside in the last one, q what remains of those inside when equal steps share their mean.</summary>
    private static double Divergence(ReadOnlySpan<double> inside, ReadOnlySpan<double> outside, int levels)
    {
        // A bin that only numbers from outside fill has no share in any step; it is told as if it had a ten-thousandth of one.
        const double Unseen = 1e-4;
        double beyond = 0, within = 0;
        foreach (double count in outside)
        {
            beyond += count;
        }

        foreach (double count in inside)
        {
            within += count;
        }

        // Where nothing is inside, nothing is told.
        double divergence = within > 0 ? 0 : double.MaxValue;
        for (int level = 0; level < levels && within > 0; level++)
        {
            (int first, int end) = ((int)((long)level * inside.Length / levels), (int)((long)(level + 1) * inside.Length / levels));
            (double sum, int filled) = (0, 0);
            for (int i = first; i < end; i++)
            {
                sum += inside[i];
                filled += inside[i] > 0 ? 1 : 0;
            }

            for (int i = first; i < end; i++)
            {
                double p = (inside[i] + (i == inside.Length - 1 ? beyond : 0)) / (within + beyond);
                double q = (inside[i] > 0 ? sum / filled : Unseen) / within;
                divergence += p > 0 ? p * Math.Log(p / q) : 0;
            }
        }

        return divergence;
    }
}
