using TorchSharp;

namespace GSS.Torch;

/// <summary>The description of an image encoder I_ψ (a backbone with four levels at strides 4, 8, 16 and 32): which network, and where its first weights come from. Immutable; choose one from <see cref="ImageEncoders"/>.</summary>
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

/// <summary>A backbone: RGB normalised with ImageNet's mean and standard deviation, <c>[B, 3, H, W]</c>, to four feature maps <c>[B, Channels[i], ceil(H/s), ceil(W/s)]</c> with s = 4, 8, 16, 32.</summary>
internal abstract class EncoderNetwork(string name) : torch.nn.Module<torch.Tensor, torch.Tensor[]>(name)
{
    /// <summary>Channels of the four levels, finest first.</summary>
    public abstract IReadOnlyList<int> Channels { get; }

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
