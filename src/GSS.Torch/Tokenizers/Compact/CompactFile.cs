using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>The weight file of a trained compact tokenizer, of either quantiser: what its header tells, and the network itself.</summary>
internal sealed class CompactFile : IDisposable
{
    private const string CodebookName = "quantizer.codebook";
    private const int MostLevels = 64;
    private const int MostTokens = 1 << 16;

    private readonly SafeTensorsFile _file;
    private readonly int[]? _levels;

    private CompactFile(SafeTensorsFile file)
    {
        _file = file;
        if (file.Entries.TryGetValue(CompactFsqVae.LevelsName, out SafeTensorEntry? levels))
        {
            _levels = ReadLevels(levels);
            (Kind, VocabularySize) = (CompactFsqVae.TokenizerName, _levels.Aggregate(1, (product, count) => product * count));
        }
        else if (file.Entries.TryGetValue(CodebookName, out SafeTensorEntry? codebook))
        {
            bool fits = codebook.Shape is [>= 1 and <= MostTokens, CompactVqVae.CodeSize];
            (Kind, VocabularySize) = fits
                ? (CompactVqVae.TokenizerName, (int)codebook.Shape[0])
                : throw Wrong($"'{CodebookName}' of shape [{string.Join(", ", codebook.Shape)}]", $"a codebook [V, {CompactVqVae.CodeSize}] with V from 1 to {MostTokens}");
        }
        else
        {
            throw Wrong($"{file.Entries.Count} tensors, neither '{CompactFsqVae.LevelsName}' nor '{CodebookName}' among them", "the weights of a tokenizer that train-tokenizer wrote");
        }
    }

    /// <summary><c>compact-fsq</c> or <c>compact-vqvae</c>.</summary>
    public string Kind { get; }

    public int VocabularySize { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="WeightFileException">The file is missing, damaged, or of something else.</exception>
    public static CompactFile Open(string path) => OpenOrDispose(SafeTensorsFile.Open(path));

    /// <summary>Takes over a stream and checks its header.</summary>
    /// <param name="stream">The whole file, from position 0.</param>
    /// <param name="path">What messages call it.</param>
    public static CompactFile Open(Stream stream, string path) => OpenOrDispose(SafeTensorsFile.Open(stream, path));

    /// <summary>Builds the network and reads all of its weights.</summary>
    /// <param name="name">The tokenizer's name; null is the kind.</param>
    /// <param name="frozen">False to train on.</param>
    /// <exception cref="WeightFileException">Weights are missing, too many, or of another shape.</exception>
    public TokenizerNetwork Read(string? name = null, bool frozen = true)
    {
        using var scope = NewDisposeScope();
        TokenizerNetwork network = _levels is null
            ? new CompactVqVae(VocabularySize, Widths()) { LoadedName = name }
            : new CompactFsqVae(Widths(), _levels) { LoadedName = name };
        try
        {
            nn.Module[] modules = network switch
            {
                CompactFsqVae fsq => [Fill(fsq.Encoder.Free, "encoder"), Fill(fsq.Decoder, "decoder")],
                CompactVqVae vq => [Fill(vq.Encoder, "encoder"), Fill(vq.Decoder, "decoder"), Fill(vq.Quantizer, "quantizer")],
                _ => throw new InvalidOperationException($"Found the network {network}, expected a compact one."),
            };
            foreach (nn.Module module in modules)
            {
                module.eval();
                foreach (TorchSharp.Modules.Parameter parameter in module.parameters())
                {
                    parameter.requires_grad = !frozen;
                }
            }

            network.To(CPU);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    private static CompactFile OpenOrDispose(SafeTensorsFile file)
    {
        try
        {
            return new(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private nn.Module Fill(nn.Module module, string part)
    {
        WeightLoading.Load(module, _file, $"the {part} of the tokenizer {Kind}", new NamesUnder(part + "."));
        return module;
    }

    /// <summary>The widths that the shapes tell; the usual ones where a shape is missing, which is then reported as missing.</summary>
    private CompactWidths Widths()
    {
        int First(string name, int otherwise) => _file.Entries.TryGetValue(name, out SafeTensorEntry? entry) && entry.Shape is [>= 1 and <= 4096, ..] shape ? (int)shape[0] : otherwise;
        CompactWidths usual = _levels is null ? CompactWidths.Packaged : CompactWidths.Scalar;
        return new(
            First("encoder.input.weight", usual.Encoder),
            First("encoder.context.down.weight", usual.EncoderContext),
            First("decoder.input.weight", usual.Decoder),
            First("decoder.context.down.weight", usual.DecoderContext),
            Math.Max(1, First("decoder.colors.weight", 3 * usual.OwnColors) / 3));
    }

    private int[] ReadLevels(SafeTensorEntry entry)
    {
        using var scope = NewDisposeScope();
        bool fits = entry.Type == ScalarType.Int64 && entry.Shape is [>= 1 and <= 8];
        long[] levels = fits ? _file.Read(CompactFsqVae.LevelsName).data<long>().ToArray() : [];
        fits = fits && levels.All(level => level is >= 3 and <= MostLevels) && levels.Aggregate(1L, (product, level) => Math.Min(product * level, MostTokens + 1)) <= MostTokens;
        return fits
            ? [.. levels.Select(level => (int)level)]
            : throw Wrong(
                $"'{CompactFsqVae.LevelsName}' {(levels.Length > 0 ? string.Join(" × ", levels) : $"of type {entry.Type} and shape [{string.Join(", ", entry.Shape)}]")}",
                $"1 to 8 whole numbers of 3 to {MostLevels}, their product at most {MostTokens}");
    }

    private WeightFileException Wrong(string found, string expected) =>
        new($"The weight file '{_file.Path}' holds {found}, expected {expected}; train one with train-tokenizer, or name another file.");
}
