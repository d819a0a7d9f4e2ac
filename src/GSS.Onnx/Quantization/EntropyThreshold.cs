namespace GSS.Onnx;

/// <summary>
/// TensorRT's rule ("8-bit Inference with TensorRT", GTC 2017), as ONNX Runtime's tools have it: numbers beyond a threshold count as the threshold; of all thresholds, that is taken
/// at which the histogram p and what its levels can tell of it, q, diverge least by Σ p · log(p / q).
/// <code>
/// p   the bins inside; the last has all that is outside as well
/// q   the bins inside in levels of equally many, what does not divide evenly in the last level; in a level every filled bin of p gets the mean
/// </code>
/// </summary>
internal static class EntropyThreshold
{
    // The divergence knows no distances: where all that is inside lies in the last bin, as of numbers that keep away from zero, it is nought, however much is cut off.
    private const double MostOutside = 0.1;

    // What a bin of q counts that only numbers from outside fill, in a level that has nothing else.
    private const double Unseen = 1e-4;

    /// <summary>Finds the threshold.</summary>
    /// <param name="bins">Counts from zero on; the last is not 0.</param>
    /// <param name="levels">How many levels the bins are to be told in.</param>
    /// <returns>The number of bins inside; all where there are no more than levels.</returns>
    public static int Find(ReadOnlySpan<double> bins, int levels)
    {
        var sums = new Sums(bins);
        (int best, double least) = (bins.Length, double.PositiveInfinity);
        for (int inside = levels; inside <= bins.Length; inside++)
        {
            if (sums.Outside(inside) <= MostOutside * sums.Total && sums.Divergence(inside, levels) is var divergence && divergence < least)
            {
                (best, least) = (inside, divergence);
            }
        }

        return best;
    }

    /// <summary>The divergence where the first bins are inside.</summary>
    /// <param name="bins">Counts from zero on.</param>
    /// <param name="inside">How many bins are inside.</param>
    /// <param name="levels">How many levels they are told in.</param>
    public static double Divergence(ReadOnlySpan<double> bins, int inside, int levels) => new Sums(bins).Divergence(inside, levels);

    /// <summary>Sums over the first bins, so that a threshold takes as many steps as there are levels, not bins.</summary>
    private sealed class Sums
    {
        private readonly double[] _counts, _logs;
        private readonly int[] _filled;

        public Sums(ReadOnlySpan<double> bins)
        {
            (_counts, _logs, _filled) = (new double[bins.Length + 1], new double[bins.Length + 1], new int[bins.Length + 1]);
            for (int i = 0; i < bins.Length; i++)
            {
                _counts[i + 1] = _counts[i] + bins[i];
                _logs[i + 1] = _logs[i] + (bins[i] * Log(bins[i]));
                _filled[i + 1] = _filled[i] + (bins[i] > 0 ? 1 : 0);
            }
        }

        public double Total => _counts[^1];

        public double Outside(int inside) => Total - _counts[inside];

        public double Divergence(int inside, int levels)
        {
            int merged = inside / levels;
            double within = _counts[inside], outside = Outside(inside), last = within - _counts[inside - 1] + outside;

            // Σ p · log p - Σ p · log q, both times the number of numbers.
            double sum = _logs[inside - 1] + (last * Log(last)) - (Total * Math.Log(Total / within));
            for (int level = 0; level < levels; level++)
            {
                (int first, int end) = (level * merged, level == levels - 1 ? inside : (level + 1) * merged);
                double count = _counts[end] - _counts[first];
                int filled = _filled[end] - _filled[first];
                if (level == levels - 1 && outside > 0)
                {
                    filled += _filled[inside] == _filled[inside - 1] ? 1 : 0;
                    sum -= (count + outside) * Math.Log(Math.Max(count / filled, Unseen));
                }
                else if (count > 0)
                {
                    sum -= count * Math.Log(count / filled);
                }
            }

            return sum / Total;
        }

        private static double Log(double count) => count > 0 ? Math.Log(count) : 0;
    }
}
