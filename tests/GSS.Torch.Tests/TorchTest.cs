using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>What tests on tensors share: the native library, golden tensors, comparisons.</summary>
internal static class TorchTest
{
    /// <summary>Makes sure that libtorch is there and opens a scope for every tensor of the test.</summary>
    public static DisposeScope NewScope()
    {
        TorchNative.EnsureLoaded();
        return NewDisposeScope();
    }

    /// <summary>A golden tensor, F32 or I64.</summary>
    public static Tensor Golden(GoldenFile file, string name) => file.Type(name) == "I64"
        ? tensor(file.Longs(name)).reshape(file.Shape(name))
        : tensor(file.Floats(name)).reshape(file.Shape(name));

    /// <summary>Copies golden weights into every parameter and buffer, by the product's own reader; a name that is missing on either side fails the test.</summary>
    public static void Fill(nn.Module module, GoldenFile file, string prefix)
    {
        string[] own = [.. module.state_dict().Keys];
        string[] names = [.. file.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => n[prefix.Length..])];
        Assert.AreEqual("", string.Join(", ", names.Except(own)), "names that the module lacks");
        Assert.AreEqual("", string.Join(", ", own.Except(names)), "names that the file lacks");
        using WeightFile weights = WeightFile.Open(file.Path);
        WeightLoading.Load(module, weights, "the network of the golden file", new NamesUnder(prefix));
    }

    /// <summary>Fails unless the largest difference is within the tolerance, relative to the largest expected value.</summary>
    public static void AssertClose(Tensor expected, Tensor actual, double tolerance, string what)
    {
        CollectionAssert.AreEqual(expected.shape, actual.shape, what);
        double scale = Math.Max(1e-12, expected.abs().max().to(float64).item<double>());
        double difference = (expected.to(float64) - actual.to(float64)).abs().max().item<double>();
        Assert.IsTrue(difference <= tolerance * scale, $"{what}: largest difference {difference:g4}, allowed {tolerance * scale:g4}.");
    }

    /// <summary>Fails unless two tensors of whole numbers are the same.</summary>
    public static void AssertEqual(Tensor expected, Tensor actual, string what)
    {
        CollectionAssert.AreEqual(expected.shape, actual.shape, what);
        CollectionAssert.AreEqual(expected.contiguous().data<long>().ToArray(), actual.contiguous().data<long>().ToArray(), what);
    }
}
