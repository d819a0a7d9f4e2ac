using GSS.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// The reference's head made small. It refines the fused feature by window attention of width 512; a 3×3 convolution stands in its place here.
/// The auxiliary head reads what the classifier reads: on the fused feature, as in the reference's single-fusion head, it stays ten points of mIoU behind a per-pixel head.
/// <code>
/// each level: 1×1 block → bilinear to the token grid       multi-level aggregation (MLA)
/// concat → 1×1 block (fused) → 3×3 block(s) → 1×1 block → dropout → 1×1 convolution = logits [B,V,h,w]
///                                            and 1×1 convolution = auxiliary logits [B,K,h,w]     pseudo labels for void; ClassShares
/// </code>
/// </summary>
internal sealed class LightHead : TokenHeadNetwork
{
    /// <summary>Channels of each level after its 1×1 block.</summary>
    public const int LateralChannels = 64;

    /// <summary>Channels of the fused feature.</summary>
    public const int FusedChannels = 128;

    private readonly int[] _order;

    /// <param name="inputs">What it is built on.</param>
    /// <param name="outputChannels">V or K.</param>
    /// <param name="auxiliaryChannels">K, or 0.</param>
    /// <param name="contextBlocks">3×3 blocks behind the fusion.</param>
    /// <param name="multiLevel">False reads the last level alone.</param>
    public LightHead(TokenHeadInputs inputs, int outputChannels, int auxiliaryChannels, int contextBlocks = 1, bool multiLevel = true)
        : base(nameof(LightHead))
    {
        _order = LevelOrder(inputs, multiLevel);
        TokenLevel = inputs.TokenLevel;
        LevelBlocks = Laterals(_order.Select(level => inputs.Channels[level]), LateralChannels);
        Fusion = new ConvolutionBlock(_order.Length * LateralChannels, FusedChannels, 1);
        Context = new ModuleList<ConvolutionBlock>([.. Enumerable.Range(0, contextBlocks).Select(_ => new ConvolutionBlock(FusedChannels, FusedChannels, 3))]);
        Projection = new ConvolutionBlock(FusedChannels, ProjectedChannels, 1);
        Classifier = Conv2d(ProjectedChannels, outputChannels, 1);
        Auxiliary = auxiliaryChannels > 0 ? Conv2d(ProjectedChannels, auxiliaryChannels, 1) : null;

        register_module("laterals", LevelBlocks);
        register_module("fusion", Fusion);
        register_module("context", Context);
        register_module("projection", Projection);
        register_module("classifier", Classifier);
        if (Auxiliary is not null)
        {
            register_module("auxiliary", Auxiliary);
        }
    }

    /// <summary>The levels that are read, finest first.</summary>
    public static int[] LevelOrder(TokenHeadInputs inputs, bool multiLevel) => multiLevel ? [.. Enumerable.Range(0, inputs.Channels.Count)] : [inputs.Channels.Count - 1];

    /// <summary>The level whose grid the tokens have.</summary>
    public int TokenLevel { get; }

    public override int ProjectedChannels => 256;

    public ModuleList<ConvolutionBlock> LevelBlocks { get; }

    public ConvolutionBlock Fusion { get; }

    public ModuleList<ConvolutionBlock> Context { get; }

    public ConvolutionBlock Projection { get; }

    public override Conv2d Classifier { get; }

    public override Conv2d? Auxiliary { get; }

    protected override (Tensor Features, Tensor? Auxiliary) Features(Tensor[] levels, Tensor? dropout, bool withAuxiliary)
    {
        Tensor x = Fusion.call(Aggregate(levels, LevelBlocks, _order, TokenLevel));
        foreach (ConvolutionBlock block in Context)
        {
            x = block.call(x);
        }

        x = Projection.call(x);
        x = dropout is null ? x : x * dropout;
        return (x, withAuxiliary ? Auxiliary?.CallPointwise(x) : null);
    }

    /// <inheritdoc/>
    protected override OnnxValue Features(OnnxGraph graph, OnnxValue[] levels, out Func<OnnxValue> auxiliary)
    {
        OnnxValue x = Fusion.ToOnnx(graph, Aggregate(graph, levels, LevelBlocks, _order, TokenLevel));
        foreach (ConvolutionBlock block in Context)
        {
            x = block.ToOnnx(graph, x);
        }

        x = Projection.ToOnnx(graph, x);
        auxiliary = () => graph.Conv(x, Auxiliary!);
        return x;
    }
}

/// <summary>The description of a <see cref="LightHead"/>.</summary>
internal sealed class LightTokenHead(bool multiLevel = true) : TokenHead(multiLevel ? "light" : "light, last level alone")
{
    internal override TokenHeadNetwork CreateNetwork(TokenHeadInputs inputs, int outputChannels, int auxiliaryChannels) =>
        new LightHead(inputs, outputChannels, auxiliaryChannels, multiLevel: multiLevel);
}
