using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class SwinTransformerTests
{
    private const string GoldenName = "c_swin_small.safetensors";

    [TestMethod]
    [DataRow("x", "out")]
    [DataRow("x_small", "small.out")]
    public void Levels_equal_the_reference_at_sizes_that_need_padding_everywhere(string input, string output)
    {
        GoldenFile golden = GoldenFile.Open(GoldenName);
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using SwinTransformer network = Small();
        GoldenEncoder.Load(network, GoldenName);
        network.eval();
        GoldenEncoder.AssertLevels(golden, output, network, network.call(TorchTest.Golden(golden, input)), 2e-4);
    }

    [TestMethod]
    public void Merging_equals_the_reference()
    {
        GoldenFile golden = GoldenFile.Open(GoldenName);
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using SwinTransformer network = Small();
        GoldenEncoder.Load(network, GoldenName);
        Tensor merged = network.Stages[0].Merging!.call(TorchTest.Golden(golden, "swmsa.in").view(1, 9, 10, 24));
        TorchTest.AssertClose(TorchTest.Golden(golden, "merge.out"), merged.reshape(1, 25, 48), 2e-4, "merge.out");
    }

    [TestMethod]
    public void Skipped_paths_follow_from_the_draw_and_only_in_training()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using SwinTransformer network = Small();
        using var generator = new Generator(1, CPU);
        Tensor image = randn([4, 3, 32, 32], generator: generator);
        network.eval();
        Tensor whole = network.call(image)[^1];
        network.DrawSkippedPaths(new Random(1), 4);
        Assert.IsTrue(whole.Equals(network.call(image)[^1]), "evaluation must not skip anything");

        network.train();
        Tensor first = network.call(image)[^1];
        network.DrawSkippedPaths(new Random(2), 4);
        Tensor other = network.call(image)[^1];
        network.DrawSkippedPaths(new Random(1), 4);
        Assert.IsTrue(first.Equals(network.call(image)[^1]), "the same draw must give the same step");
        Assert.IsFalse(first.Equals(other), "another draw must give another step");
        Assert.IsFalse(first.Equals(whole), "a draw must skip something");

        // Kept branches are raised so that the expectation stays; the first block never skips.
        SwinBlock[] blocks = [.. network.Stages.SelectMany(stage => stage.Blocks)];
        Assert.IsNull(blocks[0].PathFactors);
        network.DrawSkippedPaths(new Random(3), 10_000);
        Assert.AreEqual(1, blocks[^1].PathFactors!.Value.Attention.Average(), 0.03);
        Assert.AreEqual(0.3, blocks[^1].PathFactors!.Value.FeedForward.Count(factor => factor == 0) / 10_000.0, 0.02);
    }

    private static SwinTransformer Small() => new(24, [2, 2, 2], [2, 4, 8], window: 7, dropPath: 0.3);
}
