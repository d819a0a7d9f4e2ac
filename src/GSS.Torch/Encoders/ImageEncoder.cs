using TorchSharp;

namespace GSS.Torch;

/// <summary>The description of an image encoder I_ψ (a backbone with four levels of features, the finest at stride 4): which network, and where its first weights come from. Immutable; choose one from <see cref="ImageEncoders"/>.</summary>
public abstract class ImageEncoder
{
    private protected ImageEncoder(string name, string? weights)
    {
        Name = name;
        Weights = weights;
    }

    /// <summary>The network's usual name, such as <c>ResNet-18</c>.</summary>
    public string Name { get; }

    /// <summary>The file that the first weights are read from, safetensors or PyTorch's (<c>.pth</c>, <c>.pt</c>, <c>.pkl</c>), told apart by its contents; null when training starts from random weights.</summary>
    public string? Weights { get; }

    /// <summary>Makes the network with fresh weights, without reading <see cref="Weights"/>.</summary>
    internal abstract EncoderNetwork CreateNetwork();

    /// <inheritdoc/>
    public override string ToString() => Weights is null ? Name : $"{Name} ({Path.GetFileName(Weights)})";
}

/// <summary>
/// A backbone: RGB normalised by <see cref="InputMean"/> and <see cref="InputDeviation"/>, <c>[B, 3, H, W]</c>, to four feature maps
/// <c>[B, Channels[i], ceil(H/s), ceil(W/s)]</c> with s = 4, 8, 16, 32; s = 4, 8, 8, 8 where a ResNet is dilated.
/// </summary>
internal abstract class EncoderNetwork(string name) : torch.nn.Module<torch.Tensor, torch.Tensor[]>(name)
{
    /// <summary>Channels of the four levels, finest first.</summary>
    public abstract IReadOnlyList<int> Channels { get; }

    /// <summary>What is subtracted from red, green and blue in 0..255; ImageNet's mean, unless the published weights expect something else.</summary>
    public virtual IReadOnlyList<float> InputMean => [123.675f, 116.28f, 103.53f];

    /// <summary>What red, green and blue are divided by then; ImageNet's standard deviation, unless the published weights expect something else.</summary>
    public virtual IReadOnlyList<float> InputDeviation => [58.395f, 57.12f, 57.375f];

    /// <summary>Draws which samples skip which residual branches in the next training step (stochastic depth); networks without it draw nothing.</summary>
    /// <param name="random">Decides everything, so that a step can be repeated.</param>
    /// <param name="batch">Samples of the step.</param>
    public virtual void DrawSkippedPaths(Random random, int batch)
    {
    }

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
