using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class HrNetTests
{
    [TestMethod]
    public void Levels_equal_the_reference_also_where_branches_do_not_divide()
    {
        const string name = "e_hrnet_small.safetensors";
        GoldenFile golden = GoldenFile.Open(name);
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using HrNet network = Small();
        GoldenEncoder.Load(network, name);
        network.eval();
        GoldenEncoder.AssertLevels(golden, "out", network, network.call(TorchTest.Golden(golden, "x")), 5e-4);
    }

    /// <summary>The network of the golden file.</summary>
    internal static HrNet Small() => new(new HrNetStage(1, [2], [8]), new HrNetStage(1, [2, 2], [6, 12]), new HrNetStage(2, [1, 1, 1], [6, 12, 24]), new HrNetStage(1, [1, 1, 1, 1], [6, 12, 24, 48]));
}
