using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class DalleDVaeTests
{
    private const double Tolerance = 1e-4;

    [TestMethod]
    public void Every_step_equals_the_reference()
    {
        GoldenFile golden = GoldenFile.Open("b_dalle_small.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using DalleDVae network = Small(golden, stride: 8);
        Tensor rgb = TorchTest.Golden(golden, "rgb01"), mapped = TorchTest.Golden(golden, "mapped"), indices = TorchTest.Golden(golden, "indices");
        void Same(string name, Tensor actual) => TorchTest.AssertClose(TorchTest.Golden(golden, name), actual, Tolerance, name);

        Same("mapped", (rgb * DalleDVae.PixelRange) + DalleDVae.PixelOffset);
        Tensor x = network.Encoder.Input.call(mapped.narrow(0, 0, 1));
        Same("act.enc.input", x);
        x = network.Encoder.Group(0, x);
        Same("act.enc.group_1", x);
        Same("act.enc.group_2.block_1", network.Encoder.Groups[1][0].call(x));
        Same("enc_logits", network.Encoder.call(mapped));
        TorchTest.AssertEqual(indices, network.Encoder.Tokens(mapped), "tokens of the mapped pixels");
        TorchTest.AssertEqual(indices, network.Encode(rgb), "tokens");

        Same("dec_out", network.Decoder.call(network.Decoder.Embed(indices)));
        Same("recon01", network.Decode(indices));

        // The activations in the file are those of the run on probabilities, not on tokens.
        Tensor probabilities = TorchTest.Golden(golden, "enc_logits").softmax(1);
        Same("dec_out_soft_probs", network.Decoder.call(network.Decoder.EmbedExpected(probabilities)));
        x = network.Decoder.EmbedExpected(probabilities.narrow(0, 0, 1));
        Same("act.dec.input", x);
        Same("act.dec.group_1.block_1", network.Decoder.Groups[0][0].call(x));
        x = network.Decoder.Group(0, x);
        Same("act.dec.group_1", x);
        x = network.Decoder.Group(3, network.Decoder.Group(2, network.Decoder.Group(1, x)));
        Same("act.dec.group_4", x);
    }

    [TestMethod]
    public void A_vocabulary_of_several_chunks_gives_the_largest_logit_and_the_lowest_of_equal_ones()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var network = new DalleDVae(new DalleSize(Hidden: 4, Initial: 8, Vocabulary: 1300), stride: 8);
        Randomize(network);

        // Three copies of each logit of the first 300 tokens, in three chunks.
        foreach (Tensor tensor in new[] { network.Encoder.Output.Weight, network.Encoder.Output.Bias })
        {
            tensor.narrow(0, 600, 300).copy_(tensor.narrow(0, 0, 300));
            tensor.narrow(0, 1000, 300).copy_(tensor.narrow(0, 0, 300));
        }

        using var generator = new Generator(1, CPU);
        Tensor mapped = rand([2, 3, 40, 64], generator: generator);
        Tensor expected = network.Encoder.call(mapped).argmax(1);
        Assert.IsTrue(expected.lt(300).any().item<bool>() && expected.ge(300).any().item<bool>());
        TorchTest.AssertEqual(expected, network.Encoder.Tokens(mapped), "tokens");
    }

    [TestMethod]
    [DataRow(1, 1, 1, 1)]
    [DataRow(31, 57, 8, 15)]
    [DataRow(32, 48, 8, 12)]
    public void At_stride_4_the_maskige_is_read_and_painted_at_twice_its_size(int height, int width, int rows, int columns)
    {
        GoldenFile golden = GoldenFile.Open("b_dalle_small.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using DalleDVae fine = Small(golden, stride: 4), coarse = Small(golden, stride: 8);
        Tensor maskige = TorchTest.Golden(golden, "rgb01").narrow(2, 0, height).narrow(3, 0, Math.Min(48, width));
        maskige = width <= 48 ? maskige : cat([maskige, maskige.narrow(3, 0, width - 48)], 3);
        Tensor tokens = fine.Encode(maskige);
        CollectionAssert.AreEqual(new long[] { 2, rows, columns }, tokens.shape);
        Tensor doubled = maskige.repeat_interleave(2, 2).repeat_interleave(2, 3);
        TorchTest.AssertEqual(coarse.Encode(doubled), tokens, "tokens");
        TorchTest.AssertEqual(tokens, fine.EncodeEnlarged(doubled), "tokens of the doubled maskige");
        Tensor painted = fine.Decode(tokens);
        CollectionAssert.AreEqual(new long[] { 2, 3, rows * 8, columns * 8 }, painted.shape);
        Assert.AreEqual(0f, (coarse.Decode(tokens) - painted).abs().max().item<float>());
        Assert.AreEqual((4, 2, "dalle-dvae-4"), (fine.Stride, fine.MaskigeScale, fine.Name));
        Assert.AreEqual((8, 1, "dalle-dvae-8"), (coarse.Stride, coarse.MaskigeScale, coarse.Name));
    }

    [TestMethod]
    public void The_full_network_has_OpenAIs_number_of_parameters()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var network = new DalleDVae(new DalleSize(), stride: 8);
        Assert.AreEqual(53_786_240L, network.Encoder.parameters().Sum(p => p.numel()));
        Assert.AreEqual(43_829_766L, network.Decoder.parameters().Sum(p => p.numel()));
        Assert.AreEqual(74, network.Encoder.state_dict().Count);
        Assert.AreEqual(76, network.Decoder.state_dict().Count);
    }

    internal static DalleDVae Small(GoldenFile golden, int stride)
    {
        var network = new DalleDVae(new DalleSize(Hidden: 16, Initial: 24, Vocabulary: 64), stride);
        TorchTest.Fill(network.Encoder, golden, "encoder.");
        TorchTest.Fill(network.Decoder, golden, "decoder.");
        return network;
    }

    internal static void Randomize(DalleDVae network)
    {
        using var generator = new Generator(2, CPU);
        foreach (Tensor tensor in network.Encoder.parameters().Concat(network.Decoder.parameters()))
        {
            double fanIn = tensor.dim() > 1 ? (double)tensor.numel() / tensor.shape[0] : 1;
            tensor.normal_(0, 1 / Math.Sqrt(fanIn), generator);
        }
    }
}
