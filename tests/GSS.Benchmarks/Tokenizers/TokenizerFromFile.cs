using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>A compact tokenizer with other weights than the package's, for comparison.</summary>
internal sealed class TokenizerFromFile : Tokenizer
{
    private readonly string _path;

    public TokenizerFromFile(string path)
    {
        _path = path;
        using TokenizerNetwork network = CreateNetwork();
        VocabularySize = network.VocabularySize;
    }

    public override string Name => $"{CompactVqVae.TokenizerName} of {Path.GetFileName(_path)}";

    public override int Stride => CompactVqVae.PixelStride;

    public override int VocabularySize { get; }

    internal override IEnumerable<string> WeightFiles() => [_path];

    public override TokenizerNetwork CreateNetwork()
    {
        TorchNative.EnsureLoaded();
        return CompactVqVae.Load(_path);
    }
}
