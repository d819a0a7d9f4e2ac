using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Full-size networks on the meta device, which holds shapes and no numbers.</summary>
[TestClass]
[DoNotParallelize] // the default device is global
public sealed class ParameterCountTests
{
    private static IEnumerable<object[]> Encoders =>
    [
        // torchvision's counts less the classifier's 513,000 and 2,049,000.
        [ImageEncoders.ResNet18(), 11_176_512L],
        [ImageEncoders.ResNet50(), 23_508_032L],
        [ImageEncoders.ResNet101(), 42_500_160L],

        // The deep stem has 28,768 parameters and the plain one 9,536.
        [ImageEncoders.ResNet50V1cDilated(), 23_527_264L],
        [ImageEncoders.ResNet101V1cDilated(), 42_519_392L],

        // torchvision's 28,288,354, 49,606,258 and 87,768,224 less the classifier's 769,000, 769,000 and 1,025,000, plus the norms of the first three levels.
        [ImageEncoders.SwinTiny(), 27_520_698L],
        [ImageEncoders.SwinSmall(), 48_838_602L],
        [ImageEncoders.SwinBase(), 86_745_016L],
        [ImageEncoders.SwinLarge(), 195_201_204L],
        [ImageEncoders.HRNetW18(), 9_562_260L],
        [ImageEncoders.HRNetW48(), 65_325_120L],

        // torchvision's 3,504,872 less the classifier's 1,281,000.
        [ImageEncoders.MobileNetV2(), 2_223_872L],
    ];

    [TestMethod]
    [DynamicData(nameof(Encoders))]
    public void Full_networks_have_the_published_number_of_parameters(ImageEncoder encoder, long expected)
    {
        using DisposeScope scope = TorchTest.NewScope();
        Device before = get_default_device();
        set_default_device(META);
        try
        {
            using EncoderNetwork network = encoder.CreateNetwork();
            Assert.AreEqual(DeviceType.META, network.parameters().First().device_type);
            Assert.AreEqual(expected, network.parameters().Sum(p => p.numel()));
        }
        finally
        {
            set_default_device(before);
        }
    }
}
