using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class WindowAttentionTests
{
    [TestMethod]
    [DataRow(2)]
    [DataRow(7)]
    [DataRow(12)]
    public void Relative_positions_are_those_of_the_reference(int window)
    {
        GoldenFile golden = GoldenFile.Open("c_swin_index_tables.safetensors");
        CollectionAssert.AreEqual(golden.Longs($"relative_position_index_w{window}"), WindowAttention.RelativePositions(window));
    }

    [TestMethod]
    [DataRow("shift_region_10x9_w7", 14, 14)]
    [DataRow("shift_region_14x21_w7", 14, 21)]
    [DataRow("shift_region_5x7_w7", 7, 7)]
    public void Regions_of_shifted_windows_are_those_of_the_reference_on_the_padded_size(string name, int height, int width)
    {
        GoldenFile golden = GoldenFile.Open("c_swin_index_tables.safetensors");
        CollectionAssert.AreEqual(golden.Longs(name), WindowAttention.Regions(height, width, window: 7, shift: 3));
    }

    [TestMethod]
    [DataRow(0, "wmsa.out")]
    [DataRow(1, "swmsa.out")]
    public void Attention_equals_the_reference(int block, string expected)
    {
        GoldenFile golden = GoldenFile.Open("c_swin_small.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var sequence = new SwinBlockSequence(24, heads: 2, depth: 2, window: 7, feedForwardChannels: 96);
        TorchTest.Fill(sequence.Blocks, golden, "w.stages.0.blocks.");
        Tensor map = TorchTest.Golden(golden, "swmsa.in").view(1, 9, 10, 24);
        Tensor actual = sequence.Blocks[block].Attention.call(map);
        TorchTest.AssertClose(TorchTest.Golden(golden, expected), actual.reshape(1, 90, 24), 2e-4, expected);
    }

    [TestMethod]
    public void State_names_are_those_of_the_reference_head()
    {
        GoldenFile golden = GoldenFile.Open("f_gss_head_ff.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using var sequence = new SwinBlockSequence(32, heads: 4, depth: 3, window: 7, feedForwardChannels: 64);
        TorchTest.Fill(sequence, golden, "w.transformer_block.");
        Assert.AreEqual(golden.Floats("w.transformer_block.blocks.2.attn.w_msa.qkv.bias")[5], sequence.state_dict()["blocks.2.attn.w_msa.qkv.bias"][5].item<float>());
    }

    [TestMethod]
    public void A_gradient_reaches_every_parameter_also_where_the_map_is_smaller_than_a_window()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var sequence = new SwinBlockSequence(8, heads: 2, depth: 2, window: 7, feedForwardChannels: 16);
        using var generator = new Generator(1, CPU);
        Tensor map = rand([2, 3, 9, 8], generator: generator);
        (sequence.call(map) * rand([2, 3, 9, 8], generator: generator)).sum().backward();
        foreach ((string name, var parameter) in sequence.named_parameters())
        {
            Assert.IsTrue(parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0, name);
        }
    }
}
