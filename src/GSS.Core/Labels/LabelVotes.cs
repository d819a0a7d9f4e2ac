namespace GSS.Core;

/// <summary>Makes label maps smaller by majority, where nearest neighbour would throw three of four decisions away.</summary>
internal static class LabelVotes
{
    /// <summary>
    /// Each pixel of the half-sized map gets the class that most of its four pixels have, of equally frequent ones the lowest
    /// (reference: one-hot scores, resized bilinearly, argmax; at exactly half the size that is the mean of the four).
    /// </summary>
    /// <param name="ids">Class ids, rows of <paramref name="width"/>, an even number of rows.</param>
    /// <param name="width">An even number of pixels.</param>
    /// <param name="half">Filled with a quarter as many ids.</param>
    public static void Halve(ReadOnlySpan<byte> ids, int width, Span<byte> half)
    {
        int halfWidth = width / 2;
        for (int start = 0; start < half.Length; start += halfWidth)
        {
            ReadOnlySpan<byte> top = ids.Slice(4 * start, width);
            ReadOnlySpan<byte> bottom = ids.Slice((4 * start) + width, width);
            Span<byte> row = half.Slice(start, halfWidth);
            for (int x = 0; x < row.Length; x++)
            {
                row[x] = Majority(top[2 * x], top[(2 * x) + 1], bottom[2 * x], bottom[(2 * x) + 1]);
            }
        }
    }

    private static byte Majority(byte a, byte b, byte c, byte d)
    {
        // Two equal pairs are the only tie of two votes against two; without any pair, all four have one vote.
        if (a == b)
        {
            return c == d ? Math.Min(a, c) : a;
        }

        if (c == d)
        {
            return c;
        }

        if (a == c)
        {
            return b == d ? Math.Min(a, b) : a;
        }

        if (a == d)
        {
            return b == c ? Math.Min(a, b) : a;
        }

        return b == c || b == d ? b : Math.Min(Math.Min(a, b), Math.Min(c, d));
    }
}
