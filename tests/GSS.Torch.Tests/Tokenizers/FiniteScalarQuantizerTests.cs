using GSS.Torch;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class FiniteScalarQuantizerTests
{
    [TestMethod]
    [DataRow(8, 5, 5, 5)]
    [DataRow(8, 6, 5)]
    [DataRow(4, 3)]
    public void EveryToken_ComesBackFromItsCode(params int[] levels)
    {
        TorchNative.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var quantizer = new FiniteScalarQuantizer(levels);
        Assert.AreEqual(levels.Aggregate(1, (product, count) => product * count), quantizer.VocabularySize);
        long[] all = [.. Enumerable.Range(0, quantizer.VocabularySize).Select(token => (long)token)];
        Tensor codes = quantizer.Lookup(tensor(all, [1, 1, all.Length]));
        CollectionAssert.AreEqual(all, quantizer.Tokens(codes).data<long>().ToArray());

        // A code that is rounded already stays what it is.
        Assert.AreEqual(0, (quantizer.Round(codes) - codes).abs().max().item<float>(), 1e-6);
    }

    [TestMethod]
    public void Bound_NumbersOfAnySize_ReachEveryLevelAndNoOther()
    {
        TorchNative.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var quantizer = new FiniteScalarQuantizer(8, 5);
        Tensor free = linspace(-50, 50, 20001).view(1, 1, 1, -1).expand(1, 2, 1, -1);
        Tensor reached = quantizer.Round(quantizer.Bound(free));
        float[] Levels(int channel) => [.. reached[0, channel].flatten().data<float>().ToArray().Distinct().Order()];
        CollectionAssert.AreEqual(new[] { -1f, -0.75f, -0.5f, -0.25f, 0f, 0.25f, 0.5f, 0.75f }, Levels(0));
        CollectionAssert.AreEqual(new[] { -1f, -0.5f, 0f, 0.5f, 1f }, Levels(1));
        Assert.AreEqual(0, quantizer.Bound(zeros(1, 2, 1, 1)).abs().max().item<float>(), 1e-6);
    }

    [TestMethod]
    public void Quantize_PassesGradientsStraightThrough()
    {
        TorchNative.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var quantizer = new FiniteScalarQuantizer(8, 6, 5);
        Tensor codes = (rand(2, 3, 4, 4) - 0.5).requires_grad_();
        Tensor weights = rand(2, 3, 4, 4);
        (new ScalarRounding(quantizer).Quantize(codes).Quantized * weights).sum().backward();
        Assert.AreEqual(0, (codes.grad! - weights).abs().max().item<float>());
    }
}
