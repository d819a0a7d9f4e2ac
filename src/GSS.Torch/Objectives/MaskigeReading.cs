using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>From decoded maskiges to class ids, as scoring does it: X⁻¹, cropped to the size of the image.</summary>
/// <param name="Tokenizer">What decoded them.</param>
/// <param name="Palette">β.</param>
/// <param name="Inverse">X⁻¹; null takes the nearest colour of the palette.</param>
internal sealed record MaskigeReading(TokenizerNetwork Tokenizer, MaskigePalette Palette, InverseNetwork? Inverse)
{
    /// <summary>Class scores <c>[B, K, H, W]</c> of maskiges <c>[B, 3, scale × H, scale × W]</c>, by a network.</summary>
    public static Tensor Scores(InverseNetwork inverse, Tensor maskige, int scale)
    {
        // Bilinear at exactly half the size is the mean of four (reference).
        Tensor scores = inverse.call(maskige);
        return scale == 1 ? scores : nn.functional.avg_pool2d(scores, scale);
    }

    /// <summary>The classes of one maskige.</summary>
    /// <param name="maskige">RGB, about 0..1, <c>[1, 3, …, …]</c>, at least the image's size times the tokenizer's scale.</param>
    /// <param name="width">The image's.</param>
    /// <param name="height">The image's.</param>
    public LabelMap Read(Tensor maskige, int width, int height)
    {
        int scale = Tokenizer.MaskigeScale;
        byte[] classes = new byte[width * height];
        if (Inverse is not null)
        {
            Scores(Inverse, maskige, scale).narrow(2, 0, height).narrow(3, 0, width).argmax(1).to(ScalarType.Byte).cpu().contiguous().data<byte>().CopyTo(classes);
            return new LabelMap(width, height, classes);
        }

        float[] colors = (maskige.narrow(2, 0, scale * height).narrow(3, 0, scale * width) * Constant.Of(255)).cpu().contiguous().data<float>().ToArray();
        byte[] painted = scale == 1 ? classes : new byte[colors.Length / 3];
        Palette.Decode(colors, painted);
        if (scale > 1)
        {
            LabelVotes.Halve(painted, scale * width, classes);
        }

        return new LabelMap(width, height, classes);
    }

    /// <summary>A label map through X, the tokenizer and X⁻¹ (Stage I reconstruction).</summary>
    public LabelMap Reconstruct(LabelMap labels, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        float[] planes = new float[3 * labels.Ids.Length];
        Palette.Colorize(labels.FillVoid().Ids, planes);
        Tensor maskige = tensor(planes, [1, 3, labels.Height, labels.Width]).to(device);
        return Read(Tokenizer.Decode(Tokenizer.Encode(maskige)), labels.Width, labels.Height);
    }
}
