using System.Diagnostics;

namespace GSS.Benchmarks;

/// <summary>Wall-clock times of repeated work. The rivals of a comparison take turns, so that a noisy neighbour slows both.</summary>
internal static class Timing
{
    /// <summary>The median time of one call of each action in milliseconds: all actions run once uncounted, then in turns.</summary>
    public static double[] CompareMedianMilliseconds(int repeats, params Action[] actions)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(repeats);
        double[][] times = [.. actions.Select(_ => new double[repeats])];
        foreach (Action action in actions)
        {
            action();
        }

        for (int repeat = 0; repeat < repeats; repeat++)
        {
            for (int i = 0; i < actions.Length; i++)
            {
                times[i][repeat] = Milliseconds(actions[i]);
            }
        }

        return [.. times.Select(Median)];
    }

    /// <summary>The time of one call in milliseconds.</summary>
    public static double Milliseconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>The middle of some numbers; of an even count, the mean of the two in the middle.</summary>
    public static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
