using GSS.Core;

namespace GSS.Tests;

/// <summary>Samples made in memory.</summary>
internal sealed class MemorySamples(int count, Func<int, (RgbImage Image, LabelMap Labels)> make) : ISegmentationSamples
{
    private int _reads;

    /// <summary>How many samples were read so far.</summary>
    public int Reads => _reads;

    public int Count => count;

    public string Describe(int index) => $"sample {index}";

    public (RgbImage Image, LabelMap Labels) Read(int index)
    {
        Interlocked.Increment(ref _reads);
        return make(index);
    }
}
