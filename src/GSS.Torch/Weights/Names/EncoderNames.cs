using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Chooses what the file of an image encoder calls its tensors: the network says which architecture it is, the file who wrote it.</summary>
internal static class EncoderNames
{
    /// <summary>Prefixes that a wrapper put before every name: data parallel training, a class around the network, a model of mmcv.</summary>
    private static readonly string[] Wrappers = ["module.", "model.", "backbone.", "encoder."];

    /// <summary>The names for a network and a file.</summary>
    /// <param name="network">An encoder with the reference's names.</param>
    /// <param name="names">All names in the file: the encoder's alone, with a classifier, or those of a whole segmentation model (<c>backbone.*</c>).</param>
    public static WeightNames For(nn.Module network, IReadOnlyCollection<string> names)
    {
        string prefix = Prefix(names);
        string[] inner = prefix.Length == 0 ? [.. names] : [.. names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..])];
        WeightNames own = ForArchitecture(network, inner);
        return prefix.Length == 0 ? own : new NamesUnder(prefix, own);
    }

    private static WeightNames ForArchitecture(nn.Module network, string[] names)
    {
        HashSet<string> state = [.. network.state_dict().Keys];
        return state switch
        {
            _ when state.Contains("patch_embed.projection.weight") => SwinNames.For(names),
            _ when state.Contains("stem.0.weight") => ResNetV1cNames.For(names),
            _ when state.Contains("features.0.0.weight") => new NamesWithout("classifier."),
            _ when state.Contains("stage2.0.branches.0.0.conv1.weight") => new NamesWithout("incre_modules.", "downsamp_modules.", "final_layer.", "classifier."),
            _ => new NamesWithout("fc."),
        };
    }

    private static string Prefix(IReadOnlyCollection<string> names)
    {
        string prefix = "";
        while (true)
        {
            // mmcv's "backbone." stands beside "decode_head."; the others only count where every name has them.
            string? next = Wrappers.FirstOrDefault(wrapper => names.Any(name => Continues(name, prefix, wrapper))
                && (wrapper == "backbone." || names.All(name => Continues(name, prefix, wrapper))));
            if (next is null)
            {
                return prefix;
            }

            prefix += next;
        }
    }

    private static bool Continues(string name, string prefix, string next)
        => name.StartsWith(prefix, StringComparison.Ordinal) && name.AsSpan(prefix.Length).StartsWith(next, StringComparison.Ordinal);
}
