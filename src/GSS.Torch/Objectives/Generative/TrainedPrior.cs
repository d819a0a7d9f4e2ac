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
        _palette = tensor(palette.Colors.SelectMany(c => new[] { c.R / 255f, c.G / 255f, c.B / 255f }).ToArray(), [palette.Count, 3])
            .to(device).DetachFromDisposeScope();
    }

    /// <summary>The palette β of its maskiges.</summary>
    public MaskigePalette Palette { get; }

    internal TokenizerNetwork Tokenizer { get; }

    internal GenerativeOptions Options { get; }

    /// <summary>X⁻¹; null where it is the nearest colour.</summary>
    internal InverseNetwork? Inverse { get; }

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
        return [.. decodings.Select(decoding =>
        {
            byte[] ids = new byte[image.Width * image.Height];
            FindClasses(logits, SelectionBy(decoding), image.Width, image.Height, ids);
            return new LabelMap(image.Width, image.Height, ids);
        })];
    }

    private protected override void FindClasses(Tensor logits, int width, int height, byte[] classes) => FindClasses(logits, SelectionBy(TokenDecoding), width, height, classes);

    private TokenSelection SelectionBy(TokenDecoding decoding) => new(
        decoding switch
        {
            TokenDecoding.Expected => new DecisionByCodes(Tokenizer.Codes),
            TokenDecoding.Agreement => new DecisionByCodes(AgreementCodes!, Nearest: false),
            _ => null,
        },
        KeptTokens);

    /// <summary>Decodes the chosen tokens, and applies X⁻¹ to the maskige, cropped to the image's size, as scoring does it.</summary>
    private void FindClasses(Tensor logits, TokenSelection selection, int width, int height, byte[] classes)
    {
        Tensor maskige = Tokenizer.Decode(selection.Choose(logits));
        int scale = Tokenizer.MaskigeScale;
        if (Inverse is not null)
        {
            Tensor scores = Inverse.call(maskige);
            scores = scale == 1 ? scores : nn.functional.avg_pool2d(scores, scale);
            scores.narrow(2, 0, height).narrow(3, 0, width).argmax(1).to(ScalarType.Byte).cpu().contiguous().data<byte>().CopyTo(classes);
            return;
        }

        float[] colors = (maskige.narrow(2, 0, scale * height).narrow(3, 0, scale * width) * Constant.Of(255)).cpu().contiguous().data<float>().ToArray();
        byte[] painted = scale == 1 ? classes : new byte[colors.Length / 3];
        Palette.Decode(colors, painted);
        if (scale > 1)
        {
            LabelVotes.Halve(painted, scale * width, classes);
        }
    }

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Tokenizer.Dispose();
        Inverse?.Dispose();
        _palette.Dispose();
        AgreementCodes?.Dispose();
    }
}
