namespace GSS.Core;

/// <summary>Lists what was found in a label file for a message.</summary>
internal static class LabelCounts
{
    private const int MostListed = 8;

    /// <summary>As in <c>11 in 240 pixels, 12 in 1 pixel, and 3 more in 9 pixels</c>: the most frequent first.</summary>
    public static string Describe<T>(IReadOnlyDictionary<T, int> counts, Func<T, string> describe)
        where T : notnull
    {
        var ordered = counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key).ToList();
        IEnumerable<string> listed = ordered.Take(MostListed).Select(entry => $"{describe(entry.Key)} in {Pixels(entry.Value)}");
        return string.Join(", ", listed) + (ordered.Count > MostListed
            ? $", and {ordered.Count - MostListed} more in {Pixels(ordered.Skip(MostListed).Sum(entry => entry.Value))}"
            : "");
    }

    private static string Pixels(int count) => count == 1 ? "1 pixel" : $"{count} pixels";
}
