namespace GSS.Torch;

/// <summary>The image encoders to choose from.</summary>
public static class ImageEncoders
{
    /// <summary>ResNet-18 (He et al., CVPR 2016) in torchvision's layout: 11.2 M parameters, channels 64, 128, 256, 512. The choice for two CPU cores.</summary>
    /// <param name="weights">A weight file (<c>.safetensors</c>, or PyTorch's <c>.pth</c>) with torchvision's names (<c>conv1.weight</c>, <c>layer1.0.bn1.weight</c>, …; <c>fc.*</c> is ignored), or null to start from random weights.</param>
    public static ImageEncoder ResNet18(string? weights = null) => new ResNetEncoder("ResNet-18", 18, weights);

    /// <summary>ResNet-50 (He et al., CVPR 2016) in torchvision's layout, stride on the 3×3 convolution: 23.5 M parameters, channels 256, 512, 1024, 2048.</summary>
    /// <param name="weights">A weight file (<c>.safetensors</c>, or PyTorch's <c>.pth</c>) with torchvision's names (<c>fc.*</c> is ignored), or null to start from random weights.</param>
    public static ImageEncoder ResNet50(string? weights = null) => new ResNetEncoder("ResNet-50", 50, weights);
}

internal sealed class ResNetEncoder(string name, int depth, string? weights, int stemChannels = 64, int baseChannels = 64)
    : ImageEncoder(name, weights)
{
    internal override EncoderNetwork CreateNetwork() => new ResNet(depth, stemChannels, baseChannels);
}
