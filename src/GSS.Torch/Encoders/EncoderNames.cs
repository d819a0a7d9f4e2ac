namespace GSS.Torch;

/// <summary>Finds an image encoder's tensors in a file: takes off what wrappers put before their names, and asks the network for the rest.</summary>
internal static class EncoderNames
{
    /// <summary>Prefixes that a wrapper put before every name: data parallel training, a class around the network, a model of mmcv.</summary>
    private static readonly string[] Wrappers = ["module.", "model.", "backbone.", "encoder."];

    /// <summary>The names for a network and a file.</summary>
    /// <param name="namesIn">The encoder's <see cref="EncoderNetwork.NamesIn"/>.</param>
    /// <param name="names">All names in the file: the encoder's alone, with a classifier, or those of a whole segmentation model (<c>backbone.*</c>).</param>
    public static WeightNames For(Func<IReadOnlyCollection<string>, WeightNames> namesIn, IReadOnlyCollection<string> names)
    {
        string prefix = Prefix(names);
        string[] inner = prefix.Length == 0 ? [.. names] : [.. names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..])];
        WeightNames own = namesIn(inner);
        return prefix.Length == 0 ? own : new NamesUnder(prefix, own);
    }

    private static string Prefix(IReadOnlyCollection<string> names)
    {
        string prefix = "";
        while (true)
        {
            // mmcv's "backbone." stands beside "decode_head."; the others only count where every name has them.
            string? next = Wrappers.FirstOrDefault(wrapper => names.Any(name => Continues(name, prefix, wrapper))
                && (wrapper == "backbone." || names.All(name => Continues(name, prefix, wrapper))));
            if (next is null)
            {
                return prefix;
            }

            prefix += next;
        }
    }

    private static bool Continues(string name, string prefix, string next)
        => name.StartsWith(prefix, StringComparison.Ordinal) && name.AsSpan(prefix.Length).StartsWith(next, StringComparison.Ordinal);
}
