using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>The widths of a <see cref="SwinInverse"/>; the defaults are the reference's.</summary>
/// <param name="Channels">Channels of the Swin blocks, whose feed-forward networks have twice as many.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Depth">Swin blocks: 1 for Cityscapes, 2 for ADE20K and MSeg. Only the second one shifts its windows.</param>
/// <param name="Window">Side of an attention window in pixels.</param>
internal sealed record SwinInverseSize(int Channels = 128, int Heads = 4, int Depth = 1, int Window = 7);

/// <summary>
/// X⁻¹ of GSS-FT-W (paper section 3.3; reference: <c>GenerativeSegHeadFTW</c>, with its state names): a 1×1 block from colours to channels, Swin blocks, LayerNorm
/// and a 1×1 convolution to K class scores. It works at the size of the maskige, which at stride 4 is twice that of the label map.
/// </summary>
internal sealed class SwinInverse : InverseNetwork
{
    public SwinInverse(int classes, SwinInverseSize size)
        : base(nameof(SwinInverse))
    {
        ClassCount = classes;
        Projection = new ConvolutionBlock(3, size.Channels, 1);
        Blocks = new SwinBlockSequence(size.Channels, size.Heads, size.Depth, size.Window, 2 * size.Channels);
        Norm = LayerNorm(size.Channels);
        Classifier = Conv2d(size.Channels, classes, 1);
        register_module("projection", Projection);
        register_module("post_transformer_block", Blocks);
        register_module("post_swin_ln", Norm);
        register_module("cls_segmap", Sequential(("conv", Classifier)));
    }

    public override string Variant => "FT-W";

    public override int ClassCount { get; }

    public ConvolutionBlock Projection { get; }

    public SwinBlockSequence Blocks { get; }

    public LayerNorm Norm { get; }

    public Conv2d Classifier { get; }

    /// <summary>Eight times the numbers of a token, which window attention has at the same time, and the scores.</summary>
    public override long BytesPerPixel => sizeof(float) * ((8 * Projection.Convolution.weight.shape[0]) + ClassCount);

    /// <summary>A network of the widths that a file has; null where the file holds none.</summary>
    public static SwinInverse? Like(WeightFile file, string prefix)
    {
        string blocks = prefix + "post_transformer_block.blocks.";
        if (file.Find(prefix + "projection.conv.weight")?.Shape is not [var channels, 3, 1, 1]
            || file.Find(prefix + "cls_segmap.conv.weight")?.Shape is not [var classes, _, _, _]
            || file.Find($"{blocks}0.attn.w_msa.relative_position_bias_table")?.Shape is not [var positions, var heads])
        {
            return null;
        }

        int depth = 1;
        while (file.Find($"{blocks}{depth}.norm1.weight") is not null)
        {
            depth++;
        }

        // A window of w has (2w - 1)² relative positions.
        int window = ((int)Math.Round(Math.Sqrt(positions)) + 1) / 2;
        return heads > 0 && channels % heads == 0 ? new SwinInverse((int)classes, new SwinInverseSize((int)channels, (int)heads, depth, window)) : null;
    }

    /// <inheritdoc/>
    protected override void DrawFirstWeights(MaskigePalette palette, Generator generator)
    {
        long[] shape = Projection.Convolution.weight!.shape;
        Projection.Convolution.weight.normal_(0, Math.Sqrt(2.0 / shape[1]), generator);
        foreach (Module module in Blocks.modules())
        {
            if (module is Linear linear)
            {
                linear.weight!.normal_(0, 0.02, generator);
                linear.bias?.zero_();
            }
            else if (module is IFirstWeights own)
            {
                own.DrawFirstWeights(generator);
            }
        }

        Classifier.weight!.normal_(0, 0.01, generator);
        Classifier.bias!.zero_();
    }

    public override Tensor forward(Tensor maskige)
    {
        using var scope = NewDisposeScope();
        Tensor x = Projection.call(maskige).permute(0, 2, 3, 1);
        return Classifier.CallPointwise(Norm.call(Blocks.call(x)).permute(0, 3, 1, 2)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override OnnxValue ToOnnx(OnnxGraph graph, OnnxValue maskige)
    {
        OnnxValue x = graph.Transpose(Projection.ToOnnx(graph, maskige), 0, 2, 3, 1);
        x = graph.LayerNorm(Blocks.ToOnnx(graph, x), Norm);
        return graph.Conv(graph.Transpose(x, 0, 3, 1, 2), Classifier);
    }
}
