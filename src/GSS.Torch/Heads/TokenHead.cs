namespace GSS.Torch;

/// <summary>The description of a token head: what stands between the encoder's four levels and the logits of the latent tokens. Immutable; choose one from <see cref="TokenHeads"/>.</summary>
public abstract class TokenHead
{
    private protected TokenHead(string name) => Name = name;

    /// <summary>The head's name, such as <c>light</c>.</summary>
    public string Name { get; }

    /// <summary>Makes the network; its first weights are drawn later, by <see cref="WeightInitialization"/>.</summary>
    /// <param name="inputs">The encoder's channels, finest level first, and the level whose grid the tokens have.</param>
    /// <param name="outputChannels">V, the vocabulary; K for a per-pixel head.</param>
    /// <param name="auxiliaryChannels">K, or 0 for a network without auxiliary head.</param>
    internal abstract TokenHeadNetwork CreateNetwork(TokenHeadInputs inputs, int outputChannels, int auxiliaryChannels);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>The token heads to choose from.</summary>
public static class TokenHeads
{
    /// <summary>The default: the reference's aggregation of the four levels at a third of its width, refined by a 3×3 convolution. The whole network then costs about 1.6 times a bare ResNet-18.</summary>
    public static TokenHead Light() => Light(multiLevel: true);

    /// <summary>The light head, with or without aggregation of the encoder's levels (MLA): what the paper's Table 3 takes away.</summary>
    /// <param name="multiLevel">False reads the encoder's last level alone, at a 32nd of the photograph's size as a rule.</param>
    public static TokenHead Light(bool multiLevel) => new LightTokenHead(multiLevel);

    /// <summary>
    /// The head of the paper as the reference has it: four levels of 384 channels, fused to 512, Swin blocks with windows of 7×7 tokens and 16 heads, 2048 channels before
    /// the classifier. 26 to 35 M parameters.
    /// </summary>
    /// <param name="depth">Swin blocks, at least 1. The reference has 6 with ResNet-101 and HRNet, 2 with Swin-L.</param>
    /// <param name="auxiliaryOnFused">Where the auxiliary head, which training alone uses, reads: false for a branch of its own (reference: Cityscapes, ADE20K), true for the fused feature (reference: MSeg).</param>
    /// <exception cref="ArgumentOutOfRangeException">The depth is below 1.</exception>
    public static TokenHead Reference(int depth = 6, bool auxiliaryOnFused = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        return new ReferenceTokenHead(new ReferenceHeadSize(Depth: depth), auxiliaryOnFused);
    }
}

/// <summary>What a token head is built on.</summary>
/// <param name="Channels">Channels of the encoder's levels, finest first.</param>
/// <param name="TokenLevel">The level whose grid the tokens have: 0 for tokens of stride 4, 1 for stride 8.</param>
internal sealed record TokenHeadInputs(IReadOnlyList<int> Channels, int TokenLevel);
