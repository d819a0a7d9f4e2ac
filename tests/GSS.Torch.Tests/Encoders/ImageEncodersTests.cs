using GSS.Torch;

namespace GSS.Tests;

[TestClass]
public sealed class ImageEncodersTests
{
    [TestMethod]
    public void A_missing_weight_file_is_told_before_anything_is_trained()
    {
        string fault = new GenerativeOptions { Encoder = ImageEncoders.SwinTiny("nowhere/swin.pth") }.Faults().Single();
        StringAssert.Contains(fault, "nowhere/swin.pth");
        StringAssert.Contains(fault, "Swin-T");
    }

    [TestMethod]
    public void Weights_and_windows_that_cannot_be_are_refused()
    {
        Assert.ThrowsExactly<ArgumentNullException>(() => ImageEncoders.MobileNetV2FromTensorFlow(null!));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ImageEncoders.SwinLarge(window: 1));
    }
}
