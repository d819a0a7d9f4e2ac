using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>The way through a tokenizer that gradients can go: it must be the way that tokens go.</summary>
[TestClass]
public sealed class TokenMixtureTests
{
    [TestMethod]
    [DataRow("compact")]
    [DataRow("compact of stride 8")]
    [DataRow("finite scalar")]
    [DataRow("dalle-8")]
    [DataRow("dalle-4")]
    public void The_largest_logit_is_the_token_and_a_whole_token_decodes_as_itself(string which)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using TokenizerNetwork tokenizer = Make(which);
        Tensor maskige = Maskige(tokenizer.MaskigeScale);
        Tensor tokens = tokenizer.EncodeEnlarged(maskige), logits = tokenizer.TokenLogits(maskige);
        Assert.AreEqual(tokenizer.VocabularySize, logits.shape[1]);
        TorchTest.AssertEqual(tokens, logits.argmax(1), "tokens");
        Tensor whole = nn.functional.one_hot(tokens, tokenizer.VocabularySize).permute(0, 3, 1, 2).to(float32);
        TorchTest.AssertClose(tokenizer.Decode(tokens), tokenizer.DecodeMixture(whole), 1e-5, "maskiges");
    }

    [TestMethod]
    [DataRow("compact")]
    [DataRow("dalle-8")]
    public void Gradients_reach_the_maskige_and_are_the_numeric_ones(string which)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TokenizerNetwork tokenizer = Make(which);
        foreach (nn.Module half in tokenizer is CompactVqVae compact ? compact.Modules : [((DalleDVae)tokenizer).Encoder, ((DalleDVae)tokenizer).Decoder])
        {
            half.to(ScalarType.Float64);
        }

        using var generator = new Generator(3, CPU);

        // Noise, since in plain areas the largest of equal values is anybody's.
        Tensor maskige = (Maskige(tokenizer.MaskigeScale) + (rand([1, 3, 32, 48], generator: generator) * 0.2f)).to(float64).requires_grad_(), mixture;
        Tensor logits = tokenizer.TokenLogits(maskige), weight = randn(logits.shape, generator: generator).to(float64);
        logits = logits.detach();
        Tensor Weighed(Tensor at) => ((tokenizer.TokenLogits(at) - logits) * weight).sum();
        Tensor direction = randn(maskige.shape, generator: generator).to(float64);
        Weighed(maskige).backward();
        AssertNumeric(at => Weighed(maskige.detach() + (direction * at)), (maskige.grad! * direction).sum().item<double>(), "logits by colours");

        mixture = (logits * 0.1f).softmax(1).requires_grad_();
        Tensor painted = tokenizer.DecodeMixture(mixture), of = randn(painted.shape, generator: generator).to(float64);
        painted = painted.detach();
        Tensor Painted(Tensor at) => ((tokenizer.DecodeMixture(at) - painted) * of).sum();
        Painted(mixture).backward();
        Tensor along = randn(mixture.shape, generator: generator).to(float64);
        AssertNumeric(at => Painted(mixture.detach() + (along * at)), (mixture.grad! * along).sum().item<double>(), "colours by mixtures");
    }

    /// <summary>Compares a derivative with the difference of two values; networks of ReLUs are straight lines between their kinks.</summary>
    private static void AssertNumeric(Func<double, Tensor> value, double found, string what)
    {
        using IDisposable noGradient = no_grad();
        const double Step = 1e-7;
        double expected = (value(Step).item<double>() - value(-Step).item<double>()) / (2 * Step);
        Assert.AreEqual(expected, found, 1e-3 * Math.Abs(expected), what);
    }

    private static TokenizerNetwork Make(string which)
    {
        switch (which)
        {
            case "compact": return CompactVqVae.FromPackage();
            case "compact of stride 8": return Tokenizers.Compact(8).CreateNetwork();
            case "finite scalar": return TinyTokenizers.Scalar();
        }

        string file = SharedData.Require("reference", "golden", "b_dalle_small.safetensors");
        return new DalleTokenizer(file, file, which == "dalle-8" ? 8 : 4, new DalleSize(16, 24, 64)).CreateNetwork();
    }

    private static Tensor Maskige(int scale)
    {
        float[] planes = new float[3 * 32 * 48];
        byte[] ids = [.. Enumerable.Range(0, 32 * 48).Select(i => (byte)(((i % 48) / 13) + ((i / 48) > 17 ? 1 : 0)))];
        MaskigePalette.MaximalDistance(6).Colorize(ids, planes);
        return TokenizerNetwork.Enlarge(tensor(planes, [1, 3, 32, 48]), scale);
    }
}
