using System.Globalization;
using GSS.Core;
using GSS.Torch;
using TorchSharp;

namespace GSS.Benchmarks;

/// <summary>
/// One way to quantise: <c>vq-V</c> (a codebook of V entries with moving averages), <c>vq-V-N</c> (the same, chosen after N steps without quantisation), <c>fsq-A-B-…</c> (finite scalar
/// quantisation of these levels), or <c>package</c> (the trained weights in the package).
/// </summary>
internal sealed class QuantizerVariant
{
    private readonly int[] _numbers;

    private QuantizerVariant(string name, int[] numbers) => (Name, _numbers) = (name, numbers);

    public string Name { get; }

    /// <summary>Whether there is nothing to train.</summary>
    public bool IsPackage => Name == "package";

    public string Description => this switch
    {
        { IsPackage: true } => "the package's weights",
        { IsScalar: true } => $"FSQ {string.Join(" × ", _numbers)}",
        { _numbers.Length: 2 } => $"VQ, moving averages, {_numbers[0]}, from step {_numbers[1]}",
        _ => $"VQ, moving averages, {_numbers[0]}",
    };

    private bool IsScalar => Name.StartsWith("fsq-", StringComparison.Ordinal);

    /// <exception cref="BenchmarkException">There is no such variant.</exception>
    public static QuantizerVariant Parse(string name)
    {
        string[] parts = name.Split('-');
        int[] numbers = [.. parts.Skip(1).Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)];
        bool known = name == "package" || (numbers.Length > 0 && numbers.All(number => number >= 3) && (parts[0] == "fsq" || (parts[0] == "vq" && numbers.Length <= 2)));
        return known ? new(name, numbers) : throw new BenchmarkException($"Found the variant '{name}', expected 'package', 'vq-' with a vocabulary (vq-1024) and perhaps the step of the first quantisation (vq-1024-100), or 'fsq-' with levels (fsq-8-5-5-5).");
    }

    /// <summary>Trains encoder and decoder around the quantiser, and keeps them in the file.</summary>
    public void Train(TokenizerTrainingOptions options, string path)
    {
        torch.random.manual_seed(options.Seed);
        if (IsScalar)
        {
            // As wide as the network with a codebook.
            using var network = new CompactFsqVae(CompactWidths.Packaged, _numbers);
            TokenizerTraining.Run(network, options);
            AtomicFile.Write(path, stream => network.Save(stream));
        }
        else
        {
            using var network = new CompactVqVae(_numbers[0]);
            TokenizerTraining.Run(network, _numbers.Length == 2 ? options with { ContinuousSteps = _numbers[1] } : options);
            AtomicFile.Write(path, stream => network.Save(stream));
        }
    }

    /// <summary>The trained tokenizer, for Stage II.</summary>
    public Tokenizer Tokenizer(string path) => this switch
    {
        { IsPackage: true } => Tokenizers.Compact(),
        _ => Tokenizers.FromFile(path),
    };
}
