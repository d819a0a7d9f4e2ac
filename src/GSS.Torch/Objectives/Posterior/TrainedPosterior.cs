using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>What Stage I ends with: X and X⁻¹.</summary>
/// <param name="Palette">X: the palette β.</param>
/// <param name="Inverse">X⁻¹; null where it is the nearest colour.</param>
/// <param name="Validation">What validation found at the end: of label maps that went through the tokenizer and back, or of predictions where X⁻¹ learned from these. Null without validation samples.</param>
/// <param name="ParameterCount">How many numbers were learned.</param>
internal sealed record TrainedPosterior(MaskigePalette Palette, InverseNetwork? Inverse, SegmentationMetrics? Validation, long ParameterCount) : IDisposable
{
    public void Dispose() => Inverse?.Dispose();
}

/// <summary>X and X⁻¹ while they are learned.</summary>
internal sealed class PosteriorNetworks : IDisposable
{
    private readonly Tensor? _fixed;

    public PosteriorNetworks(PosteriorTrainingOptions options, MaskigePalette palette, TokenizerNetwork tokenizer, Device device)
    {
        (Tokenizer, Start, Device) = (tokenizer, palette, device);
        Learned = options.LearnsPalette ? new LearnedPalette(palette, device) : null;
        _fixed = options.LearnsPalette ? null : palette.ToTensor().to(device).DetachFromDisposeScope();
        Inverse = options.Inverse == InverseKind.NearestColor ? null : InverseNetwork.Create(options.Inverse, palette, options.Seed);
        Inverse?.to(device);
    }

    public TokenizerNetwork Tokenizer { get; }

    public Device Device { get; }

    public LearnedPalette? Learned { get; }

    public InverseNetwork? Inverse { get; private set; }

    private MaskigePalette Start { get; }

    /// <summary>The palette as it is now.</summary>
    public MaskigePalette Palette => Learned?.ToPalette() ?? Start;

    /// <summary>The same as <c>[K, 3]</c> in 0..1, with gradients where it is learned, in the caller's scope or owned by this.</summary>
    public Tensor Colors() => Learned?.Colors() ?? _fixed!;

    /// <summary>What label maps are read by from their maskiges.</summary>
    public MaskigeReading Reading => new(Tokenizer, Palette, Inverse);

    /// <summary>Gives X⁻¹ away, frozen.</summary>
    public InverseNetwork? Release()
    {
        Inverse?.Freeze();
        InverseNetwork? inverse = Inverse;
        Inverse = null;
        return inverse;
    }

    public void Dispose()
    {
        Learned?.Dispose();
        _fixed?.Dispose();
        Inverse?.Dispose();
    }
}
