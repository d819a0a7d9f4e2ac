namespace GSS.Torch;

/// <summary>What does not fit between a file and a network, told in one sentence: every kind with its count and its first names.</summary>
internal sealed class WeightMismatches
{
    private const int Shown = 8;

    private readonly List<string> _missing = [], _wrongShape = [], _unexpected = [];

    public void Missing(string name, long[] shape) => _missing.Add($"{Quote(name)} {Text(shape)}");

    public void WrongShape(string name, long[] found, long[] expected) => _wrongShape.Add($"{Quote(name)} is {Text(found)} instead of {Text(expected)}");

    public void Unexpected(string name) => _unexpected.Add(Quote(name));

    /// <summary>Throws unless there is no mismatch.</summary>
    /// <param name="path">The file.</param>
    /// <param name="networkName">The network.</param>
    /// <param name="tensorCount">How many tensors the network has.</param>
    public void ThrowIfAny(string path, string networkName, int tensorCount)
    {
        string[] parts = [.. new[] { Part(_missing, "missing"), Part(_wrongShape, "of another shape"), Part(_unexpected, "unexpected") }.OfType<string>()];
        if (parts.Length > 0)
        {
            throw new WeightFileException($"The weight file '{path}' does not fit {networkName}, which has {tensorCount} tensors: {string.Join("; ", parts)}; "
                + "name the file of that very network, or export its weights under their usual names.");
        }
    }

    private static string? Part(List<string> names, string what)
        => names.Count == 0 ? null : $"{names.Count} {what} ({string.Join(", ", names.Take(Shown))}{(names.Count > Shown ? $" and {names.Count - Shown} more" : "")})";

    private static string Quote(string name) => $"'{WeightBytes.Printable(name, 100)}'";

    private static string Text(long[] shape) => $"[{string.Join(", ", shape)}]";
}
