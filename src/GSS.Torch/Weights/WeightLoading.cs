using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Copies the tensors of a file into a network, matched by name and shape.</summary>
internal static class WeightLoading
{
    /// <summary>Reads an encoder's weights, if its description names a file; <c>fc.*</c> (the classifier) is ignored, and <c>num_batches_tracked</c> may be missing.</summary>
    /// <exception cref="WeightFileException">The file is damaged, or its tensors do not fit the network; every mismatch is listed.</exception>
    public static void LoadEncoder(EncoderNetwork network, ImageEncoder description)
    {
        if (description.Weights is { } path)
        {
            using SafeTensorsFile file = SafeTensorsFile.Open(path);
            Load(network, file, path, description.Name, name => name.StartsWith("fc.", StringComparison.Ordinal));
        }
    }

    /// <summary>Reads all of a network's parameters and buffers from the tensors whose names begin with a prefix; the file may hold more.</summary>
    public static void Load(nn.Module network, SafeTensorsFile file, string path, string networkName, string prefix)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Dictionary<string, Tensor> state = network.state_dict();
        List<string> mismatches = [];
        foreach ((string name, Tensor target) in state)
        {
            if (!file.Entries.TryGetValue(prefix + name, out SafeTensorEntry? entry))
            {
                mismatches.Add($"'{prefix + name}' [{string.Join(", ", target.shape)}] is missing");
            }
            else if (!entry.Shape.SequenceEqual(target.shape))
            {
                mismatches.Add($"'{prefix + name}' is [{string.Join(", ", entry.Shape)}] instead of [{string.Join(", ", target.shape)}]");
            }
        }

        if (mismatches.Count > 0)
        {
            throw new WeightFileException($"The weight file '{path}' does not fit {networkName} in {mismatches.Count} places; give the file of that network: "
                + string.Join("; ", mismatches.Take(20)) + (mismatches.Count > 20 ? "; …" : "") + ".");
        }

        foreach ((string name, Tensor target) in state)
        {
            target.copy_(file.Read(prefix + name));
        }
    }

    /// <summary>Reads all of a network's parameters and buffers.</summary>
    /// <param name="network">The network to fill.</param>
    /// <param name="file">The open file.</param>
    /// <param name="path">Its name in messages.</param>
    /// <param name="networkName">The network's name in messages.</param>
    /// <param name="ignore">Names in the file that the network need not have.</param>
    public static void Load(nn.Module network, SafeTensorsFile file, string path, string networkName, Func<string, bool> ignore)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Dictionary<string, Tensor> state = network.state_dict();
        List<string> mismatches = [];
        foreach ((string name, Tensor target) in state)
        {
            if (!file.Entries.TryGetValue(name, out SafeTensorEntry? entry))
            {
                if (!name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
                {
                    mismatches.Add($"'{name}' [{string.Join(", ", target.shape)}] is missing");
                }
            }
            else if (!entry.Shape.SequenceEqual(target.shape))
            {
                mismatches.Add($"'{name}' is [{string.Join(", ", entry.Shape)}] instead of [{string.Join(", ", target.shape)}]");
            }
        }

        mismatches.AddRange(file.Entries.Keys.Where(name => !state.ContainsKey(name) && !ignore(name)).Select(name => $"'{name}' is unknown"));
        if (mismatches.Count > 0)
        {
            throw new WeightFileException($"The weight file '{path}' does not fit {networkName} in {mismatches.Count} places; export the weights of that network under its usual names: "
                + string.Join("; ", mismatches.Take(20)) + (mismatches.Count > 20 ? "; …" : "") + ".");
        }

        foreach ((string name, Tensor target) in state)
        {
            if (file.Entries.ContainsKey(name))
            {
                target.copy_(file.Read(name));
            }
        }
    }
}
