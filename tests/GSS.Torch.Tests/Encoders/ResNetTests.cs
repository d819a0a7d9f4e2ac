using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class ResNetTests
{
    private const float Tolerance = 5e-4f;

    [TestMethod]
    [DataRow("d_resnet18_small.safetensors", 18, 8)]
    [DataRow("d_resnet_plain_small.safetensors", 50, 4)]
    public void Levels_and_running_statistics_equal_the_reference(string fileName, int depth, int baseChannels)
    {
        GoldenFile golden = GoldenFile.Open(fileName);
        using DisposeScope scope = TorchTest.NewScope();
        using var network = new ResNet(depth, stemChannels: 8, baseChannels);
        using IDisposable noGradient = no_grad();
        TorchTest.Fill(network, golden, "w.");
        Tensor x = TorchTest.Golden(golden, "x");

        network.eval();
        Tensor[] levels = network.call(x);
        for (int i = 0; i < 4; i++)
        {
            TorchTest.AssertClose(TorchTest.Golden(golden, $"out{i}"), levels[i], Tolerance, $"out{i}");
            Assert.AreEqual(levels[i].shape[1], network.Channels[i]);
        }

        network.train();
        Tensor[] trainLevels = network.call(x);
        for (int i = 0; i < 4; i++)
        {
            TorchTest.AssertClose(TorchTest.Golden(golden, $"train.out{i}"), trainLevels[i], Tolerance, $"train.out{i}");
        }

        Dictionary<string, Tensor> state = network.state_dict();
        TorchTest.AssertClose(TorchTest.Golden(golden, "after_train.running_mean"), state["bn1.running_mean"], Tolerance, "running_mean");
        TorchTest.AssertClose(TorchTest.Golden(golden, "after_train.running_var"), state["bn1.running_var"], Tolerance, "running_var");
    }

    [TestMethod]
    [DataRow(18, 11_176_512L)]
    [DataRow(50, 23_508_032L)]
    public void Full_networks_have_the_published_number_of_parameters(int depth, long expected)
    {
        // torchvision: 11,689,512 and 25,557,032 with the classifier (513,000 and 2,049,000).
        using DisposeScope scope = TorchTest.NewScope();
        using var network = new ResNet(depth);
        Assert.AreEqual(expected, network.parameters().Sum(p => p.numel()));
    }
}
