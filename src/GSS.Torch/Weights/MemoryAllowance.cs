namespace GSS.Torch;

/// <summary>
/// Bounds the memory and the time that the description inside a file (names, shapes, objects) may cost: 16 MiB and the file's own size.
/// A tensor costs about 2 KB, so 16 MiB are enough for the largest networks with their optimizer's state, however narrow their layers; all else that grows
/// with a file is the weights. A description that goes further was made to exhaust memory, or is damaged.
/// </summary>
internal sealed class MemoryAllowance
{
    private const long Always = 16 << 20;
    private const long AtMost = 256 << 20;

    private readonly WeightBytes _file;
    private long _left;

    public MemoryAllowance(WeightBytes file)
    {
        _file = file;
        _left = Always + Math.Min(file.Length, AtMost);
    }

    /// <summary>Takes note of bytes that are about to be allocated.</summary>
    /// <exception cref="WeightFileException">They are more than the file may cost.</exception>
    public void Spend(long bytes)
    {
        _left -= bytes;
        if (_left < 0)
        {
            throw _file.Damaged("describes far more than a file of its size can hold");
        }
    }
}
