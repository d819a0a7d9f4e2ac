using GSS.Torch;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Untrained tokenizers of a few channels that use many tokens, as trained ones do.</summary>
internal static class TinyTokenizers
{
    public static CompactFsqVae Scalar(CompactWidths? widths = null, params int[] levels)
    {
        TorchNative.EnsureLoaded();
        random.manual_seed(3);
        var network = new CompactFsqVae(widths ?? new(8, 12, 16, 8, 3), levels.Length > 0 ? levels : [8, 5, 5]);
        using var noGrad = no_grad();

        // A network drawn at random says nearly the same of everything; what it says is made louder.
        network.Encoder.Free.Output.weight!.mul_(Constant.Of(60));
        network.Decoder.Mixture.weight!.mul_(Constant.Of(10));
        foreach (var parameter in network.Encoder.parameters().Concat(network.Decoder.parameters()))
        {
            parameter.requires_grad = false;
        }

        network.To(CPU);
        return network;
    }

    /// <summary>As <see cref="Scalar"/>, not frozen.</summary>
    public static CompactFsqVae Trainable()
    {
        CompactFsqVae network = Scalar();
        foreach (var parameter in network.Encoder.parameters().Concat(network.Decoder.parameters()))
        {
            parameter.requires_grad = true;
        }

        return network;
    }

    public static string SaveTo(string path, CompactFsqVae network)
    {
        using FileStream stream = File.Create(path);
        network.Save(stream);
        return path;
    }
}
