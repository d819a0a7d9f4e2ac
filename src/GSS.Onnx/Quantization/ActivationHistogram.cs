namespace GSS.Onnx;

/// <summary>
/// What numbers an activation has: smallest, largest, and how many lie in each of 8192 equal bins between -R and R. R is a power of two that doubles when a
/// number is beyond it, whereupon two bins become one; so one pass suffices, and the order of the numbers makes no difference to what is counted.
/// </summary>
internal sealed class ActivationHistogram
{
    public const int BinCount = 8192;

    // Twice the reach must be a number.
    private const float Largest = 8.5e37f;

    private float _reach;

    /// <summary>The smallest number; 0 where none was seen.</summary>
    public float Min { get; private set; }

    /// <summary>The largest number; 0 where none was seen.</summary>
    public float Max { get; private set; }

    /// <summary>How many numbers are exactly 0. They are in no bin.</summary>
    public long Zeros { get; private set; }

    /// <summary>How many numbers are in each bin.</summary>
    public long[] Counts { get; } = new long[BinCount];

    /// <summary>The width of a bin.</summary>
    public double BinWidth => 2.0 * _reach / BinCount;

    /// <summary>Counts numbers; those that are infinite, nearly so, or not a number are left out.</summary>
    public void Add(ReadOnlySpan<float> numbers)
    {
        float factor = Factor();
        foreach (float number in numbers)
        {
            if (number == 0)
            {
                Zeros++;
                continue;
            }

            float magnitude = Math.Abs(number);
            if (!(magnitude < Largest))
            {
                continue;
            }

            if (magnitude >= _reach)
            {
                Grow(magnitude);
                factor = Factor();
            }

            (Min, Max) = (Math.Min(Min, number), Math.Max(Max, number));
            Counts[Math.Min((int)((number + _reach) * factor), BinCount - 1)]++;
        }
    }

    private float Factor() => BinCount / (2 * _reach);

    private void Grow(float magnitude)
    {
        if (_reach == 0)
        {
            // The smallest reach keeps the factor finite.
            _reach = MathF.ScaleB(1, Math.Clamp(Math.ILogB(magnitude) + 1, -100, 126));
            return;
        }

        while (magnitude >= _reach)
        {
            _reach *= 2;
            long[] before = [.. Counts];
            Array.Clear(Counts);
            for (int i = 0; i < BinCount; i++)
            {
                Counts[(BinCount / 4) + (i / 2)] += before[i];
            }
        }
    }
}
