using GSS.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class MobileNetV2Tests
{
    private static readonly int[] s_goldenFeatures = [1, 3, 6, 13, 17, 18];

    [TestMethod]
    [DataRow(false, "pad1")]
    [DataRow(true, "same")]
    public void Pretrained_features_are_the_golden_ones_in_both_paddings(bool tensorFlow, string prefix)
    {
        (GoldenFile golden, string weights) = Shared();
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using MobileNetV2 network = Pretrained(tensorFlow, weights);
        Tensor x = TorchTest.Golden(golden, "input");
        for (int i = 0; i < network.Features.Count; i++)
        {
            x = network.Features[i].call(x);
            if (s_goldenFeatures.Contains(i))
            {
                TorchTest.AssertClose(TorchTest.Golden(golden, $"{prefix}.features.{i}"), x, 1e-4, $"features.{i}");
            }
        }
    }

    [TestMethod]
    [DataRow(false, "pad1")]
    [DataRow(true, "same")]
    public void Pretrained_levels_are_the_golden_ones_in_the_exported_model_too(bool tensorFlow, string prefix)
    {
        (GoldenFile golden, string weights) = Shared();
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using MobileNetV2 network = Pretrained(tensorFlow, weights);
        Tensor x = TorchTest.Golden(golden, "input");
        Tensor[] levels = network.call(x);
        using var model = new OnnxRun(EncoderExport.ToBytes(network));
        for (int i = 0; i < levels.Length; i++)
        {
            Tensor expected = TorchTest.Golden(golden, $"{prefix}.features.{MobileNetV2.LevelFeatures[i]}");
            TorchTest.AssertClose(expected, levels[i], 1e-4, $"level {i}");
            TorchTest.AssertClose(expected, model.FloatsToFloats("image", x, $"level{i}"), 1e-4, $"level {i} in ONNX Runtime");
        }
    }

    [TestMethod]
    public void The_input_scale_is_that_of_the_weights()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var torchvision = new MobileNetV2(0.25);
        using var tensorFlow = new MobileNetV2(0.25, tensorFlow: true);
        Assert.AreEqual(123.675f, torchvision.InputMean[0]);
        using var prior = new LatentPriorNetwork(tensorFlow, outputChannels: 7, auxiliaryChannels: 0, seed: 1);
        Assert.AreEqual(127.5f, prior.Mean[0, 0, 0, 0].item<float>());
        Assert.AreEqual(127.5f, prior.StandardDeviation[0, 2, 0, 0].item<float>());
    }

    [TestMethod]
    public void Normalisations_that_were_folded_stand_still_in_training()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var generator = new Generator(1, CPU);
        foreach (bool tensorFlow in new[] { true, false })
        {
            using var network = new MobileNetV2(0.25, tensorFlow);
            Tensor image = randn([2, 3, 32, 32], generator: generator);
            network.eval();
            Tensor scored = network.call(image)[0];
            network.train();
            Tensor trained = network.call(image)[0];
            BatchNorm2d norm = ((ConvolutionUnit)network.Features[0]).Norm;
            Assert.AreEqual(tensorFlow, scored.Equals(trained));
            Assert.AreEqual(tensorFlow, norm.running_mean!.count_nonzero().item<long>() == 0);
        }
    }

    private static MobileNetV2 Pretrained(bool tensorFlow, string weights)
    {
        ImageEncoder description = tensorFlow ? ImageEncoders.MobileNetV2FromTensorFlow(weights) : ImageEncoders.MobileNetV2(weights);
        var network = (MobileNetV2)description.CreateNetwork();
        description.LoadWeights(network);
        network.eval();
        return network;
    }

    private static (GoldenFile Golden, string Weights) Shared() =>
        (new(SharedData.Require("data", "weights", "mobilenet_v2_golden.safetensors")), SharedData.Require("data", "weights", "mobilenet_v2_imagenet.safetensors"));
}
