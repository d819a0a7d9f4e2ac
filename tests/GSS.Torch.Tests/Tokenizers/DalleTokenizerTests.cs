using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class DalleTokenizerTests
{
    private static readonly DalleSize s_small = new(Hidden: 16, Initial: 24, Vocabulary: 64);

    [TestMethod]
    public void The_weights_are_read_through_the_products_own_reader()
    {
        GoldenFile golden = GoldenFile.Open("b_dalle_small.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        string file = SharedData.Require("reference", "golden", "b_dalle_small.safetensors");
        using TokenizerNetwork network = new DalleTokenizer(file, file, 8, s_small).CreateNetwork();
        Tensor indices = TorchTest.Golden(golden, "indices");
        TorchTest.AssertEqual(indices, network.Encode(TorchTest.Golden(golden, "rgb01")), "indices");
        TorchTest.AssertClose(TorchTest.Golden(golden, "recon01"), network.Decode(indices), 1e-4, "recon01");
    }

    [TestMethod]
    [DataRow("dalle_small_encoder_module.pkl")]
    [DataRow("dalle_small_encoder_module_legacy.pkl")]
    [DataRow("dalle_small_encoder_state_dict.pth")]
    [DataRow("dalle_small_encoder_state_dict_legacy.pth")]
    public void OpenAIs_own_kinds_of_files_give_the_same_tokens_and_pictures(string encoderFile)
    {
        GoldenFile golden = GoldenFile.Open("b_dalle_small.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        string encoder = SharedData.Require("reference", "golden", encoderFile), decoder = SharedData.Require("reference", "golden", "dalle_small_decoder_module.pkl");
        using TokenizerNetwork network = new DalleTokenizer(encoder, decoder, 8, s_small).CreateNetwork();
        Tensor indices = TorchTest.Golden(golden, "indices");
        TorchTest.AssertEqual(indices, network.Encode(TorchTest.Golden(golden, "rgb01")), "indices");
        TorchTest.AssertClose(TorchTest.Golden(golden, "recon01"), network.Decode(indices), 1e-4, "recon01");
    }

    [TestMethod]
    public void The_description_tells_what_the_network_will_be()
    {
        Tokenizer tokenizer = Tokenizers.DalleDVae("encoder.pkl", "decoder.pkl");
        Assert.AreEqual(("dalle-dvae-8", 8, 8192), (tokenizer.Name, tokenizer.Stride, tokenizer.VocabularySize));
        tokenizer = Tokenizers.DalleDVae("encoder.pkl", "decoder.pkl", stride: 4);
        Assert.AreEqual(("dalle-dvae-4", 4, 8192), (tokenizer.Name, tokenizer.Stride, tokenizer.VocabularySize));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Tokenizers.DalleDVae("a", "b", stride: 16));
        Assert.ThrowsExactly<ArgumentException>(() => Tokenizers.DalleDVae(" ", "b"));
    }

    [TestMethod]
    public void Missing_files_are_told_with_the_options_and_wrong_ones_when_they_are_read()
    {
        IReadOnlyList<string> faults = new GenerativeOptions { Tokenizer = Tokenizers.DalleDVae("nowhere/encoder.pkl", "nowhere/decoder.pkl") }.Faults();
        Assert.HasCount(2, faults);
        Assert.AreEqual("Tokenizer is dalle-dvae-8 with the encoder file 'nowhere/encoder.pkl', which does not exist, expected OpenAI's encoder.pkl or the same weights in another format.", faults[0]);
        string file = SharedData.Require("reference", "golden", "b_dalle_small.safetensors");
        TorchNative.EnsureLoaded();
        var e = Assert.ThrowsExactly<WeightFileException>(() => new DalleTokenizer(file, file, 8, s_small with { Vocabulary = 65 }).CreateNetwork());
        Assert.Contains("does not fit the encoder of DALL-E's dVAE, which has 74 tensors: 2 of another shape", e.Message);
    }
}
