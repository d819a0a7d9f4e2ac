using GSS.Torch;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests.Native;

[TestClass]
public sealed class TorchNativeTests
{
    [TestMethod]
    public void EnsureLoaded_ManyThreads_ConvolutionRuns()
    {
        Parallel.For(0, 8, _ => TorchNative.EnsureLoaded());

        using var scope = NewDisposeScope();
        Tensor image = arange(16, ScalarType.Float32).reshape(1, 1, 4, 4);
        Tensor sums = nn.functional.conv2d(image, ones(1, 1, 3, 3));

        CollectionAssert.AreEqual(new[] { 45f, 54f, 81f, 90f }, sums.data<float>().ToArray());
    }
}
