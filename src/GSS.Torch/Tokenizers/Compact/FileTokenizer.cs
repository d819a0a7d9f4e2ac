namespace GSS.Torch;

/// <summary>The description of a compact tokenizer whose weights are in a file. Its name tells the content, so that tokens of other weights are never taken for its own.</summary>
internal sealed class FileTokenizer : Tokenizer
{
    private readonly string _path;

    public FileTokenizer(string path)
    {
        TorchNative.EnsureLoaded();
        using CompactFile file = CompactFile.Open(path);
        _path = path;
        VocabularySize = file.VocabularySize;
        Name = $"{file.Kind} {FileContent.Identity(path)}";
    }

    public override string Name { get; }

    public override int Stride => CompactVqVae.PixelStride;

    public override int VocabularySize { get; }

    public override TokenizerNetwork CreateNetwork()
    {
        TorchNative.EnsureLoaded();
        using CompactFile file = CompactFile.Open(_path);
        return FileContent.Identity(_path) is var found && Name.EndsWith(found, StringComparison.Ordinal)
            ? file.Read(Name)
            : throw new WeightFileException($"The weight file '{_path}' was changed after Tokenizers.FromFile read it: found {found}, expected {Name[(file.Kind.Length + 1)..]}; name it again with Tokenizers.FromFile.");
    }

    internal override IEnumerable<string> WeightFiles() => [_path];

    internal override IEnumerable<string> Faults()
    {
        if (!File.Exists(_path))
        {
            yield return $"Tokenizer is {Name} with the file '{_path}', which does not exist any more, expected the file that Tokenizers.FromFile read.";
        }
    }
}
