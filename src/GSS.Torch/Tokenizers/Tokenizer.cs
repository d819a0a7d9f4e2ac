namespace GSS.Torch;

/// <summary>Which tokenizer (VQVAE) stands between label maps and latent tokens: a description, made by <see cref="Tokenizers"/>; the network itself is built when training begins.</summary>
public abstract class Tokenizer : IHasIdentity
{
    private protected Tokenizer()
    {
    }

    /// <summary>The tokenizer's name, kept in saved models.</summary>
    public abstract string Name { get; }

    /// <summary>Pixels a token stands for in each direction.</summary>
    public abstract int Stride { get; }

    /// <summary>How many different tokens there are.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Builds the network with its weights, frozen and on the CPU.</summary>
    public abstract TokenizerNetwork CreateNetwork();

    /// <summary>What can be told to be wrong without reading weights, each as a sentence for the options' list of faults.</summary>
    internal virtual IEnumerable<string> Faults() => [];

    string IHasIdentity.Identity => string.Join(" ", WeightFiles().Select(FileContent.Identity).Prepend(Name));

    /// <summary>The files that its weights are read from.</summary>
    internal virtual IEnumerable<string> WeightFiles() => [];

    /// <inheritdoc/>
    public override string ToString() => Name;
}
