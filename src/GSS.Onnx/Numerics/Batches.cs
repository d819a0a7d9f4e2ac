namespace GSS.Onnx;

/// <summary>Sorts pictures of mixed sizes into batches of one size.</summary>
internal static class Batches
{
    /// <summary>The batches, each a list of positions in <paramref name="items"/>; order is kept within a batch.</summary>
    /// <param name="items">What to sort.</param>
    /// <param name="sizeOf">The size of an item.</param>
    /// <param name="largestBatch">How many items of a size fit into one batch; fewer than 1 counts as 1.</param>
    public static IEnumerable<int[]> OfOneSize<T>(IReadOnlyList<T> items, Func<T, (int Width, int Height)> sizeOf, Func<(int Width, int Height), long> largestBatch) =>
        Enumerable.Range(0, items.Count)
            .GroupBy(i => sizeOf(items[i]))
            .SelectMany(group => group.Chunk((int)Math.Clamp(largestBatch(group.Key), 1, int.MaxValue)));
}
