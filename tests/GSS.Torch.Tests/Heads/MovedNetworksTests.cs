using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>
/// A network that moves gets new tensors for its buffers, and the old ones are disposed: what holds on to one of them fails on the first step on a GPU. Without a GPU,
/// moving to another type goes the same way, and PyTorch's device without memory shows where each tensor lies.
/// </summary>
[TestClass]
public sealed class MovedNetworksTests
{
    private static readonly Device s_elsewhere = new(DeviceType.META);

    private static readonly (string Name, Func<EncoderNetwork> Create)[] s_encoders =
    [
        ("ResNet", () => new ResNet(18, 4, 4)),
        ("MobileNetV2", () => new MobileNetV2(0.25)),
        ("Swin", () => new SwinTransformer(8, [2, 2, 1, 1], [2, 2, 2, 2], 4, dropPath: 0.2)),
        ("HRNet", () => HrNet.OfWidth(4)),
    ];

    private static IEnumerable<object[]> Networks => s_encoders.SelectMany(encoder => new[] { true, false }.Select(light => new object[] { encoder.Name, light }));

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void A_prior_computes_the_same_after_it_has_moved(string encoder, bool light)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        TokenHead head = light ? TokenHeads.Light() : new ReferenceTokenHead(new ReferenceHeadSize(8, 16, 24, Heads: 2, Depth: 2, Window: 4), auxiliaryOnFused: true);
        using var network = new LatentPriorNetwork(s_encoders.Single(choice => choice.Name == encoder).Create(), 20, 3, seed: 1, head);
        network.Head.TieTokens();
        network.eval();
        using var generator = new Generator(7, CPU);
        Tensor image = rand([2, 3, 70, 66], generator: generator) * 255, before = network.call(image);
        network.to(ScalarType.Float64);
        Tensor after = network.call(image.to(ScalarType.Float64));
        Assert.AreEqual(ScalarType.Float64, after.dtype);
        Assert.IsLessThan(1e-3f * Math.Max(1, before.abs().max().item<float>()), (after.to(ScalarType.Float32) - before).abs().max().item<float>());

        network.to(s_elsewhere);
        foreach ((string name, Tensor value) in network.state_dict())
        {
            Assert.AreEqual(DeviceType.META, value.device_type, name);
        }

        Assert.AreEqual(DeviceType.META, network.Mean.device_type);
        Assert.AreEqual(DeviceType.META, network.StandardDeviation.device_type);
        Assert.AreEqual(DeviceType.META, network.Head.ClassShares!.device_type);
    }

    [TestMethod]
    public void Tokenizers_and_inverses_move_whole()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TokenizerNetwork compact = Tokenizers.Compact().CreateNetwork();
        compact.To(s_elsewhere);
        Assert.AreEqual(DeviceType.META, compact.Codes.device_type);
        using var dalle = new DalleDVae(new DalleSize(16, 24, 64), 4);
        dalle.To(s_elsewhere);
        Assert.AreEqual(DeviceType.META, dalle.Codes.device_type);
    }
}
