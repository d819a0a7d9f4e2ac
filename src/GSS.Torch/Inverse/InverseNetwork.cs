using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>What X⁻¹ is (paper section 3.3).</summary>
internal enum InverseKind
{
    /// <summary>The nearest colour of the palette (GSS-FF, FF-R, TF): nothing to train.</summary>
    NearestColor,

    /// <summary>Three convolutions (GSS-FT, TT).</summary>
    Convolutions,

    /// <summary>Swin blocks (GSS-FT-W).</summary>
    SwinBlocks,
}

/// <summary>X⁻¹ as a network: a maskige, RGB in 0..1, <c>[B, 3, H, W]</c>, to class scores <c>[B, K, H, W]</c> (paper section 3.3).</summary>
internal abstract class InverseNetwork(string name) : Layer(name)
{
    /// <summary>Each makes a network of the widths that a file has, or gives null where the file holds none of its kind.</summary>
    private static readonly Func<WeightFile, string, InverseNetwork?>[] s_known = [SwinInverse.Like, ConvolutionInverse.Like];

    /// <summary>The variant that it belongs to, as in the manifest: <c>FT</c> or <c>FT-W</c>.</summary>
    public abstract string Variant { get; }

    /// <summary>K.</summary>
    public abstract int ClassCount { get; }

    /// <summary>About how many bytes a run needs for each pixel of the maskige.</summary>
    public abstract long BytesPerPixel { get; }

    /// <summary>What was read from a weight file; null before.</summary>
    public LoadedWeights? LoadedWeights { get; private set; }

    /// <summary>A network to be trained, with its first weights.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="palette">The colours of the classes, which it starts from where it can.</param>
    /// <param name="seed">Decides the first weights.</param>
    public static InverseNetwork Create(InverseKind kind, MaskigePalette palette, int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using IDisposable unchanged = TorchRandomness.LeaveGlobalGeneratorAlone();
        using var generator = new Generator(TorchRandomness.Mix(seed, 0), CPU);
        InverseNetwork network = kind == InverseKind.Convolutions ? new ConvolutionInverse(palette.Count) : new SwinInverse(palette.Count, new SwinInverseSize());
        network.DrawFirstWeights(palette, generator);
        network.KeepBeyondScopes();
        return network;
    }

    /// <summary>Draws the first weights; gradients are off.</summary>
    protected abstract void DrawFirstWeights(MaskigePalette palette, Generator generator);

    /// <summary>Half of what stands before a squared distance of colours in 0..1, so that the score of a pure colour is 8 above that of the colour nearest to it.</summary>
    protected static double FirstSharpness(MaskigePalette palette)
    {
        const double Lead = 8;
        double distance = palette.Count > 1 ? palette.SmallestDistance / 255 : 1;
        return Lead / (distance * distance);
    }

    /// <summary>Makes ready for a step of training.</summary>
    public virtual void BeginTraining() => train();

    /// <summary>The weights as a <c>.safetensors</c> file, which <see cref="Load(string)"/> reads.</summary>
    public byte[] ToBytes()
    {
        using DisposeScope scope = NewDisposeScope();
        using var stream = new MemoryStream();
        SafeTensorsWriter.Write(stream, [.. state_dict().Where(entry => entry.Key.Split('.')[^1] != "num_batches_tracked").Select(entry => (entry.Key, entry.Value))]);
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="WeightFileException">It is damaged.</exception>
    public static InverseNetwork FromBytes(byte[] bytes, string name)
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(new MemoryStream(bytes, writable: false), name);
        return Load(file);
    }

    /// <summary>Ends training: no gradients any more, and running statistics stand still.</summary>
    public void Freeze()
    {
        eval();
        foreach (Parameter parameter in parameters())
        {
            parameter.requires_grad = false;
            parameter.grad = null;
        }

        this.KeepBeyondScopes();
    }

    /// <summary>Reads a network from a weight file, whose names and shapes also tell which network it is.</summary>
    /// <param name="path">A file of any format that <see cref="WeightFile"/> reads: the network alone, or a GSS checkpoint (<c>decode_head.*</c>).</param>
    /// <exception cref="WeightFileException">The file is damaged, or holds no X⁻¹.</exception>
    public static InverseNetwork Load(string path)
    {
        using WeightFile file = WeightFile.Open(path);
        return Load(file);
    }

    /// <summary>As <see cref="Load(string)"/>, for given classes.</summary>
    /// <exception cref="ArgumentException">It tells another number of classes apart.</exception>
    public static InverseNetwork Load(string path, SegmentationClasses classes)
    {
        InverseNetwork inverse = Load(path);
        int found = inverse.ClassCount;
        if (found == classes.Count)
        {
            return inverse;
        }

        inverse.Dispose();
        throw new ArgumentException($"The weight file '{path}' holds X⁻¹ for {found} classes and '{classes.Name}' has {classes.Count}, expected the classes that it was trained for.");
    }

    /// <summary>As <see cref="Load(string)"/>, from an open file.</summary>
    public static InverseNetwork Load(WeightFile file)
    {
        string prefix = file.Names.Any(name => name.StartsWith("decode_head.", StringComparison.Ordinal)) ? "decode_head." : "";
        using var scope = NewDisposeScope();
        using IDisposable unchanged = TorchRandomness.LeaveGlobalGeneratorAlone();
        InverseNetwork network = s_known.Select(like => like(file, prefix)).FirstOrDefault(found => found is not null)
            ?? throw new WeightFileException($"The weight file '{file.Path}' holds no X⁻¹ (neither '{prefix}projection.conv.weight' of FT-W nor '{prefix}0.weight' of FT is there): name the file that its training wrote.");
        try
        {
            network.LoadedWeights = WeightLoading.Load(network, file, $"X⁻¹ of {network.Variant}", new NamesOf(network, prefix));
        }
        catch
        {
            network.Dispose();
            throw;
        }

        network.Freeze();
        return network;
    }

    /// <summary>The names that the network has, under a prefix; a checkpoint holds more, which is not its business.</summary>
    private sealed class NamesOf(Module network, string prefix) : WeightNames
    {
        private readonly HashSet<string> _own = [.. network.state_dict().Keys];

        public override string? Rename(string name) =>
            name.StartsWith(prefix, StringComparison.Ordinal) && name[prefix.Length..] is var own && (prefix.Length == 0 || _own.Contains(own)) ? own : null;
    }
}
