namespace GSS.Onnx;

/// <summary>Votes of pixels for their classes.</summary>
internal static class Votes
{
    /// <summary>The classes that occur, in order.</summary>
    public static List<int> ClassesIn(ReadOnlySpan<byte> classes)
    {
        Span<bool> occurs = stackalloc bool[256];
        foreach (byte id in classes)
        {
            occurs[id] = true;
        }

        var found = new List<int>();
        for (int id = 0; id < occurs.Length; id++)
        {
            if (occurs[id])
            {
                found.Add(id);
            }
        }

        return found;
    }

    /// <summary>Adds the votes for one class in a row.</summary>
    /// <param name="row">Classes, <paramref name="scale"/> for each vote.</param>
    /// <param name="id">The class.</param>
    /// <param name="scale">How many neighbours share a vote.</param>
    /// <param name="share">What each of them counts.</param>
    /// <param name="votes">The votes, added to.</param>
    public static void Count(ReadOnlySpan<byte> row, byte id, int scale, float share, Span<float> votes)
    {
        for (int i = 0; i < row.Length; i++)
        {
            votes[i / scale] += row[i] == id ? share : 0;
        }
    }
}
