using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>What a file calls the tensors of a network, and what becomes of them on the way. The base class is for files with the network's own names.</summary>
internal class WeightNames
{
    /// <summary>Same names, same shapes.</summary>
    public static WeightNames Unchanged { get; } = new();

    /// <summary>The network's name for a tensor of the file, or null for one that the network need not have.</summary>
    public virtual string? Rename(string name) => name;

    /// <summary>Whether the network can do without a tensor of the file, given by the network's name.</summary>
    public virtual bool MayBeMissing(string name) => name.EndsWith("num_batches_tracked", StringComparison.Ordinal);

    /// <summary>Whether a tensor of that shape can be used.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="shape">The shape in the file.</param>
    /// <param name="target">The shape in the network.</param>
    public virtual bool Fits(string name, long[] shape, long[] target) => shape.SequenceEqual(target);

    /// <summary>The file's tensor in the order and shape of the network's.</summary>
    public virtual Tensor Convert(string name, Tensor value, long[] target) => value;
}

/// <summary>The names under a prefix, such as a checkpoint's <c>decode_head.</c>; all others belong to somebody else.</summary>
/// <param name="prefix">The prefix, its dot included.</param>
/// <param name="inner">What to do with the names behind the prefix.</param>
/// <param name="except">Parts behind the prefix that belong to somebody else too, their dots included.</param>
internal sealed class NamesUnder(string prefix, WeightNames? inner = null, params string[] except) : WeightNames
{
    private readonly WeightNames _inner = inner ?? Unchanged;

    /// <inheritdoc/>
    public override string? Rename(string name)
        => name.StartsWith(prefix, StringComparison.Ordinal) && name[prefix.Length..] is var rest && !except.Any(part => rest.StartsWith(part, StringComparison.Ordinal))
            ? _inner.Rename(rest) : null;

    /// <inheritdoc/>
    public override bool MayBeMissing(string name) => _inner.MayBeMissing(name);

    /// <inheritdoc/>
    public override bool Fits(string name, long[] shape, long[] target) => _inner.Fits(name, shape, target);

    /// <inheritdoc/>
    public override Tensor Convert(string name, Tensor value, long[] target) => _inner.Convert(name, value, target);
}

/// <summary>The network's own names, beside parts that it lacks, such as a classifier.</summary>
/// <param name="ignored">How the names of these parts begin.</param>
internal sealed class NamesWithout(params string[] ignored) : WeightNames
{
    /// <inheritdoc/>
    public override string? Rename(string name) => ignored.Any(part => name.StartsWith(part, StringComparison.Ordinal)) ? null : name;
}
