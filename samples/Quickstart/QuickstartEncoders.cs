using GSS.Torch;

namespace Quickstart;

/// <summary>The names behind <c>--encoder</c>, lightest first within a family.</summary>
internal static class QuickstartEncoders
{
    /// <summary>The encoder without <c>--encoder</c>.</summary>
    public const string Default = "resnet18";

    /// <summary>The one whose weights cannot be left out.</summary>
    public const string FromTensorFlow = "mobilenetv2-tf";

    /// <summary>What stands in place of a weight file where training is to start from random weights.</summary>
    public const string Random = "none";

    private static readonly Dictionary<string, Func<string?, ImageEncoder>> Known = new()
    {
        [Default] = weights => weights is null ? ImageEncoders.ResNet18ImageNet() : ImageEncoders.ResNet18(FileOf(weights)),
        ["resnet50"] = ImageEncoders.ResNet50,
        ["resnet101"] = ImageEncoders.ResNet101,
        ["resnet50-v1c"] = ImageEncoders.ResNet50V1cDilated,
        ["resnet101-v1c"] = ImageEncoders.ResNet101V1cDilated,
        ["swin-t"] = ImageEncoders.SwinTiny,
        ["swin-s"] = ImageEncoders.SwinSmall,
        ["swin-b"] = weights => ImageEncoders.SwinBase(weights),
        ["swin-l"] = weights => ImageEncoders.SwinLarge(weights),
        ["hrnet-w18"] = ImageEncoders.HRNetW18,
        ["hrnet-w48"] = ImageEncoders.HRNetW48,
        ["mobilenetv2"] = ImageEncoders.MobileNetV2,
        [FromTensorFlow] = weights => ImageEncoders.MobileNetV2FromTensorFlow(weights!),
    };

    /// <summary>All names, in the order of the help.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>The encoder of a name, with weights from a file. Without one <see cref="Default"/> has ImageNet weights out of Microsoft's package, and all others random ones, as have all for <see cref="Random"/>.</summary>
    public static ImageEncoder Choose(string name, string? weights) => Known[name](name == Default ? weights : FileOf(weights));

    private static string? FileOf(string? weights) => weights == Random ? null : weights;
}
