using System.Runtime.InteropServices;
using GSS.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Tests.Native;

[TestClass]
public class OneDnnTests
{
    [TestMethod]
    [DataRow("AuthenticAMD", 0x80000021, 0x0000_4121, true, DisplayName = "AMD, a first cache of data")]
    [DataRow("AuthenticAMD", 0x80000021, 0, false, DisplayName = "AMD, the caches hidden")]
    [DataRow("AuthenticAMD", 0x8000001A, 0x0000_4121, false, DisplayName = "AMD, without that leaf")]
    [DataRow("GenuineIntel", 0x80000008, 0, true, DisplayName = "Intel")]
    public void CanBeTrusted_AsksAmdProcessorsForTheirCaches(string vendor, long highest, int cache, bool expected) =>
        Assert.AreEqual(expected, OneDnn.CanBeTrusted((leaf, subleaf) => (leaf, subleaf) switch
        {
            (0, 0) => (13, Letters(vendor, 0), Letters(vendor, 8), Letters(vendor, 4)),
            (unchecked((int)0x80000000), 0) => (unchecked((int)highest), 0, 0, 0),
            (unchecked((int)0x8000001D), 0) => (cache, 0, 0, 0),
            _ => (0, 0, 0, 0),
        }));

    [TestMethod]
    public void Libtorch_UsesItWhereItCanBeTrustedAlone()
    {
        TorchNative.EnsureLoaded();
        string path = new LibtorchLoader(NativeFolders.OfApplication(typeof(torch).Assembly.Location), Environment.GetEnvironmentVariable(LibtorchLoader.Variable)).LibtorchFolder();
        nint libtorch = NativeLibrary.Load(Path.Combine(path, NativeFolders.FileName("torch_cpu")));

        Assert.AreEqual(OneDnn.CanBeTrusted(), OneDnn.IsEnabled(libtorch));
    }

    [TestMethod]
    public void Convolutions_AreWhatTheyAreIn64Bits_GradientsToo()
    {
        using DisposeScope outer = TorchTest.NewScope();
        var random = new Random(1);
        int[] channels = [3, 5, 11, 16, 21, 32, 48, 64, 112, 140];
        for (int i = 0; i < 60; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            (int input, int output) = (channels[random.Next(channels.Length)], channels[random.Next(channels.Length)]);
            (int kernel, int stride) = (new[] { 1, 3, 3, 7 }[random.Next(4)], random.Next(1, 3));
            (long batch, long height, long width) = (random.Next(1, 6), random.Next(7, 48), random.Next(7, 48));
            using Conv2d convolution = nn.Conv2d(input, output, kernel, stride: stride, padding: kernel / 2, bias: random.Next(2) == 0);
            Tensor image = (random.Next(2) == 0 ? randn(batch, height, width, input).permute(0, 3, 1, 2) : randn(batch, input, height, width)).detach().requires_grad_(true);
            Tensor found = convolution.CallPointwise(image), pull = randn_like(found);
            (found * pull).sum().backward();

            Tensor exactImage = image.detach().to(ScalarType.Float64).contiguous().requires_grad_(true);
            Tensor exactWeight = convolution.weight!.detach().to(ScalarType.Float64).requires_grad_(true);
            Tensor exact = nn.functional.conv2d(exactImage, exactWeight, convolution.bias?.detach().to(ScalarType.Float64), [stride, stride], [kernel / 2, kernel / 2]);
            (exact * pull.to(ScalarType.Float64)).sum().backward();

            string name = $"{kernel}x{kernel}, stride {stride}, [{batch}, {input}, {height}, {width}] to {output} channels";
            AssertNear(exact, found, name);
            AssertNear(exactImage.grad!, image.grad!, name + ", gradient of the image");
            AssertNear(exactWeight.grad!, convolution.weight.grad!, name + ", gradient of the weights");
        }
    }

    private static void AssertNear(Tensor exact, Tensor found, string name)
    {
        double difference = ((found.detach().to(ScalarType.Float64) - exact.detach()).abs().max() / exact.detach().abs().max()).ToDouble();
        Assert.IsLessThan(1e-5, difference, name);
    }

    private static int Letters(string vendor, int first) => BitConverter.ToInt32([.. vendor.Substring(first, 4).Select(letter => (byte)letter)]);
}
