using GSS.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class EncoderExportTests
{
    private static readonly (long Batch, long Height, long Width)[] s_sizes = [(1, 31, 57), (3, 31, 57), (1, 1, 1), (2, 5, 90), (2, 64, 64), (1, 97, 33)];

    [TestMethod]
    [DataRow("resnet18")]
    [DataRow("resnet101")]
    [DataRow("resnet50 dilated")]
    [DataRow("swin")]
    [DataRow("swin window 4")]
    [DataRow("hrnet")]
    [DataRow("mobilenet")]
    [DataRow("mobilenet tensorflow")]
    public void Levels_are_those_of_the_network_at_any_batch_and_size(string name)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var generator = new Generator(3, CPU);
        using EncoderNetwork network = Trained(name, generator);
        using var model = new OnnxRun(EncoderExport.ToBytes(network));
        foreach ((long batch, long height, long width) in s_sizes)
        {
            using DisposeScope one = NewDisposeScope();
            Tensor image = randn([batch, 3, height, width], generator: generator);
            Tensor[] levels = network.call(image);
            Assert.AreEqual(4, levels.Length);
            for (int i = 0; i < 4; i++)
            {
                Tensor actual = model.FloatsToFloats("image", image, $"level{i}");
                CollectionAssert.AreEqual(levels[i].shape, actual.shape);
                Assert.AreEqual(network.Channels[i], levels[i].shape[1]);
                double scale = levels[i].abs().max().item<float>();
                Assert.IsTrue(scale is > 0.05 and < 100, $"level {i} up to {scale} shows nothing");
                double difference = (levels[i] - actual).abs().max().item<float>();
                Assert.IsTrue(difference <= 1e-4, $"[{batch}, 3, {height}, {width}]: level {i} differs by {difference:g3}.");
            }
        }
    }

    [TestMethod]
    [DataRow("swin")]
    [DataRow("hrnet")]
    [DataRow("resnet50 dilated")]
    [DataRow("mobilenet tensorflow")]
    public void Logits_of_the_whole_prior_are_those_of_the_network(string name)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var generator = new Generator(4, CPU);
        using var network = new LatentPriorNetwork(Make(name), outputChannels: 19, auxiliaryChannels: 4, seed: 1);
        network.Classifier.weight!.normal_(0, 0.2, generator);
        network.eval();
        using var model = new OnnxRun(PriorExport.LogitsToBytes(network));
        foreach ((long batch, long height, long width) in s_sizes)
        {
            Tensor image = rand([batch, 3, height, width], generator: generator) * 255;
            Tensor expected = network.call(image), actual = model.FloatsToFloats("image", image, "logits");
            CollectionAssert.AreEqual(new[] { batch, 19, (height + 3) / 4, (width + 3) / 4 }, expected.shape);
            CollectionAssert.AreEqual(expected.shape, actual.shape);
            double difference = (expected - actual).abs().max().item<float>();
            Assert.IsTrue(difference <= 1e-4, $"[{batch}, 3, {height}, {width}]: the logits differ by {difference:g3}.");
        }
    }

    private static EncoderNetwork Make(string name) => name switch
    {
        "resnet18" => new ResNet(18, 8, 8),
        "resnet101" => new ResNet(101, 8, 4),
        "resnet50 dilated" => new ResNet(50, 8, 4, ResNetForm.DilatedV1c),
        "swin" => new SwinTransformer(12, [2, 2, 2, 2], [1, 2, 4, 4], window: 7, dropPath: 0.3),
        "swin window 4" => new SwinTransformer(8, [1, 2, 3, 1], [2, 2, 2, 2], window: 4),
        "hrnet" => HrNetTests.Small(),
        "mobilenet" => new MobileNetV2(0.25),
        "mobilenet tensorflow" => new MobileNetV2(0.25, tensorFlow: true),
        _ => throw new ArgumentException(name, nameof(name)),
    };

    /// <summary>Weights as after training: no normalisation is the identity, no bias zero, position tables large enough to count.</summary>
    private static EncoderNetwork Trained(string name, Generator generator)
    {
        EncoderNetwork network = Make(name);
        foreach (nn.Module module in network.modules())
        {
            switch (module)
            {
                case BatchNorm2d norm:
                    norm.weight!.uniform_(0.4, 0.9, generator);
                    norm.bias!.normal_(0, 0.2, generator);
                    norm.running_mean!.normal_(0, 0.3, generator);
                    norm.running_var!.uniform_(0.5, 2, generator);
                    break;
                case LayerNorm norm:
                    norm.weight!.uniform_(0.5, 1, generator);
                    norm.bias!.normal_(0, 0.2, generator);
                    break;
                case WindowAttention attention:
                    attention.BiasTable.normal_(0, 1, generator);
                    break;
            }
        }

        network.eval();
        return network;
    }
}
