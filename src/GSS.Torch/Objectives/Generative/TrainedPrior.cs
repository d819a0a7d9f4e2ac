using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>What Stage II ends with: the latent prior with its tokenizer, classes and palette.</summary>
public sealed class TrainedPrior : TrainedSegmenter
{
    private readonly Tensor _palette;

    internal TrainedPrior(
        LatentPriorNetwork network, TokenizerNetwork tokenizer, SegmentationClasses classes, MaskigePalette palette, GenerativeOptions options, Device device, InverseNetwork? inverse = null)
        : base(network, classes, device)
    {
        (Tokenizer, Palette, Options, Inverse) = (tokenizer, palette, options, inverse);
        TokenDecoding = options.TokenDecoding == TokenDecoding.Validated ? TokenDecoding.MostLikely : options.TokenDecoding;
        _palette = palette.ToTensor().to(device).DetachFromDisposeScope();
    }

    /// <summary>The palette β of its maskiges.</summary>
    public MaskigePalette Palette { get; }

    internal TokenizerNetwork Tokenizer { get; }

    internal GenerativeOptions Options { get; }

    /// <summary>X⁻¹; null where it is the nearest colour.</summary>
    internal InverseNetwork? Inverse { get; private set; }

    /// <summary>How it is decided which token stands at a place: what the options name, or what validation chose; never <see cref="TokenDecoding.Validated"/>.</summary>
    public TokenDecoding TokenDecoding { get; internal set; }

    /// <summary>What validation found for each way to decide, where it was to choose one; empty else.</summary>
    internal IReadOnlyDictionary<TokenDecoding, double> MeasuredDecodings { get; set; } = new Dictionary<TokenDecoding, double>();

    /// <summary>The codes of <see cref="TokenDecoding.Agreement"/> (<see cref="TokenClasses.Codes"/>), <c>[V, D]</c>; null where no decision needs them.</summary>
    internal Tensor? AgreementCodes { get; private set; }

    /// <summary>The tokens that can be chosen (<see cref="TokenClasses.Kept"/>), in ascending order; null means all.</summary>
    internal long[]? KeptTokens { get; set; }

    /// <summary>Keeps a copy of <see cref="AgreementCodes"/> beyond the caller's scope.</summary>
    internal void KeepAgreementCodes(Tensor codes)
    {
        AgreementCodes?.Dispose();
        AgreementCodes = codes.to(ScalarType.Float32).to(Device).clone().DetachFromDisposeScope();
    }

    /// <summary>The palette, <c>[K, 3]</c> in 0..1 on the training device.</summary>
    internal Tensor PaletteColors => _palette;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, byte[]> Export()
    {
        using DisposeScope scope = NewDisposeScope();
        return new Dictionary<string, byte[]>
        {
            [SegmentationModelPackage.PriorPart] = PriorExport.ToBytes(Network, SelectionBy(TokenDecoding)),
            [SegmentationModelPackage.DecoderPart] = TokenizerExport.DecoderToBytes(Tokenizer, Inverse),
        };
    }

    /// <summary>The label maps of a photograph by each of several decisions, for which the network computes once.</summary>
    internal LabelMap[] Predict(RgbImage image, IReadOnlyList<TokenDecoding> decodings)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor logits = Forward(image);
        return [.. decodings.Select(decoding => Reading.Read(Tokenizer.Decode(SelectionBy(decoding).Choose(logits)), image.Width, image.Height))];
    }

    /// <summary>The maskiges that the trained prior predicts for photographs of a batch, as scoring decodes them.</summary>
    /// <param name="images">RGB 0..255, <c>[B, 3, H, W]</c>.</param>
    /// <returns>RGB, about 0..1, <c>[B, 3, scale × H', scale × W']</c>, H' and W' the next multiples of the stride, in the caller's scope.</returns>
    internal Tensor PredictMaskiges(Tensor images)
    {
        using IDisposable noGradient = no_grad();
        Network.eval();
        return Tokenizer.Decode(SelectionBy(TokenDecoding).Choose(Network.call(images)));
    }

    /// <summary>Takes a trained X⁻¹ in place of the nearest colour.</summary>
    /// <param name="inverse">Owned from now on.</param>
    /// <param name="validation">What the model is worth with it; null without validation samples.</param>
    internal void Take(InverseNetwork inverse, SegmentationMetrics? validation)
    {
        Inverse?.Dispose();
        (Inverse, BestValidation) = (inverse, validation ?? BestValidation);
    }

    private MaskigeReading Reading => new(Tokenizer, Palette, Inverse);

    private protected override LabelMap FindClasses(Tensor logits, int width, int height) => Reading.Read(Tokenizer.Decode(SelectionBy(TokenDecoding).Choose(logits)), width, height);

    private TokenSelection SelectionBy(TokenDecoding decoding) => new(
        decoding switch
        {
            TokenDecoding.Expected => new DecisionByCodes(Tokenizer.Codes),
            TokenDecoding.Agreement => new DecisionByCodes(AgreementCodes!, Nearest: false),
            _ => null,
        },
        KeptTokens);

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Tokenizer.Dispose();
        Inverse?.Dispose();
        _palette.Dispose();
        AgreementCodes?.Dispose();
    }
}
