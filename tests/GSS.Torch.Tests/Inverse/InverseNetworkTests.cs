using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class InverseNetworkTests
{
    private const double Tolerance = 5e-4;

    [TestMethod]
    [DataRow("k1", 1)]
    [DataRow("k3", 3)]
    public void Three_convolutions_equal_PyTorch(string prefix, int kernel)
    {
        GoldenFile golden = GoldenFile.Open("g_xinv_ft_conv_nonref.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var network = new ConvolutionInverse(classes: 7, width: 16, kernel);
        TorchTest.Fill(network, golden, $"{prefix}.w.");
        TorchTest.AssertClose(TorchTest.Golden(golden, $"{prefix}.y"), network.call(TorchTest.Golden(golden, $"{prefix}.x")), 1e-5, "scores");
    }

    [TestMethod]
    public void Swin_scores_loss_and_gradients_equal_the_reference()
    {
        GoldenFile golden = GoldenFile.Open("g_xinv_ftw.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using SwinInverse network = Swin(golden);
        Tensor maskige = TorchTest.Golden(golden, "decoded_rgb01");
        Tensor scores = network.call(maskige);
        TorchTest.AssertClose(TorchTest.Golden(golden, "test.seg_logits_2x"), scores.detach(), Tolerance, "scores");

        Tensor labels = TorchTest.Golden(golden, "gt").squeeze(1);
        Tensor resized = nn.functional.interpolate(scores, labels.shape[1..], mode: InterpolationMode.Bilinear, align_corners: false);
        Tensor loss = PriorLosses.CrossEntropy(resized, labels, LabelMap.Void);
        TorchTest.AssertClose(TorchTest.Golden(golden, "train.loss_ce").squeeze(), loss.detach(), 1e-5, "loss");
        loss.backward();
        Dictionary<string, Tensor> parameters = network.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);
        foreach (string name in golden.Names.Where(name => name.StartsWith("grad.", StringComparison.Ordinal)))
        {
            TorchTest.AssertClose(TorchTest.Golden(golden, name), parameters[name["grad.".Length..]].grad!, Tolerance, name);
        }
    }

    [TestMethod]
    public void The_maskige_that_it_reads_comes_from_the_references_head_and_the_dVAE()
    {
        GoldenFile golden = GoldenFile.Open("g_xinv_ftw.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        var head = new ReferenceHead(new TokenHeadInputs([6, 10, 12, 14], 0), new ReferenceHeadSize(16, 32, 40, Heads: 4, Depth: 3), 64, 0, auxiliaryOnFused: false);
        using (head)
        {
            string[] own = [.. head.state_dict().Keys];
            using WeightFile file = WeightFile.Open(SharedData.Require("reference", "golden", "g_xinv_ftw.safetensors"));
            foreach ((string name, Tensor target) in head.state_dict())
            {
                target.copy_(file.Read("w." + name));
            }

            head.eval();
            using DalleDVae tokenizer = DalleDVaeTests.Small(GoldenFile.Open("b_dalle_small.safetensors"), stride: 4);
            TorchTest.AssertClose(TorchTest.Golden(golden, "decoded_rgb01"), tokenizer.Decode(head.Logits(ReferenceHeadTests.Levels(golden)).argmax(1)), Tolerance, "maskige");
        }
    }

    [TestMethod]
    [DataRow(19, 1, 136_503L)]
    [DataRow(150, 2, 286_558L)]
    [DataRow(194, 2, 292_234L)]
    public void The_full_networks_have_the_published_number_of_parameters(int classes, int depth, long expected)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var network = new SwinInverse(classes, new SwinInverseSize(Depth: depth));
        Assert.AreEqual(expected, network.parameters().Sum(p => p.numel()));
    }

    [TestMethod]
    public void A_file_tells_which_network_it_holds()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var folder = new TemporaryFolder();
        GoldenFile golden = GoldenFile.Open("g_xinv_ftw.safetensors");
        using SwinInverse swin = Swin(golden);
        using var convolutions = new ConvolutionInverse(4, width: 9, kernel: 3);
        Tensor maskige = rand(1, 3, 10, 13);
        foreach ((InverseNetwork network, string prefix) in new (InverseNetwork, string)[] { (swin, ""), (swin, "decode_head."), (convolutions, "") })
        {
            string path = folder.File("inverse.safetensors");
            using (FileStream stream = File.Create(path))
            {
                (string, Tensor)[] others = prefix.Length > 0 ? [("decode_head.conv_seg.bias", zeros(3))] : [];
                SafeTensorsWriter.Write(stream, [.. network.state_dict().Select(p => (prefix + p.Key, p.Value)), .. others], null);
            }

            using InverseNetwork loaded = InverseNetwork.Load(path);
            Assert.AreEqual((network.Variant, network.ClassCount), (loaded.Variant, loaded.ClassCount));
            Assert.AreEqual(0f, (network.call(maskige) - loaded.call(maskige)).abs().max().item<float>());
            Assert.IsFalse(loaded.parameters().Any(p => p.requires_grad));
        }

        var e = Assert.ThrowsExactly<WeightFileException>(() => InverseNetwork.Load(SharedData.Require("reference", "golden", "b_dalle_small.safetensors")));
        Assert.Contains("holds no X⁻¹", e.Message);
    }

    [TestMethod]
    [DataRow(8, true)]
    [DataRow(4, true)]
    [DataRow(4, false)]
    public void The_exported_decoder_gives_the_scores_of_the_network_at_any_size(int stride, bool isSwin)
    {
        GoldenFile golden = GoldenFile.Open("g_xinv_ftw.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using DalleDVae tokenizer = DalleDVaeTests.Small(GoldenFile.Open("b_dalle_small.safetensors"), stride);
        using InverseNetwork inverse = isSwin ? Swin(golden) : new ConvolutionInverse(5, width: 8, kernel: 3);
        using var model = new OnnxRun(TokenizerExport.DecoderToBytes(tokenizer, inverse));
        foreach ((int batch, int rows, int columns) in new[] { (1, 4, 6), (2, 3, 5), (1, 1, 1) })
        {
            Tensor tokens = randint(0, 64, [batch, rows, columns], dtype: int64);
            Tensor maskige = tokenizer.Decode(tokens);
            Tensor expected = inverse.call(maskige);
            expected = stride == 8 ? expected
                : nn.functional.interpolate(expected, [rows * 4, columns * 4], mode: InterpolationMode.Bilinear, align_corners: false);
            Tensor found = model.LongsToFloats("tokens", tokens, "scores");
            CollectionAssert.AreEqual(expected.shape, found.shape);
            double difference = (expected - found).abs().max().item<float>();
            Assert.IsTrue(difference <= 1e-4, $"[{batch}, {rows}, {columns}]: scores differ by {difference:g3}.");
        }
    }

    internal static SwinInverse Swin(GoldenFile golden)
    {
        var network = new SwinInverse(5, new SwinInverseSize(Channels: 16, Heads: 4, Depth: 2));
        using IDisposable noGradient = no_grad();
        foreach ((string name, Tensor target) in network.state_dict())
        {
            CollectionAssert.AreEqual(golden.Shape("w." + name), target.shape, name);
            target.copy_(TorchTest.Golden(golden, "w." + name));
        }

        network.eval();
        return network;
    }
}
