using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>The description of a <see cref="DalleDVae"/> whose weights are in files.</summary>
internal sealed class DalleTokenizer(string encoderFile, string decoderFile, int stride, DalleSize size) : Tokenizer
{
    public override string Name => DalleDVae.NameOf(stride);

    public override int Stride => stride;

    public override int VocabularySize => size.Vocabulary;

    public override TokenizerNetwork CreateNetwork()
    {
        TorchNative.EnsureLoaded();
        using var scope = NewDisposeScope();
        var network = new DalleDVae(size, stride);
        try
        {
            network.LoadedWeights = [Load(network.Encoder, encoderFile, "encoder"), Load(network.Decoder, decoderFile, "decoder")];
            network.To(CPU);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    internal override IEnumerable<string> WeightFiles() => [encoderFile, decoderFile];

    internal override IEnumerable<string> Faults()
    {
        foreach ((string half, string file) in new[] { ("encoder", encoderFile), ("decoder", decoderFile) })
        {
            if (!File.Exists(file))
            {
                yield return $"Tokenizer is {Name} with the {half} file '{file}', which does not exist, expected OpenAI's {half}.pkl or the same weights in another format.";
            }
        }
    }

    /// <summary>Reads one half: from a file of its own, from one that holds both (<c>encoder.*</c>, <c>decoder.*</c>), or from a released GSS checkpoint.</summary>
    private static LoadedWeights Load(nn.Module half, string path, string name)
    {
        using WeightFile file = WeightFile.Open(path);
        string[] prefixes = [$"decode_head.d_vae.{name}.", $"{name}.", ""];
        string prefix = prefixes.First(p => p.Length == 0 || file.Names.Any(key => key.StartsWith(p, StringComparison.Ordinal)));
        return WeightLoading.Load(half, file, $"the {name} of DALL-E's dVAE", new NamesUnder(prefix));
    }
}
