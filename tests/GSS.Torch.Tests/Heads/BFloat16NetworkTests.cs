using GSS.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Every network trains in bfloat16: no convolution and no linear layer is left out, and nothing that is learned changes its type.</summary>
[TestClass]
public sealed class BFloat16NetworkTests
{
    private static readonly (string Name, Func<EncoderNetwork> Create)[] s_encoders =
    [
        ("ResNet", () => new ResNet(18, 4, 4)),
        ("ResNet, V1c", () => new ResNet(50, 4, 4, ResNetForm.DilatedV1c)),
        ("MobileNetV2", () => new MobileNetV2(0.25)),
        ("Swin", () => new SwinTransformer(8, [2, 2, 1, 1], [2, 2, 2, 2], 4, dropPath: 0.2)),
        ("HRNet", () => HrNet.OfWidth(4)),
    ];

    private static IEnumerable<object[]> Networks => s_encoders.SelectMany(encoder => new[] { true, false }.Select(light => new object[] { encoder.Name, light }));

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void All_layers_compute_in_bfloat16_and_all_that_is_learned_stays_in_32_bits(string encoder, bool light)
    {
        using DisposeScope scope = TorchTest.NewScope();
        TokenHead head = light ? TokenHeads.Light() : new ReferenceTokenHead(new ReferenceHeadSize(8, 16, 24, Heads: 2, Depth: 2, Window: 4), auxiliaryOnFused: false);
        using var network = new LatentPriorNetwork(s_encoders.Single(choice => choice.Name == encoder).Create(), 20, 3, seed: 1, head);
        using var generator = new Generator(2, CPU);
        Tensor image = rand([2, 3, 70, 66], generator: generator) * 255;
        int called = 0, pointwise = 0, layers = 0;
        foreach (nn.Module module in network.modules())
        {
            if (module is Conv2d or Linear)
            {
                // In 32 bits a 1×1 convolution may be computed as a product, without a call of the layer.
                bool isPointwise = module is Conv2d { kernel_size: [1, ..] };
                layers += isPointwise ? 0 : 1;
                ((nn.Module<Tensor, Tensor>)module).register_forward_pre_hook((_, input) =>
                {
                    (called, pointwise) = isPointwise ? (called, pointwise + 1) : (called + 1, pointwise);
                    return input;
                });
            }
        }

        (Tensor Logits, Tensor? Auxiliary) Run(bool reduced)
        {
            network.train();
            network.Encoder.DrawSkippedPaths(TorchRandomness.At(5), 2);
            using IDisposable? layers = reduced ? BFloat16Layers.Begin() : null;
            return network.ForwardWithAuxiliary(image, null);
        }

        (Tensor exact, _) = Run(reduced: false);
        Assert.AreEqual(layers, called, "layers in 32 bits");
        called = pointwise = 0;
        (Tensor logits, Tensor? auxiliary) = Run(reduced: true);
        Assert.AreEqual(0, called + pointwise, "layers left in 32 bits");
        Assert.AreEqual((ScalarType.BFloat16, ScalarType.BFloat16), (logits.dtype, auxiliary!.dtype));

        (logits.to(float32).square().sum() + auxiliary.to(float32).square().sum()).backward();
        foreach ((string name, Tensor value) in network.state_dict())
        {
            Assert.AreEqual(value.is_floating_point() ? ScalarType.Float32 : ScalarType.Int64, value.dtype, name);
        }

        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            Assert.AreEqual(ScalarType.Float32, parameter.grad?.dtype, name);
        }

        // What rounding the weights alone does to the network in 32 bits tells how much it makes of a rounding; inputs and results of layers are rounded as well.
        using (no_grad())
        {
            foreach (Parameter parameter in network.parameters().Where(parameter => parameter.dim() > 1))
            {
                parameter.copy_(parameter.to(bfloat16));
            }
        }

        (Tensor rounded, _) = Run(reduced: false);
        double Distance(Tensor other) => (other.to(float32) - exact).norm().item<float>() / exact.norm().item<float>();
        Assert.IsLessThan(4 * Distance(rounded), Distance(logits));
        Assert.IsGreaterThan(Distance(rounded), Distance(logits));
    }
}
