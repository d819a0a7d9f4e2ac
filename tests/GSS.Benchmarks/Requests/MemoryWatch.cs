using System.Diagnostics;

namespace GSS.Benchmarks;

/// <summary>The resident memory of another process while it answers requests.</summary>
/// <param name="process">The process.</param>
/// <param name="warmUp">The requests after which its memory is to stay as it is.</param>
internal sealed class MemoryWatch(Process process, int warmUp)
{
    private const int RequestsBetween = 10, SamplesInBlock = 10;

    private readonly List<double> _samples = [];

    /// <summary>Looks at it now and then. Of one thread at a time.</summary>
    /// <param name="done">Requests that are answered.</param>
    public void Look(int done)
    {
        if (done >= warmUp && done % RequestsBetween == 0)
        {
            _samples.Add(Now());
        }
    }

    /// <summary>What it is now, in MiB.</summary>
    public double Now()
    {
        process.Refresh();
        return process.WorkingSet64 / 1048576.0;
    }

    /// <summary>The largest that it ever was, in MiB.</summary>
    public double Peak()
    {
        process.Refresh();
        return process.PeakWorkingSet64 / 1048576.0;
    }

    /// <summary>Medians of blocks of a hundred requests, in MiB: garbage that is not collected yet comes and goes within one.</summary>
    public double[] Blocks() => [.. _samples.Chunk(SamplesInBlock).Select(Timing.Median)];

    /// <summary>Smallest and largest sample, in MiB.</summary>
    public (double Least, double Most) Extremes() => (_samples.Min(), _samples.Max());
}
