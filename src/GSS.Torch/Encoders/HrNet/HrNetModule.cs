using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>Residual blocks in each branch, then every branch becomes the sum of all of them, brought to its size and width, and ReLU.</summary>
internal sealed class HrNetModule : Module<Tensor[], Tensor[]>
{
    public HrNetModule(int[] blocks, int[] channels)
        : base(nameof(HrNetModule))
    {
        Branches = new ModuleList<ModuleList<ResidualBlock>>([.. channels.Select((width, i) =>
            new ModuleList<ResidualBlock>([.. ResidualBlock.Chain(width, width, blocks[i], bottleneck: false)]))]);
        register_module("branches", Branches);
        Fusion = [.. channels.Select((_, to) => channels.Select((_, from) => Path(channels, from, to)).ToArray())];
        register_module("fuse_layers", new NamedModules(Fusion.Select((paths, to) => ($"{to}", (Module)HrNet.Named(paths, single: from => from > to)))));
    }

    public ModuleList<ModuleList<ResidualBlock>> Branches { get; }

    /// <summary>[to][from]: a 1×1 unit where the source is coarser (bilinear interpolation follows), a unit of stride 2 for each level where it is finer, none where it is the branch itself.</summary>
    public ConvolutionUnit[][][] Fusion { get; }

    public override Tensor[] forward(Tensor[] input)
    {
        Tensor[] branches = [.. input];
        for (int i = 0; i < branches.Length; i++)
        {
            foreach (ResidualBlock block in Branches[i])
            {
                branches[i] = block.call(branches[i]);
            }
        }

        return [.. branches.Select((_, to) => Fuse(branches, to))];
    }

    /// <summary>The same in ONNX.</summary>
    public OnnxValue[] ToOnnx(OnnxGraph graph, OnnxValue[] input)
    {
        OnnxValue[] branches = [.. input];
        for (int i = 0; i < branches.Length; i++)
        {
            foreach (ResidualBlock block in Branches[i])
            {
                branches[i] = block.ToOnnx(graph, branches[i]);
            }
        }

        return [.. branches.Select((_, to) => Fuse(graph, branches, to))];
    }

    private Tensor Fuse(Tensor[] branches, int to)
    {
        Tensor? sum = null;
        for (int from = 0; from < branches.Length; from++)
        {
            Tensor part = HrNet.Chain(Fusion[to][from], branches[from]);
            if (from > to)
            {
                // As in the reference: to a power of two times its own size, and from there to the branch's size, which is smaller where a size was rounded up.
                long factor = 1L << (from - to);
                part = Resize(Resize(part, part.shape[2] * factor, part.shape[3] * factor), branches[to].shape[2], branches[to].shape[3]);
            }

            sum = sum is null ? part : sum.Plus(part);
        }

        return sum!.relu();
    }

    private OnnxValue Fuse(OnnxGraph graph, OnnxValue[] branches, int to)
    {
        OnnxValue? sum = null;
        for (int from = 0; from < branches.Length; from++)
        {
            OnnxValue part = HrNet.Chain(graph, Fusion[to][from], branches[from]);
            if (from > to)
            {
                // Twice, as the network does; where the sizes agree the second one only copies.
                OnnxValue larger = graph.Mul(graph.Shape(part, 2, 4), graph.Constant([1L << (from - to)]));
                part = graph.ResizeBilinearLike(graph.ResizeBilinear(part, larger), branches[to]);
            }

            sum = sum is { } others ? graph.Add(others, part) : part;
        }

        return graph.Relu(sum!.Value);
    }

    private static Tensor Resize(Tensor x, long height, long width) => x.shape[2] == height && x.shape[3] == width
        ? x : functional.interpolate(x, [height, width], mode: InterpolationMode.Bilinear, align_corners: false);

    private static ConvolutionUnit[] Path(int[] channels, int from, int to) => from > to
        ? [new ConvolutionUnit(channels[from], channels[to], 1)]
        : [.. Enumerable.Range(from + 1, to - from).Select(level => new ConvolutionUnit(
            channels[from], level == to ? channels[to] : channels[from], 3, stride: 2, activation: level == to ? Activation.None : Activation.Relu))];

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
