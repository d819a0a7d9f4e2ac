using GSS.Core.OnnxSchema;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class DalleExportTests
{
    private static readonly (int Batch, int Height, int Width)[] Sizes = [(1, 32, 48), (2, 31, 57), (1, 1, 1), (3, 5, 90)];

    [TestMethod]
    [DataRow(8)]
    [DataRow(4)]
    public void Both_halves_are_those_of_the_network_at_any_batch_and_size(int stride)
    {
        GoldenFile golden = GoldenFile.Open("b_dalle_small.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using DalleDVae network = DalleDVaeTests.Small(golden, stride);
        using var encoder = new OnnxRun(TokenizerExport.EncoderToBytes(network));
        using var decoder = new OnnxRun(TokenizerExport.DecoderToBytes(network));
        using var generator = new Generator(4, CPU);
        foreach ((int batch, int height, int width) in Sizes)
        {
            Tensor maskige = rand([batch, 3, height, width], generator: generator);
            Tensor tokens = network.Encode(maskige);
            Assert.IsTrue(height * width < 1000 || tokens.unique(sorted: true).output.shape[0] > 2, "too few different tokens show nothing");
            TorchTest.AssertEqual(tokens, encoder.FloatsToLongs("maskige", maskige * 255, "tokens"), $"tokens of [{batch}, 3, {height}, {width}]");
            Tensor drawn = randint(0, network.VocabularySize, tokens.shape, dtype: int64, generator: generator);
            Tensor expected = network.Decode(drawn) * 255;
            double difference = (expected - decoder.LongsToFloats("tokens", drawn, "maskige")).abs().max().item<float>();
            Assert.IsTrue(difference <= 0.005, $"[{batch}, {height}, {width}]: maskiges differ by {difference:g3} of 255.");
        }
    }

    [TestMethod]
    public void The_golden_indices_and_pictures_come_out_of_ONNX_Runtime_too()
    {
        GoldenFile golden = GoldenFile.Open("b_dalle_small.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using DalleDVae network = DalleDVaeTests.Small(golden, stride: 8);
        using var encoder = new OnnxRun(TokenizerExport.EncoderToBytes(network));
        using var decoder = new OnnxRun(TokenizerExport.DecoderToBytes(network));
        Tensor indices = TorchTest.Golden(golden, "indices");
        TorchTest.AssertEqual(indices, encoder.FloatsToLongs("maskige", TorchTest.Golden(golden, "rgb01") * 255, "tokens"), "indices");
        TorchTest.AssertClose(TorchTest.Golden(golden, "recon01") * 255, decoder.LongsToFloats("tokens", indices, "maskige"), 1e-4, "recon01");
    }

    [TestMethod]
    public void A_vocabulary_of_several_chunks_gives_the_largest_logit_and_the_lowest_of_equal_ones()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var network = new DalleDVae(new DalleSize(Hidden: 4, Initial: 8, Vocabulary: 2100), stride: 8);
        DalleDVaeTests.Randomize(network);
        foreach (Tensor tensor in new[] { network.Encoder.Output.Weight, network.Encoder.Output.Bias })
        {
            tensor.narrow(0, 1000, 1000).copy_(tensor.narrow(0, 0, 1000));
        }

        using var encoder = new OnnxRun(TokenizerExport.EncoderToBytes(network));
        using var generator = new Generator(1, CPU);
        Tensor maskige = rand([2, 3, 40, 64], generator: generator);
        Tensor expected = network.Encoder.call((maskige * 0.8) + 0.1).argmax(1);
        Assert.IsFalse(expected.ge(1000).logical_and(expected.lt(2000)).any().item<bool>());
        TorchTest.AssertEqual(expected, encoder.FloatsToLongs("maskige", maskige * 255, "tokens"), "tokens");
    }

    [TestMethod]
    public void The_files_have_free_dimensions_and_tell_the_memory_of_a_pixel()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var network = new DalleDVae(new DalleSize(Hidden: 4, Initial: 8, Vocabulary: 20), stride: 4);
        DalleDVaeTests.Randomize(network);
        ModelProto encoder = ModelProto.Parser.ParseFrom(TokenizerExport.EncoderToBytes(network));
        ModelProto decoder = ModelProto.Parser.ParseFrom(TokenizerExport.DecoderToBytes(network));
        Assert.AreEqual("maskige[batch,3,height,width]", OnnxStructure.Describe(encoder.Graph.Input.Single()));
        Assert.AreEqual("tokens[batch,rows,columns]", OnnxStructure.Describe(encoder.Graph.Output.Single()));
        Assert.AreEqual("tokens[batch,rows,columns]", OnnxStructure.Describe(decoder.Graph.Input.Single()));
        Assert.AreEqual("maskige[batch,3,height,width]", OnnxStructure.Describe(decoder.Graph.Output.Single()));
        foreach (ModelProto model in new[] { encoder, decoder })
        {
            Assert.AreEqual("192", model.MetadataProps.Single(p => p.Key == "gss.bytes_per_pixel").Value);
        }
    }
}
