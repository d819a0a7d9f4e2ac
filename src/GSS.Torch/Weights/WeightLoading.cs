using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Copies the tensors of a file into a network, matched by name and shape.</summary>
internal static class WeightLoading
{
    /// <summary>Reads all of a network's parameters and buffers; nothing is copied unless everything fits.</summary>
    /// <param name="network">The network to fill, on any device.</param>
    /// <param name="file">The open file.</param>
    /// <param name="networkName">The network's name in messages.</param>
    /// <param name="names">What the file calls the network's tensors; by default the same.</param>
    /// <returns>Which entries of the file were read, and which ignored.</returns>
    /// <exception cref="WeightFileException">The tensors do not fit; every mismatch is counted, the first ones are named.</exception>
    public static LoadedWeights Load(nn.Module network, WeightFile file, string networkName, WeightNames? names = null)
    {
        names ??= WeightNames.Unchanged;
        using var scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Dictionary<string, Tensor> state = network.state_dict();
        Dictionary<string, string> stored = [];
        var ignored = new List<string>();
        var mismatches = new WeightMismatches();
        foreach (string name in file.Names)
        {
            if (names.Rename(name) is not { } own)
            {
                ignored.Add(name);
            }
            else if (!(state.ContainsKey(own) && stored.TryAdd(own, name)))
            {
                mismatches.Unexpected(name);
            }
        }

        foreach ((string name, Tensor target) in state)
        {
            if (!stored.TryGetValue(name, out string? source))
            {
                if (!names.MayBeMissing(name))
                {
                    mismatches.Missing(name, target.shape);
                }
            }
            else if (file.Find(source)!.Shape is var shape && !names.Fits(name, shape, target.shape))
            {
                mismatches.WrongShape(source, shape, target.shape);
            }
        }

        mismatches.ThrowIfAny(file.Path, networkName, state.Count);
        foreach ((string name, string source) in stored)
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor target = state[name];
            target.copy_(names.Convert(name, file.Read(source), target.shape));
        }

        return new LoadedWeights(file.Path, networkName, stored.Values, ignored);
    }
}
