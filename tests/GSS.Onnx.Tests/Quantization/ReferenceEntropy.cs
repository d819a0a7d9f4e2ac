namespace GSS.Tests;

/// <summary>
/// The entropy calibration of TensorRT's slides ("8-bit Inference with TensorRT", GTC 2017) written out once more, step by step and slowly, with what MXNet's and ONNX Runtime's
/// tools add to it: empty bins get a little of what the others have, so that the divergence stays finite.
/// </summary>
internal static class ReferenceEntropy
{
    /// <summary>The number of bins, counted from zero, at which the divergence is least.</summary>
    public static int Threshold(double[] bins, int levels)
    {
        (int best, double least) = (bins.Length, double.PositiveInfinity);
        for (int i = levels; i <= bins.Length; i++)
        {
            double divergence = Divergence(bins, i, levels);
            if (divergence < least)
            {
                (best, least) = (i, divergence);
            }
        }

        return best;
    }

    /// <summary>The divergence where the first <paramref name="i"/> bins are kept.</summary>
    public static double Divergence(double[] bins, int i, int levels)
    {
        double[] kept = bins[..i], p = [.. kept], q = new double[i];
        p[i - 1] += bins[i..].Sum();

        // Levels have equally many bins; what does not divide evenly belongs to the last.
        int merged = i / levels;
        for (int level = 0; level < levels; level++)
        {
            int start = level * merged, end = level == levels - 1 ? i : start + merged;
            double sum = kept[start..end].Sum();
            int filled = p[start..end].Count(count => count != 0);
            for (int bin = start; bin < end; bin++)
            {
                q[bin] = p[bin] != 0 ? sum / filled : 0;
            }
        }

        if (!Smooth(p) || !Smooth(q))
        {
            return double.PositiveInfinity;
        }

        (double pSum, double qSum) = (p.Sum(), q.Sum());
        return p.Zip(q).Sum(pair => pair.First / pSum * Math.Log(pair.First / pSum / (pair.Second / qSum)));
    }

    private static bool Smooth(double[] counts)
    {
        const double Little = 1e-4;
        int zeros = counts.Count(count => count == 0), others = counts.Length - zeros;
        if (others == 0 || Little * zeros / others >= 1)
        {
            return false;
        }

        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] += counts[i] == 0 ? Little : -Little * zeros / others;
        }

        return true;
    }
}
