using GSS.Core;
using GSS.Torch;

namespace GSS.ML;

/// <summary>The variant of the method: where the palette X of the maskige comes from, and how classes are told from a decoded maskige, X⁻¹ (paper section 3.3).</summary>
public enum MaskigeVariant
{
    /// <summary>GSS-FF: colours as far apart as possible (<see cref="MaskigePalette.MaximalDistance"/>), decoded to the nearest; nothing is learned.</summary>
    FF,

    /// <summary>GSS-FF-R: colours drawn at random from the seed (<see cref="MaskigePalette.Random"/>); the baseline that shows what the distance is worth.</summary>
    FFR,

    /// <summary>GSS-FT: the palette of <see cref="FF"/>; X⁻¹ is a network of three convolutions, trained by <c>Fit</c> or read from a file.</summary>
    FT,

    /// <summary>GSS-FT-W: the palette of <see cref="FF"/>; X⁻¹ is a network of Swin blocks, trained by <c>Fit</c> or read from a file. Some 20 GMAC a photograph of 480×360.</summary>
    FTW,

    /// <summary>GSS-TF: the palette is learned through the tokenizer, from that of <see cref="FF"/> on or from a given one, and decoded to the nearest colour.</summary>
    TF,

    /// <summary>GSS-TT: palette and X⁻¹, three convolutions, are learned together.</summary>
    TT,
}

/// <summary>What a variant learns.</summary>
internal static class MaskigeVariants
{
    public static bool LearnsPalette(this MaskigeVariant variant) => variant is MaskigeVariant.TF or MaskigeVariant.TT;

    public static InverseKind Inverse(this MaskigeVariant variant) => variant switch
    {
        MaskigeVariant.FT or MaskigeVariant.TT => InverseKind.Convolutions,
        MaskigeVariant.FTW => InverseKind.SwinBlocks,
        _ => InverseKind.NearestColor,
    };

    public static bool Learns(this MaskigeVariant variant) => variant.LearnsPalette() || variant.Inverse() != InverseKind.NearestColor;

    /// <summary>What the manifest calls it: the paper's name; a given palette makes FF of FF-R.</summary>
    public static string NameOf(MaskigeVariant variant, MaskigePalette? given) => variant switch
    {
        MaskigeVariant.FFR => given is null ? "FF-R" : "FF",
        MaskigeVariant.FTW => "FT-W",
        _ => variant.ToString(),
    };
}
