namespace GSS.Torch;

/// <summary>The tokenizers to choose from.</summary>
public static class Tokenizers
{
    /// <summary>
    /// The default: a compact VQVAE of stride 4, trained on procedural maskiges only, whose weights are inside this package.
    /// At 480×360 it costs less than 3 GMAC to encode and 4 GMAC to decode.
    /// </summary>
    public static Tokenizer Compact() => new CompactTokenizer();

    private sealed class CompactTokenizer : Tokenizer
    {
        public override string Name => CompactVqVae.TokenizerName;

        public override int Stride => CompactVqVae.PixelStride;

        public override int VocabularySize => CompactVqVae.DefaultVocabularySize;

        public override TokenizerNetwork CreateNetwork()
        {
            TorchNative.EnsureLoaded();
            return CompactVqVae.FromPackage();
        }
    }
}
