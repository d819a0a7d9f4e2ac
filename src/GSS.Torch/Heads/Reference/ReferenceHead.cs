using GSS.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// The reference's generative head with its state names (paper section 3.4; reference: <c>GenerativeSegHeadFF</c>, <c>…FFSingleFusion</c>).
/// <code>
/// each level (order 1, 0, 2, 3): 1×1 block → bilinear to the token grid                  multi-level aggregation (MLA)
/// concat → 1×1 block (fused) → Swin blocks → LayerNorm → 1×1 block → dropout → 1×1 convolution = logits [B,V,h,w]
/// auxiliary, training only: own 1×1 blocks → bilinear to level 0 → concat → 1×1 block → 1×1 convolution = [B,K,H/4,W/4],
///                           or fused → 1×1 convolution = [B,K,h,w]
/// </code>
/// </summary>
internal sealed class ReferenceHead : TokenHeadNetwork
{
    // The reference lists level 1 first: with an index into that list it chooses the grid of the tokens.
    private static readonly int[] s_order = [1, 0, 2, 3];

    public ReferenceHead(TokenHeadInputs inputs, ReferenceHeadSize size, int outputChannels, int auxiliaryChannels, bool auxiliaryOnFused)
        : base(nameof(ReferenceHead))
    {
        int[] channels = [.. s_order.Select(level => inputs.Channels[level])];
        TokenLevel = inputs.TokenLevel;
        ProjectedChannels = size.Projected;
        LevelBlocks = Laterals(channels, size.Lateral);
        Fusion = new ConvolutionBlock(channels.Length * size.Lateral, size.Fused, 1);
        Blocks = new SwinBlockSequence(size.Fused, size.Heads, size.Depth, size.Window, 2 * size.Fused);
        Norm = LayerNorm(size.Fused);
        Projection = new ConvolutionBlock(size.Fused, size.Projected, 1);
        Classifier = Conv2d(size.Projected, outputChannels, 1);
        register_module("convs", LevelBlocks);
        register_module("fusion_conv", Fusion);
        register_module("transformer_block", Blocks);
        register_module("swin_ln", Norm);
        register_module("conv_before_seg", Projection);
        register_module("conv_seg", Classifier);
        if (auxiliaryChannels == 0)
        {
            return;
        }

        if (!auxiliaryOnFused)
        {
            AuxiliaryLevelBlocks = Laterals(channels, size.Lateral);
            AuxiliaryFusion = new ConvolutionBlock(channels.Length * size.Lateral, size.Lateral, 1);
            register_module("convs_pixel", AuxiliaryLevelBlocks);
            register_module("fusion_conv_pixel", AuxiliaryFusion);
        }

        Auxiliary = Conv2d(auxiliaryOnFused ? size.Fused : size.Lateral, auxiliaryChannels, 1);
        register_module("conv_seg_pixel", Auxiliary);
    }

    /// <summary>Which of the encoder's levels each block of <see cref="LevelBlocks"/> reads.</summary>
    public static ReadOnlySpan<int> Order => s_order;

    /// <summary>The level whose grid the tokens have.</summary>
    public int TokenLevel { get; }

    public override int ProjectedChannels { get; }

    public ModuleList<ConvolutionBlock> LevelBlocks { get; }

    public ConvolutionBlock Fusion { get; }

    public SwinBlockSequence Blocks { get; }

    public LayerNorm Norm { get; }

    public ConvolutionBlock Projection { get; }

    public override Conv2d Classifier { get; }

    public ModuleList<ConvolutionBlock>? AuxiliaryLevelBlocks { get; }

    public ConvolutionBlock? AuxiliaryFusion { get; }

    public override Conv2d? Auxiliary { get; }

    protected override (Tensor Features, Tensor? Auxiliary) Features(Tensor[] levels, Tensor? dropout, bool withAuxiliary)
    {
        Tensor fused = Fuse(levels);
        Tensor x = Projection.call(Refine(fused).permute(0, 3, 1, 2));
        Tensor? auxiliary = !withAuxiliary ? null
            : AuxiliaryLevelBlocks is null ? Auxiliary?.CallPointwise(fused)
            : Auxiliary!.CallPointwise(AuxiliaryFusion!.call(Aggregate(levels, AuxiliaryLevelBlocks, s_order, target: 0)));
        return (dropout is null ? x : x * dropout, auxiliary);
    }

    /// <inheritdoc/>
    protected override OnnxValue Features(OnnxGraph graph, OnnxValue[] levels, out Func<OnnxValue> auxiliary)
    {
        OnnxValue fused = Fusion.ToOnnx(graph, Aggregate(graph, levels, LevelBlocks, s_order, TokenLevel));
        auxiliary = () => graph.Conv(AuxiliaryLevelBlocks is null ? fused : AuxiliaryFusion!.ToOnnx(graph, Aggregate(graph, levels, AuxiliaryLevelBlocks, s_order, target: 0)), Auxiliary!);
        OnnxValue x = Blocks.ToOnnx(graph, graph.Transpose(fused, 0, 2, 3, 1));
        x = graph.Transpose(graph.LayerNorm(x, Norm), 0, 3, 1, 2);
        return Projection.ToOnnx(graph, x);
    }

    /// <summary>The fused feature, <c>[B, fused, h, w]</c>.</summary>
    public Tensor Fuse(Tensor[] levels) => Fusion.call(Aggregate(levels, LevelBlocks, s_order, TokenLevel));

    /// <summary>Swin blocks and normalisation: <c>[B, fused, h, w]</c> to <c>[B, h, w, fused]</c>.</summary>
    public Tensor Refine(Tensor fused) => Norm.Compute(Blocks.call(fused.permute(0, 2, 3, 1)));
}

/// <summary>The description of a <see cref="ReferenceHead"/>.</summary>
internal sealed class ReferenceTokenHead(ReferenceHeadSize size, bool auxiliaryOnFused)
    : TokenHead($"reference, depth {size.Depth}" + (auxiliaryOnFused ? ", auxiliary on the fused feature" : ""))
{
    internal override TokenHeadNetwork CreateNetwork(TokenHeadInputs inputs, int outputChannels, int auxiliaryChannels) =>
        new ReferenceHead(inputs, size, outputChannels, auxiliaryChannels, auxiliaryOnFused);
}
