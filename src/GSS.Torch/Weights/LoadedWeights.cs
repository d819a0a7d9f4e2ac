namespace GSS.Torch;

/// <summary>What became of a weight file's entries when a network was filled from it. Told to the user in one line: an entry that nobody wanted may be one that he counts on.</summary>
/// <param name="Path">The file.</param>
/// <param name="Network">The network's name.</param>
/// <param name="Taken">The entries that the network took, by the file's names.</param>
/// <param name="Ignored">The entries that are not the network's, such as a classifier or another part of a checkpoint.</param>
internal sealed record LoadedWeights(string Path, string Network, IReadOnlyCollection<string> Taken, IReadOnlyCollection<string> Ignored)
{
    private const int Shown = 3;

    /// <inheritdoc/>
    public override string ToString()
    {
        string read = $"{Taken.Count} entries of '{Path}' were read into {Network}";
        if (Ignored.Count == 0)
        {
            return read + ", all that it has.";
        }

        string first = string.Join(", ", Ignored.Take(Shown).Select(name => $"'{WeightBytes.Printable(name, 100)}'"));
        return $"{read}; {Ignored.Count} more are not its own and were ignored ({first}{(Ignored.Count > Shown ? ", …" : "")}).";
    }
}
