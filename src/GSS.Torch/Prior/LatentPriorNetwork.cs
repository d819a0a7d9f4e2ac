using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// The latent prior of Stage II: a photograph to the logits of its latent tokens (paper section 3.4; reference: the FF generative head).
/// <code>
/// image [B,3,H,W] RGB 0..255 → normalise → encoder → 4 levels (strides 4, 8, 16, 32)
///   each level: 1×1 block → bilinear to stride 4                      multi-level aggregation (MLA)
///   concat → 1×1 block (fused) → 3×3 block(s) → 1×1 block → dropout → 1×1 convolution = logits [B,V,h,w]
///   fused → 1×1 convolution = auxiliary logits [B,K,h,w]              training only: pseudo labels for void
/// </code>
/// h = ceil(H/4), w = ceil(W/4) for any H and W. The reference refines the fused feature by window attention of width 512;
/// 3×3 convolutions stand in its place here, so that the whole costs about 1.6 times a bare ResNet-18.
/// The auxiliary head reads the fused feature, as in the reference's single-fusion head.
/// </summary>
internal sealed class LatentPriorNetwork : Module<Tensor, Tensor>
{
    /// <summary>The share of the projected channels that training drops (reference: 0.1).</summary>
    public const double DropoutShare = 0.1;

    /// <summary>Makes the network with random weights that depend on <paramref name="seed"/> alone.</summary>
    /// <param name="encoder">The backbone; the network owns it from here on.</param>
    /// <param name="outputChannels">V, the vocabulary; K for a per-pixel head.</param>
    /// <param name="auxiliaryChannels">K, or 0 for a network without auxiliary head.</param>
    /// <param name="seed">Where the random weights come from.</param>
    /// <param name="contextBlocks">How many 3×3 blocks follow the fusion.</param>
    public LatentPriorNetwork(EncoderNetwork encoder, int outputChannels, int auxiliaryChannels, long seed, int contextBlocks = 1)
        : base(nameof(LatentPriorNetwork))
    {
        using IDisposable unchanged = TorchRandomness.LeaveGlobalGeneratorAlone();
        Encoder = encoder;
        Mean = tensor([.. encoder.InputMean]).reshape(1, 3, 1, 1);
        StandardDeviation = tensor([.. encoder.InputDeviation]).reshape(1, 3, 1, 1);
        Laterals = new ModuleList<ConvolutionBlock>([.. encoder.Channels.Select(channels => new ConvolutionBlock(channels, LateralChannels, 1))]);
        Fusion = new ConvolutionBlock(encoder.Channels.Count * LateralChannels, FusedChannels, 1);
        Context = new ModuleList<ConvolutionBlock>([.. Enumerable.Range(0, contextBlocks).Select(_ => new ConvolutionBlock(FusedChannels, FusedChannels, 3))]);
        Projection = new ConvolutionBlock(FusedChannels, ProjectedChannels, 1);
        Classifier = Conv2d(ProjectedChannels, outputChannels, 1);
        Auxiliary = auxiliaryChannels > 0 ? Conv2d(FusedChannels, auxiliaryChannels, 1) : null;

        register_module("encoder", Encoder);
        register_buffer("mean", Mean);
        register_buffer("standard_deviation", StandardDeviation);
        register_module("laterals", Laterals);
        register_module("fusion", Fusion);
        register_module("context", Context);
        register_module("projection", Projection);
        register_module("classifier", Classifier);
        if (Auxiliary is not null)
        {
            register_module("auxiliary", Auxiliary);
        }

        WeightInitialization.Apply(this, seed);
    }

    /// <summary>Channels of each level after its 1×1 block.</summary>
    public static int LateralChannels => 64;

    /// <summary>Channels of the fused feature.</summary>
    public static int FusedChannels => 128;

    /// <summary>Channels before the classifier.</summary>
    public static int ProjectedChannels => 256;

    public EncoderNetwork Encoder { get; }

    /// <summary>The encoder's mean, ImageNet's as a rule, <c>[1, 3, 1, 1]</c>, RGB 0..255.</summary>
    public Tensor Mean { get; }

    /// <summary>The encoder's standard deviation, ImageNet's as a rule, <c>[1, 3, 1, 1]</c>, RGB 0..255.</summary>
    public Tensor StandardDeviation { get; }

    public ModuleList<ConvolutionBlock> Laterals { get; }

    public ConvolutionBlock Fusion { get; }

    public ModuleList<ConvolutionBlock> Context { get; }

    public ConvolutionBlock Projection { get; }

    /// <summary>The 1×1 convolution with bias to V logits.</summary>
    public Conv2d Classifier { get; }

    /// <summary>The 1×1 convolution with bias from the fused feature to K logits; null without auxiliary head.</summary>
    public Conv2d? Auxiliary { get; }

    /// <summary>Image to logits, as in scoring.</summary>
    public override Tensor forward(Tensor image) => Classify(Fuse(image), dropout: null);

    /// <summary>Image to logits and auxiliary logits (null without auxiliary head), as in training.</summary>
    /// <param name="image"><c>[B, 3, H, W]</c>, RGB 0..255.</param>
    /// <param name="dropout"><c>[B, ProjectedChannels, 1, 1]</c> factors on the projected channels: 0 drops one, 1/(1-share) keeps it. Null drops none.</param>
    public (Tensor Logits, Tensor? Auxiliary) ForwardWithAuxiliary(Tensor image, Tensor? dropout)
    {
        Tensor fused = Fuse(image);
        return (Classify(fused, dropout), Auxiliary?.call(fused));
    }

    private Tensor Fuse(Tensor image)
    {
        Tensor[] levels = Encoder.call((image - Mean) / StandardDeviation);
        long[] size = [levels[0].shape[2], levels[0].shape[3]];
        var laterals = new Tensor[levels.Length];
        for (int i = 0; i < levels.Length; i++)
        {
            Tensor lateral = Laterals[i].call(levels[i]);
            laterals[i] = i == 0 ? lateral : functional.interpolate(lateral, size, mode: InterpolationMode.Bilinear, align_corners: false);
        }

        return Fusion.call(cat(laterals, 1));
    }

    private Tensor Classify(Tensor fused, Tensor? dropout)
    {
        Tensor x = fused;
        foreach (ConvolutionBlock block in Context)
        {
            x = block.call(x);
        }

        x = Projection.call(x);
        return Classifier.call(dropout is null ? x : x * dropout);
    }

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
