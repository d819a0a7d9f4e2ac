namespace GSS.Torch;

/// <summary>The description of the <see cref="CompactVqVae"/> whose weights are inside this package.</summary>
internal sealed class CompactTokenizer : Tokenizer
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
