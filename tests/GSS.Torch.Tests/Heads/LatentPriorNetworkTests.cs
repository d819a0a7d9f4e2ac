using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class LatentPriorNetworkTests
{
    [TestMethod]
    [DataRow(64, 64, 4)]
    [DataRow(37, 61, 4)]
    [DataRow(1, 5, 4)]
    [DataRow(90, 33, 8)]
    [DataRow(1, 13, 8)]
    public void Logits_are_at_the_stride_of_the_tokens_for_any_size_rounded_up(int height, int width, int stride)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using LatentPriorNetwork network = Small(stride: stride);
        network.eval();
        using IDisposable noGradient = no_grad();
        (Tensor logits, Tensor? auxiliary) = network.ForwardWithAuxiliary(zeros(2, 3, height, width), null);
        long[] expected = [2, 7, (height + stride - 1) / stride, (width + stride - 1) / stride];
        CollectionAssert.AreEqual(expected, logits.shape);
        expected[1] = 4;
        CollectionAssert.AreEqual(expected, auxiliary!.shape);
    }

    [TestMethod]
    [DoNotParallelize] // another test making a network would draw from the global generator meanwhile
    public void The_seed_alone_decides_the_first_weights_and_the_global_generator_is_left_alone()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using LatentPriorNetwork first = Small(seed: 5), second = Small(seed: 5), other = Small(seed: 6);
        foreach ((string name, Tensor value) in first.state_dict())
        {
            Assert.IsTrue(value.equal(second.state_dict()[name]).all().item<bool>(), name);
        }

        Assert.IsFalse(first.Classifier.weight.equal(other.Classifier.weight).all().item<bool>());
        using Tensor before = random.get_rng_state();
        Small(seed: 7).Dispose();
        using Tensor after = random.get_rng_state();
        Assert.IsTrue(before.equal(after).all().item<bool>());
    }

    [TestMethod]
    public void Normalisation_is_inside()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using LatentPriorNetwork network = Small();
        CollectionAssert.Contains(network.state_dict().Keys.ToList(), "mean");
        CollectionAssert.Contains(network.state_dict().Keys.ToList(), "standard_deviation");
        Assert.IsFalse(network.state_dict().Keys.Any(name => name.Contains('<')), "a field was registered under its own name");
        Assert.AreEqual(123.675f, network.Mean[0, 0, 0, 0].item<float>(), 1e-4f);
        Assert.AreEqual(57.375f, network.StandardDeviation[0, 2, 0, 0].item<float>(), 1e-4f);
    }

    private static LatentPriorNetwork Small(long seed = 1, int stride = 4) => new(new ResNet(18, 8, 8), outputChannels: 7, auxiliaryChannels: 4, seed, tokenStride: stride);
}
