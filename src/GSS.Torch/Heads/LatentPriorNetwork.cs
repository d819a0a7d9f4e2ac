using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// The latent prior of Stage II: a photograph to the logits of its latent tokens (paper section 3.4).
/// <code>
/// image [B,3,H,W] RGB 0..255 → normalise → encoder → 4 levels (strides 4, 8, 16, 32) → token head → logits [B,V,h,w]
/// </code>
/// h = ceil(H / stride), w = ceil(W / stride) for any H and W, with the tokenizer's stride, 4 or 8.
/// </summary>
internal sealed class LatentPriorNetwork : Module<Tensor, Tensor>
{
    /// <summary>The share of the projected channels that training drops (reference: 0.1).</summary>
    public const double DropoutShare = 0.1;

    // Read by name: a module that moves to another device gets new tensors for these.
    private const string MeanName = "mean", DeviationName = "standard_deviation";

    /// <summary>Makes the network with random weights that depend on <paramref name="seed"/> alone.</summary>
    /// <param name="encoder">The backbone; the network owns it from here on.</param>
    /// <param name="outputChannels">V, the vocabulary; K for a per-pixel head.</param>
    /// <param name="auxiliaryChannels">K, or 0 for a network without auxiliary head.</param>
    /// <param name="seed">Where the random weights come from.</param>
    /// <param name="head">The token head; null is the light one.</param>
    /// <param name="tokenStride">Pixels a token stands for: 4 or 8.</param>
    public LatentPriorNetwork(EncoderNetwork encoder, int outputChannels, int auxiliaryChannels, long seed, TokenHead? head = null, int tokenStride = 4)
        : base(nameof(LatentPriorNetwork))
    {
        int level = tokenStride switch
        {
            4 => 0,
            8 => 1,
            _ => throw new ArgumentOutOfRangeException(nameof(tokenStride), tokenStride, "Tokens have stride 4 or 8."),
        };
        using IDisposable unchanged = TorchRandomness.LeaveGlobalGeneratorAlone();
        Encoder = encoder;
        Head = (head ?? TokenHeads.Light()).CreateNetwork(new TokenHeadInputs(encoder.Channels, level), outputChannels, auxiliaryChannels);

        register_module("encoder", Encoder);
        register_buffer(MeanName, tensor([.. encoder.InputMean]).reshape(1, 3, 1, 1));
        register_buffer(DeviationName, tensor([.. encoder.InputDeviation]).reshape(1, 3, 1, 1));
        register_module("head", Head);
        WeightInitialization.Apply(this, seed);
    }

    public EncoderNetwork Encoder { get; }

    /// <summary>The encoder's mean, ImageNet's as a rule, <c>[1, 3, 1, 1]</c>, RGB 0..255.</summary>
    public Tensor Mean => get_buffer(MeanName)!;

    /// <summary>The encoder's standard deviation, ImageNet's as a rule, <c>[1, 3, 1, 1]</c>, RGB 0..255.</summary>
    public Tensor StandardDeviation => get_buffer(DeviationName)!;

    public TokenHeadNetwork Head { get; }

    /// <summary>The 1×1 convolution with bias to V logits.</summary>
    public Conv2d Classifier => Head.Classifier;

    /// <summary>Image to logits, as in scoring.</summary>
    public override Tensor forward(Tensor image) => Head.Logits(Levels(image));

    /// <summary>Image to logits and auxiliary logits (null without auxiliary head), as in training.</summary>
    /// <param name="image"><c>[B, 3, H, W]</c>, RGB 0..255.</param>
    /// <param name="dropout"><c>[B, ProjectedChannels, 1, 1]</c> factors on the head's projected channels: 0 drops one, 1/(1-share) keeps it. Null drops none.</param>
    public (Tensor Logits, Tensor? Auxiliary) ForwardWithAuxiliary(Tensor image, Tensor? dropout) => Head.Forward(Levels(image), dropout, withAuxiliary: true);

    /// <summary>Image to what the classifier reads and to auxiliary logits (null without auxiliary head), as in training; the logits follow by <see cref="TokenHeadNetwork.Classify"/>.</summary>
    /// <param name="image"><c>[B, 3, H, W]</c>, RGB 0..255.</param>
    /// <param name="dropout">As in <see cref="ForwardWithAuxiliary"/>.</param>
    public (Tensor Features, Tensor? Auxiliary) Read(Tensor image, Tensor? dropout) => Head.Read(Levels(image), dropout, withAuxiliary: true);

    private Tensor[] Levels(Tensor image) => Encoder.call((image - Mean) / StandardDeviation);

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
