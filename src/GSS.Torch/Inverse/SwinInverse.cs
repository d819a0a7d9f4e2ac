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
    /// <summary>Channels that carry the colour at first.</summary>
    private const int CarryingChannels = 8;

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

    /// <summary>
    /// It begins as the rule of the nearest colour, as <see cref="ConvolutionInverse"/> does. Six channels carry each colour and its opposite, two are constant, the Swin blocks add nothing yet. The normalisation
    /// before the classifier takes away a mean and divides by a deviation that depend on all channels: a row of the classifier that sums to nothing does not see the mean, and the deviation scales the scores of
    /// all classes alike.
    /// </summary>
    protected override void DrawFirstWeights(MaskigePalette palette, Generator generator)
    {
        DrawBlocks(generator);
        long channels = Projection.Convolution.weight!.shape[0];
        if (channels < CarryingChannels)
        {
            throw new ArgumentException($"X⁻¹ of {channels} channels cannot begin as the nearest colour, which takes {CarryingChannels}.");
        }

        Tensor projection = Projection.Convolution.weight.normal_(0, Math.Sqrt(2.0 / 3), generator), shift = Projection.Norm.bias!.uniform_(-1, 1, generator);
        Projection.Norm.weight!.fill_(Constant.Of(1f));
        projection.narrow(0, 0, CarryingChannels).zero_();
        projection.narrow(0, 0, 3).select(3, 0).select(2, 0).copy_(eye(3));
        projection.narrow(0, 3, 3).select(3, 0).select(2, 0).copy_(eye(3).neg());

        // A little above 0, where ReLU would cut colours that are painted a little outside of 0..1: x + 1 and 2 - x, and the constants 2 and 1.
        shift.narrow(0, 0, CarryingChannels).copy_(tensor(new float[] { 1, 1, 1, 2, 2, 2, 2, 1 }));

        // With d = (x + 1) - (2 - x), twice the colour less one: 2 β·x - |β|² is β·d + Σβ - |β|².
        Tensor colors = palette.ToTensor() * Constant.Of(FirstSharpness(palette)), constant = colors.sum(1, keepdim: true) - (palette.ToTensor() * colors).sum(1, keepdim: true);
        Classifier.weight!.zero_().select(3, 0).select(2, 0).narrow(1, 0, CarryingChannels).copy_(cat([colors, colors.neg(), constant, constant.neg()], 1));
        Classifier.bias!.zero_();
    }

    /// <summary>Weights by which the blocks add nothing at first and learn from the first step on.</summary>
    private void DrawBlocks(Generator generator)
    {
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

        foreach (SwinBlock block in Blocks.Blocks)
        {
            block.Attention.Projection.weight!.zero_();
            block.Narrow.weight!.zero_();
        }
    }

    /// <inheritdoc/>
    public override void BeginTraining()
    {
        train();

        // The statistics of a few crops of plain areas are those of the few classes in them.
        Projection.Norm.eval();
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
