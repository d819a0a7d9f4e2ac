using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>One stage of <see cref="HrNet"/>: how many modules, and for each branch the number of residual blocks and their width.</summary>
internal sealed record HrNetStage(int Modules, int[] Blocks, int[] Channels);

/// <summary>
/// HRNet (Wang et al., PAMI 2020): up to four branches at strides 4, 8, 16 and 32 run side by side and exchange what they see after every module.
/// State names as in the reference: <c>conv1, bn1, conv2, bn2, layer1.N, transitionS.B…, stageS.M.branches.B.N, stageS.M.fuse_layers.TO.FROM…</c>.
/// </summary>
internal sealed class HrNet : EncoderNetwork
{
    /// <param name="first">Stage 1, of bottlenecks in one branch.</param>
    /// <param name="later">Stages 2, 3 and 4, of basic blocks in two, three and four branches.</param>
    public HrNet(HrNetStage first, params HrNetStage[] later)
        : base(nameof(HrNet))
    {
        using IDisposable unchanged = TorchRandomness.LeaveGlobalGeneratorAlone();
        for (int i = 0; i < 2; i++)
        {
            StemConvolutions[i] = Conv2d(i == 0 ? 3 : StemChannels, StemChannels, 3, stride: 2, padding: 1, bias: false);
            StemNorms[i] = BatchNorm2d(StemChannels);
            register_module($"conv{i + 1}", StemConvolutions[i]);
            register_module($"bn{i + 1}", StemNorms[i]);
        }

        First = new ModuleList<ResidualBlock>([.. ResidualBlock.Chain(StemChannels, first.Channels[0], first.Blocks[0], bottleneck: true)]);
        register_module("layer1", First);
        int[] channels = [First[^1].OutputChannels];
        for (int s = 0; s < later.Length; s++)
        {
            Transitions.Add(Transition(channels, later[s].Channels, s + 1));
            channels = later[s].Channels;
            Stages.Add(new ModuleList<HrNetModule>([.. Enumerable.Range(0, later[s].Modules).Select(_ => new HrNetModule(later[s].Blocks, channels))]));
            register_module($"stage{s + 2}", Stages[s]);
        }

        Channels = channels;
    }

    /// <summary>The channels behind the stem, the same for all widths.</summary>
    public const int StemChannels = 64;

    public override IReadOnlyList<int> Channels { get; }

    public override int StageOf(string name) =>
        name.StartsWith("stage", StringComparison.Ordinal) ? name[5] - '0' : name.StartsWith("transition", StringComparison.Ordinal) ? 1 + (name[10] - '0') : name.StartsWith("layer1", StringComparison.Ordinal) ? 1 : 0;

    /// <summary>Two convolutions of stride 2, each with normalisation and ReLU.</summary>
    public Conv2d[] StemConvolutions { get; } = new Conv2d[2];

    public BatchNorm2d[] StemNorms { get; } = new BatchNorm2d[2];

    /// <summary>Stage 1.</summary>
    public ModuleList<ResidualBlock> First { get; }

    /// <summary>Before each later stage and for each of its branches the units that lead there, none where the branch goes on unchanged. A new branch starts from the coarsest one so far.</summary>
    public List<ConvolutionUnit[][]> Transitions { get; } = [];

    /// <summary>Stages 2, 3 and 4.</summary>
    public List<ModuleList<HrNetModule>> Stages { get; } = [];

    /// <summary>The network of the paper whose finest branch has <paramref name="width"/> channels, such as 18, 32 or 48.</summary>
    public static HrNet OfWidth(int width)
    {
        HrNetStage Stage(int branches, int modules) =>
            new(modules, [.. Enumerable.Repeat(4, branches)], [.. Enumerable.Range(0, branches).Select(i => width << i)]);
        return new HrNet(new HrNetStage(1, [4], [64]), Stage(2, 1), Stage(3, 4), Stage(4, 3));
    }

    public override Tensor[] forward(Tensor image)
    {
        Tensor x = image;
        for (int i = 0; i < 2; i++)
        {
            x = StemNorms[i].Normalize(StemConvolutions[i].Compute(x)).relu_();
        }

        foreach (ResidualBlock block in First)
        {
            x = block.call(x);
        }

        Tensor[] branches = [x];
        for (int s = 0; s < Stages.Count; s++)
        {
            Tensor[] before = branches;
            branches = [.. Transitions[s].Select((units, i) => Chain(units, before[Math.Min(i, before.Length - 1)]))];
            foreach (HrNetModule module in Stages[s])
            {
                branches = module.call(branches);
            }
        }

        return branches;
    }

    /// <inheritdoc/>
    public override OnnxValue[] ToOnnx(OnnxGraph graph, OnnxValue image)
    {
        OnnxValue x = image;
        for (int i = 0; i < StemConvolutions.Length; i++)
        {
            x = graph.Relu(graph.Conv(x, StemConvolutions[i], StemNorms[i]));
        }

        foreach (ResidualBlock block in First)
        {
            x = block.ToOnnx(graph, x);
        }

        OnnxValue[] branches = [x];
        for (int s = 0; s < Stages.Count; s++)
        {
            OnnxValue[] before = branches;
            branches = [.. Transitions[s].Select((units, i) => Chain(graph, units, before[Math.Min(i, before.Length - 1)]))];
            foreach (HrNetModule module in Stages[s])
            {
                branches = module.ToOnnx(graph, branches);
            }
        }

        return branches;
    }

    /// <inheritdoc/>
    public override WeightNames NamesIn(IReadOnlyCollection<string> names) => new NamesWithout("incre_modules.", "downsamp_modules.", "final_layer.", "classifier.");

    /// <summary>Units one after the other.</summary>
    internal static Tensor Chain(ConvolutionUnit[] units, Tensor x)
    {
        foreach (ConvolutionUnit unit in units)
        {
            x = unit.call(x);
        }

        return x;
    }

    /// <summary>Units one after the other, in ONNX.</summary>
    internal static OnnxValue Chain(OnnxGraph graph, ConvolutionUnit[] units, OnnxValue x)
    {
        foreach (ConvolutionUnit unit in units)
        {
            x = unit.ToOnnx(graph, x);
        }

        return x;
    }

    private ConvolutionUnit[][] Transition(int[] from, int[] to, int number)
    {
        var paths = new ConvolutionUnit[to.Length][];
        for (int i = 0; i < to.Length; i++)
        {
            if (i < from.Length)
            {
                // A branch that goes on is only brought to its new width.
                paths[i] = from[i] == to[i] ? [] : [new ConvolutionUnit(from[i], to[i], 3, activation: Activation.Relu)];
            }
            else
            {
                paths[i] = [.. Enumerable.Range(from.Length, i - from.Length + 1)
                    .Select(j => new ConvolutionUnit(from[^1], j == i ? to[i] : from[^1], 3, stride: 2, activation: Activation.Relu))];
            }
        }

        register_module($"transition{number}", Named(paths, single: i => i < from.Length));
        return paths;
    }

    /// <summary>Paths under their numbers: a single unit by itself, several as a list; identities are left out, as in the reference.</summary>
    internal static NamedModules Named(ConvolutionUnit[][] paths, Func<int, bool> single) => new(paths
        .Select((units, i) => (Name: $"{i}", Units: units, Single: single(i)))
        .Where(path => path.Units.Length > 0)
        .Select(path => (path.Name, path.Single ? path.Units[0] : (Module)new ModuleList<ConvolutionUnit>(path.Units))));
}
