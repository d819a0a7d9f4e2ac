using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class ResNetTests
{
    private const float Tolerance = 5e-4f;

    [TestMethod]
    [DataRow("d_resnet18_small.safetensors", 18, 8, false, "bn1")]
    [DataRow("d_resnet_plain_small.safetensors", 50, 4, false, "bn1")]
    [DataRow("d_resnetv1c_small.safetensors", 50, 4, true, "stem.1")]
    public void Levels_and_running_statistics_equal_the_reference(string fileName, int depth, int baseChannels, bool dilated, string firstNorm)
    {
        GoldenFile golden = GoldenFile.Open(fileName);
        using DisposeScope scope = TorchTest.NewScope();
        using var network = new ResNet(depth, stemChannels: 8, baseChannels, dilated ? ResNetForm.DilatedV1c : ResNetForm.Plain);
        using IDisposable noGradient = no_grad();
        GoldenEncoder.Load(network, fileName);
        Tensor x = TorchTest.Golden(golden, "x");

        network.eval();
        GoldenEncoder.AssertLevels(golden, "out", network, network.call(x), Tolerance);
        network.train();
        GoldenEncoder.AssertLevels(golden, "train.out", network, network.call(x), Tolerance);

        Dictionary<string, Tensor> state = network.state_dict();
        TorchTest.AssertClose(TorchTest.Golden(golden, "after_train.running_mean"), state[firstNorm + ".running_mean"], Tolerance, "running_mean");
        TorchTest.AssertClose(TorchTest.Golden(golden, "after_train.running_var"), state[firstNorm + ".running_var"], Tolerance, "running_var");
    }
}
