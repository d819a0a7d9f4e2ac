using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Tokenizers that users trained: what their files must hold, and what tells them apart.</summary>
[TestClass]
public sealed class FileTokenizerTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void DeleteFolder() => _folder.Dispose();

    [TestMethod]
    public void A_codebook_is_read_as_the_package_reads_its_own()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using CompactVqVae own = CompactVqVae.FromPackage();
        string path = _folder.File("codebook.safetensors");
        using (FileStream stream = File.Create(path))
        {
            own.Save(stream);
        }

        Tokenizer tokenizer = Tokenizers.FromFile(path);
        Assert.AreEqual((4, 1024), (tokenizer.Stride, tokenizer.VocabularySize));
        Assert.StartsWith("compact-vqvae sha256 ", tokenizer.Name);
        using TokenizerNetwork network = tokenizer.CreateNetwork();
        Assert.AreEqual(tokenizer.Name, network.Name);
        Tensor maskige = rand(1, 3, 48, 40);
        Tensor tokens = own.Encode(maskige);
        CollectionAssert.AreEqual(tokens.data<long>().ToArray(), network.Encode(maskige).data<long>().ToArray());
        CollectionAssert.AreEqual(own.Decode(tokens).data<float>().ToArray(), network.Decode(tokens).data<float>().ToArray());
    }

    [TestMethod]
    public void The_content_is_the_name_wherever_the_file_lies()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using CompactFsqVae network = TinyTokenizers.Scalar();
        string first = TinyTokenizers.SaveTo(_folder.File("first.safetensors"), network), copy = _folder.File("copy.safetensors");
        File.Copy(first, copy);
        using (no_grad())
        {
            network.Decoder.Colors.bias!.add_(Constant.Of(0.1), Constant.Of(1));
        }

        string other = TinyTokenizers.SaveTo(_folder.File("other.safetensors"), network);
        Assert.AreEqual(Tokenizers.FromFile(first).Name, Tokenizers.FromFile(copy).Name);
        Assert.AreNotEqual(Tokenizers.FromFile(first).Name, Tokenizers.FromFile(other).Name);
        Assert.AreNotEqual(((IHasIdentity)Tokenizers.FromFile(first)).Identity, ((IHasIdentity)Tokenizers.FromFile(other)).Identity);

        // What was read first must not turn into something else before training begins.
        Tokenizer tokenizer = Tokenizers.FromFile(first);
        File.Copy(other, first, overwrite: true);
        string message = Assert.ThrowsExactly<WeightFileException>(() => tokenizer.CreateNetwork()).Message;
        Assert.StartsWith($"The weight file '{first}' was changed after Tokenizers.FromFile read it: found sha256 ", message);
        File.Delete(first);
        Assert.Contains("does not exist any more", new GenerativeOptions { Tokenizer = tokenizer }.Faults().Single());
    }

    [TestMethod]
    [DataRow("nothing known", "holds 1 tensors, neither 'quantizer.levels' nor 'quantizer.codebook' among them, expected the weights of a tokenizer that train-tokenizer wrote; train one with train-tokenizer, or name another file.")]
    [DataRow("two levels", "holds 'quantizer.levels' 8 × 2, expected 1 to 8 whole numbers of 3 to 64, their product at most 65536; train one with train-tokenizer, or name another file.")]
    [DataRow("too many tokens", "holds 'quantizer.levels' 64 × 64 × 64, expected 1 to 8 whole numbers of 3 to 64, their product at most 65536; train one with train-tokenizer, or name another file.")]
    [DataRow("levels of another type", "holds 'quantizer.levels' of type Float32 and shape [2], expected 1 to 8 whole numbers of 3 to 64, their product at most 65536; train one with train-tokenizer, or name another file.")]
    [DataRow("a narrow codebook", "holds 'quantizer.codebook' of shape [5, 8], expected a codebook [V, 16] with V from 1 to 65536; train one with train-tokenizer, or name another file.")]
    public void A_wrong_file_is_one_sentence(string what, string expected)
    {
        using DisposeScope scope = TorchTest.NewScope();
        string path = Write([what switch
        {
            "two levels" => ("quantizer.levels", tensor(new[] { 8L, 2L })),
            "too many tokens" => ("quantizer.levels", tensor(new[] { 64L, 64L, 64L })),
            "levels of another type" => ("quantizer.levels", tensor(new[] { 8f, 5f })),
            "a narrow codebook" => ("quantizer.codebook", zeros(5, 8)),
            _ => ("layer.weight", zeros(3)),
        }]);
        Assert.AreEqual($"The weight file '{path}' {expected}", Assert.ThrowsExactly<WeightFileException>(() => Tokenizers.FromFile(path)).Message);
    }

    [TestMethod]
    public void Missing_weights_are_named()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using CompactFsqVae network = TinyTokenizers.Scalar();
        (string, Tensor) levels = (CompactFsqVae.LevelsName, tensor(network.Quantizer.Levels.Select(level => (long)level).ToArray()));
        string path = Write([levels, .. network.Weights().Where(w => w.Name != "decoder.context.up.bias")]);
        string message = Assert.ThrowsExactly<WeightFileException>(() => Tokenizers.FromFile(path).CreateNetwork()).Message;
        Assert.Contains("the decoder of the tokenizer compact-fsq", message);
        Assert.Contains("context.up.bias", message);

        path = Write([levels]);
        Assert.Contains("the encoder of the tokenizer compact-fsq", Assert.ThrowsExactly<WeightFileException>(() => Tokenizers.FromFile(path).CreateNetwork()).Message);
    }

    [TestMethod]
    public void A_file_that_is_missing_or_no_safetensors_is_refused_at_once()
    {
        Assert.Contains("no-such-file", Assert.ThrowsExactly<WeightFileException>(() => Tokenizers.FromFile(_folder.File("no-such-file"))).Message);
        string text = _folder.File("text.safetensors");
        File.WriteAllText(text, "a tokenizer");
        Assert.Contains(text, Assert.ThrowsExactly<WeightFileException>(() => Tokenizers.FromFile(text)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => Tokenizers.FromFile(" "));
    }

    private string Write((string Name, Tensor Value)[] tensors)
    {
        string path = _folder.File("written.safetensors");
        using FileStream stream = File.Create(path);
        SafeTensorsWriter.Write(stream, tensors);
        return path;
    }
}
