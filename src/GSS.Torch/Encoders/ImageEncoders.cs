namespace GSS.Torch;

/// <summary>
/// The image encoders to choose from. Weights are read from files that the user names (<c>.safetensors</c>, PyTorch's <c>.pth</c>, or ONNX), never fetched; without a file training starts from random weights.
/// All take images of any size. Sizes are parameters without a classifier, channels those of the four levels, finest first.
/// </summary>
public static class ImageEncoders
{
    /// <summary>ResNet-18 (He et al., CVPR 2016): 11.2 M parameters, channels 64, 128, 256, 512 at strides 4, 8, 16, 32. The choice for two CPU cores.</summary>
    /// <param name="weights">A weight file of torchvision's or timm's <c>resnet18</c> (a classifier in it is ignored), or null to start from random weights.</param>
    public static ImageEncoder ResNet18(string? weights = null) => new ResNetEncoder("ResNet-18", 18, weights);

    /// <summary>
    /// ResNet-18 with ImageNet weights out of Microsoft's package <c>Microsoft.ML.DnnImageFeaturizer.ResNet18</c> (MIT licence): 15.9 M parameters, since its last stage has
    /// three blocks; channels 64, 128, 256, 512 at strides 4, 8, 16, 32. Nothing is downloaded when it trains: <c>dotnet add package Microsoft.ML.DnnImageFeaturizer.ResNet18</c>
    /// puts the file into the application's folder.
    /// </summary>
    /// <param name="file">The package's <c>ResNet18.onnx</c>; null takes it from the application's folder, <c>DnnImageModels/ResNet18Onnx</c>, or, in a notebook, from the package.</param>
    /// <exception cref="WeightFileException">The file is not there.</exception>
    public static ImageEncoder ResNet18ImageNet(string? file = null)
    {
        file ??= FeaturizerFile.Find();
        return File.Exists(file) ? new ResNetEncoder("ResNet-18 ImageNet", 18, file, form: ResNetForm.Featurizer)
            : throw new WeightFileException($"The ImageNet weights '{file}' do not exist: add their package to the application with 'dotnet add package Microsoft.ML.DnnImageFeaturizer.ResNet18', or name its ResNet18.onnx.");
    }

    /// <summary>ResNet-50 (He et al., CVPR 2016), stride on the 3×3 convolution: 23.5 M parameters, channels 256, 512, 1024, 2048 at strides 4, 8, 16, 32.</summary>
    /// <param name="weights">A weight file of torchvision's or timm's <c>resnet50</c> (a classifier in it is ignored), or null to start from random weights.</param>
    public static ImageEncoder ResNet50(string? weights = null) => new ResNetEncoder("ResNet-50", 50, weights);

    /// <summary>ResNet-101 (He et al., CVPR 2016), stride on the 3×3 convolution: 42.5 M parameters, channels 256, 512, 1024, 2048 at strides 4, 8, 16, 32.</summary>
    /// <param name="weights">A weight file of torchvision's or timm's <c>resnet101</c> (a classifier in it is ignored), or null to start from random weights.</param>
    public static ImageEncoder ResNet101(string? weights = null) => new ResNetEncoder("ResNet-101", 101, weights);

    /// <summary>ResNet-50 with a stem of three 3×3 convolutions and dilated stages: 23.5 M parameters, channels 256, 512, 1024, 2048 at strides 4, 8, 8, 8. About four times the work of <see cref="ResNet50"/>.</summary>
    /// <param name="weights">A weight file of open-mmlab's <c>resnet50_v1c</c> or of a segmentation model with it, or null to start from random weights.</param>
    public static ImageEncoder ResNet50V1cDilated(string? weights = null) => new ResNetEncoder("ResNet-50 V1c dilated", 50, weights, form: ResNetForm.DilatedV1c);

    /// <summary>ResNet-101 with a stem of three 3×3 convolutions and dilated stages, the paper's encoder for Cityscapes: 42.5 M parameters, channels 256, 512, 1024, 2048 at strides 4, 8, 8, 8. About four times the work of <see cref="ResNet101"/>.</summary>
    /// <param name="weights">A weight file of open-mmlab's <c>resnet101_v1c</c>, of a segmentation model with it or of a released GSS model, or null to start from random weights.</param>
    public static ImageEncoder ResNet101V1cDilated(string? weights = null) => new ResNetEncoder("ResNet-101 V1c dilated", 101, weights, form: ResNetForm.DilatedV1c);

    /// <summary>Swin-T (Liu et al., ICCV 2021), window 7: 27.5 M parameters, channels 96, 192, 384, 768 at strides 4, 8, 16, 32.</summary>
    /// <param name="weights">A weight file of <c>swin_tiny_patch4_window7</c> (Microsoft's, timm's, torchvision's or mmseg's names), or null to start from random weights.</param>
    public static ImageEncoder SwinTiny(string? weights = null) => Swin("Swin-T", weights, 96, [2, 2, 6, 2], [3, 6, 12, 24], 7, dropPath: 0.2);

    /// <summary>Swin-S (Liu et al., ICCV 2021), window 7: 48.8 M parameters, channels 96, 192, 384, 768 at strides 4, 8, 16, 32.</summary>
    /// <param name="weights">A weight file of <c>swin_small_patch4_window7</c> (Microsoft's, timm's, torchvision's or mmseg's names), or null to start from random weights.</param>
    public static ImageEncoder SwinSmall(string? weights = null) => Swin("Swin-S", weights, 96, [2, 2, 18, 2], [3, 6, 12, 24], 7, dropPath: 0.3);

    /// <summary>Swin-B (Liu et al., ICCV 2021): 86.7 M parameters, channels 128, 256, 512, 1024 at strides 4, 8, 16, 32.</summary>
    /// <param name="weights">A weight file of <c>swin_base_patch4</c> (Microsoft's, timm's, torchvision's or mmseg's names), or null to start from random weights.</param>
    /// <param name="window">Side of a window in tokens: 7 for weights trained at 224 pixels, 12 for those at 384.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="window"/> is less than 2.</exception>
    public static ImageEncoder SwinBase(string? weights = null, int window = 7) => Swin("Swin-B", weights, 128, [2, 2, 18, 2], [4, 8, 16, 32], window, dropPath: 0.3);

    /// <summary>Swin-L (Liu et al., ICCV 2021), the paper's strongest encoder: 195 M parameters, channels 192, 384, 768, 1536 at strides 4, 8, 16, 32.</summary>
    /// <param name="weights">A weight file of <c>swin_large_patch4</c> (Microsoft's, timm's or mmseg's names) or of a released GSS model, or null to start from random weights.</param>
    /// <param name="window">Side of a window in tokens: 7 for weights trained at 224 pixels, 12 for those at 384 (the paper's).</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="window"/> is less than 2.</exception>
    public static ImageEncoder SwinLarge(string? weights = null, int window = 12) => Swin("Swin-L", weights, 192, [2, 2, 18, 2], [6, 12, 24, 48], window, dropPath: 0.3);

    /// <summary>HRNet-W18 (Wang et al., PAMI 2020): 9.6 M parameters, channels 18, 36, 72, 144 at strides 4, 8, 16, 32.</summary>
    /// <param name="weights">A weight file of open-mmlab's <c>hrnetv2_w18</c> or timm's <c>hrnet_w18</c>, or null to start from random weights.</param>
    public static ImageEncoder HRNetW18(string? weights = null) => new NetworkEncoder("HRNet-W18", weights, () => HrNet.OfWidth(18));

    /// <summary>HRNet-W48 (Wang et al., PAMI 2020), the paper's encoder for MSeg: 65.3 M parameters, channels 48, 96, 192, 384 at strides 4, 8, 16, 32.</summary>
    /// <param name="weights">A weight file of open-mmlab's <c>hrnetv2_w48</c>, timm's <c>hrnet_w48</c> or a released GSS model, or null to start from random weights.</param>
    public static ImageEncoder HRNetW48(string? weights = null) => new NetworkEncoder("HRNet-W48", weights, () => HrNet.OfWidth(48));

    /// <summary>MobileNetV2 (Sandler et al., CVPR 2018): 2.2 M parameters, channels 24, 32, 96, 1280 at strides 4, 8, 16, 32. The lightest one.</summary>
    /// <param name="weights">A weight file of torchvision's <c>mobilenet_v2</c> (a classifier in it is ignored), or null to start from random weights.</param>
    public static ImageEncoder MobileNetV2(string? weights = null) => new NetworkEncoder("MobileNetV2", weights, () => new MobileNetV2());

    /// <summary>
    /// MobileNetV2 with weights that were trained in TensorFlow and renamed to torchvision's layout. It pads as TensorFlow does where it halves the size, takes pixels as
    /// x/127.5 - 1 inside, and its batch normalisations stand still in training, since such files have them folded into the convolutions.
    /// </summary>
    /// <param name="weights">The weight file, in torchvision's names.</param>
    /// <exception cref="ArgumentNullException"><paramref name="weights"/> is null: training from random weights wants <see cref="MobileNetV2"/>.</exception>
    public static ImageEncoder MobileNetV2FromTensorFlow(string weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return new NetworkEncoder("MobileNetV2 (TensorFlow)", weights, () => new MobileNetV2(tensorFlow: true));
    }

    private static NetworkEncoder Swin(string name, string? weights, int channels, int[] depths, int[] heads, int window, double dropPath)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 2);
        return new NetworkEncoder($"{name} window {window}", weights, () => new SwinTransformer(channels, depths, heads, window, dropPath));
    }
}
