using System.Runtime.InteropServices;
using GSS.Core;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>The trained model once more in eager PyTorch, in one memory layout: works 0 to 2 score batches of 1, 4 and 8, work 3 scores the photograph in the file <c>photograph</c> into the file <c>labels</c>.</summary>
internal sealed class ScoringPeer : IDisposable
{
    // All tokens, the most likely one: what a port of the authors' code computes. Its nearest colours are one matrix product.
    private const string Script = """
        folder, width, height, tokens, classes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
        torch.set_num_threads(int(sys.argv[6]))
        layout = torch.channels_last if sys.argv[7] == "last" else torch.contiguous_format
        prior = load(LatentPrior(tokens, classes, True, int(sys.argv[8])), folder + "/prior").eval().to(memory_format=layout)
        tokenizer = load(Tokenizer(tokens), folder + "/tokenizer").eval().to(memory_format=layout)
        palette = torch.frombuffer(bytes_of(folder + "/palette"), dtype=torch.float32).reshape(-1, 3)
        squares = palette.square().sum(1, keepdim=True)
        photographs = torch.frombuffer(bytes_of(folder + "/photographs"), dtype=torch.uint8).reshape(-1, height, width, 3)
        def score(images):
            found = prior(images.permute(0, 3, 1, 2).float().contiguous(memory_format=layout)).argmax(1)
            colors = (tokenizer.decode(found) * 255).reshape(len(images), 3, -1)
            return (squares - 2 * palette @ colors).argmin(1).to(torch.uint8)
        def label():
            image = torch.frombuffer(bytes_of(folder + "/photograph"), dtype=torch.uint8).reshape(1, height, width, 3)
            with open(folder + "/labels", "wb") as file:
                file.write(score(image).numpy().tobytes())
        serve(lambda: score(photographs[:1]), lambda: score(photographs[:4]), lambda: score(photographs[:8]), label)
        """;

    private readonly PythonPeer _python;
    private readonly string _folder;

    private ScoringPeer(PythonPeer python, string folder) => (_python, _folder) = (python, folder);

    public string Version => _python.Version;

    public double PeakMebibytes => _python.PeakMebibytes;

    /// <summary>Starts it; null where there is no Python with PyTorch.</summary>
    public static ScoringPeer? TryStart(string folder, TrainedPrior trained, IReadOnlyList<RgbImage> photographs, int threads, bool channelsLast)
    {
        PyTorchPrior.WriteWeights(trained.Network, trained.Tokenizer, folder);
        File.WriteAllBytes(Path.Combine(folder, "photographs"), [.. photographs.SelectMany<RgbImage, byte>(image => image.Pixels.ToArray())]);
        File.WriteAllBytes(Path.Combine(folder, "palette"), MemoryMarshal.AsBytes<float>([.. trained.Palette.Colors.SelectMany(c => new float[] { c.R, c.G, c.B })]));
        string[] arguments =
        [
            folder, $"{photographs[0].Width}", $"{photographs[0].Height}", $"{trained.Tokenizer.VocabularySize}", $"{trained.Classes.Count}", $"{threads}", channelsLast ? "last" : "first",
            $"{TrainedCamVid.LastBlocks}",
        ];
        return PythonPeer.TryStart(PyTorchPrior.Script + Script, arguments) is { } python ? new(python, folder) : null;
    }

    /// <summary>The milliseconds of a batch of 1, 4 or 8.</summary>
    public double Milliseconds(int batch) => _python.Milliseconds(batch switch { 1 => 0, 4 => 1, _ => 2 });

    public byte[] Label(RgbImage image)
    {
        File.WriteAllBytes(Path.Combine(_folder, "photograph"), image.Pixels);
        _python.Milliseconds(3);
        return File.ReadAllBytes(Path.Combine(_folder, "labels"));
    }

    public void Dispose() => _python.Dispose();
}
