using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>What training ends with: the latent prior with its tokenizer, classes and palette, ready to be exported. Not for scoring in production: that is ONNX Runtime's work.</summary>
public sealed class TrainedPrior : IDisposable
{
    private readonly Device _device;
    private readonly Tensor _palette;

    internal TrainedPrior(
        LatentPriorNetwork network, TokenizerNetwork tokenizer, SegmentationClasses classes, MaskigePalette palette, GenerativeOptions options, Device device, InverseNetwork? inverse = null)
    {
        (Network, Tokenizer, Classes, Palette, Options, _device, Inverse) = (network, tokenizer, classes, palette, options, device, inverse);
        _palette = tensor(palette.Colors.SelectMany(c => new[] { c.R / 255f, c.G / 255f, c.B / 255f }).ToArray(), [palette.Count, 3])
            .to(device).DetachFromDisposeScope();
    }

    /// <summary>The classes it tells apart.</summary>
    public SegmentationClasses Classes { get; }

    /// <summary>The palette β of its maskiges.</summary>
    public MaskigePalette Palette { get; }

    /// <summary>The best validation; null without validation samples.</summary>
    public SegmentationMetrics? BestValidation { get; internal set; }

    /// <summary>The epoch of <see cref="BestValidation"/>, from 1; 0 without validation samples.</summary>
    public int BestEpoch { get; internal set; }

    internal LatentPriorNetwork Network { get; }

    internal TokenizerNetwork Tokenizer { get; }

    internal GenerativeOptions Options { get; }

    /// <summary>X⁻¹; null where it is the nearest colour.</summary>
    internal InverseNetwork? Inverse { get; }

    /// <summary>The codes that decide which token stands at a place; null where the most likely one does.</summary>
    internal Tensor? DecisiveCodes => Options.TokenDecoding == TokenDecoding.Expected ? Tokenizer.Codes : null;

    /// <summary>The palette, <c>[K, 3]</c> in 0..1 on the training device.</summary>
    internal Tensor PaletteColors => _palette;

    /// <summary>The logits of a photograph's tokens, as training computes them: what an exported network is compared with.</summary>
    /// <param name="image">The photograph.</param>
    /// <returns><c>[V, h, w]</c>, row by row, with h = ceil(H / stride) and w = ceil(W / stride).</returns>
    public float[] Logits(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Forward(image).cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>The label map of a photograph at its own size, by TorchSharp.</summary>
    /// <param name="image">The photograph.</param>
    public LabelMap Predict(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor logits = Forward(image);
        byte[] ids = new byte[image.Width * image.Height];
        if (Options.Head == SegmentationHead.PerPixel)
        {
            Tensor full = nn.functional.interpolate(logits, [image.Height, image.Width], mode: InterpolationMode.Bilinear, align_corners: false);
            full.argmax(1).to(ScalarType.Byte).cpu().contiguous().data<byte>().CopyTo(ids);
        }
        else
        {
            FindClasses(Tokenizer.Decode(DecisiveCodes is { } codes ? ExpectedToken.Choose(logits, codes) : logits.argmax(1)), image.Width, image.Height, ids);
        }

        return new LabelMap(image.Width, image.Height, ids);
    }

    /// <summary>X⁻¹ of a decoded maskige, cropped to the image's size, as scoring does it.</summary>
    private void FindClasses(Tensor maskige, int width, int height, byte[] classes)
    {
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

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        Tokenizer.Dispose();
        Inverse?.Dispose();
        _palette.Dispose();
    }

    private Tensor Forward(RgbImage image)
    {
        Network.eval();
        Tensor pixels = tensor(image.Pixels.ToArray(), [1, image.Height, image.Width, 3]).to(_device);

        // Interleaved pixels seen as [B, C, H, W] are already channels-last, which convolutions like best.
        return Network.call(pixels.to(ScalarType.Float32).permute(0, 3, 1, 2));
    }
}
