using GSS.Core;

namespace GSS.ML;

/// <summary>The variant of the method: where the palette of the maskige comes from, and how classes are told from a decoded maskige, X⁻¹ (paper section 3.3).</summary>
public enum MaskigeVariant
{
    /// <summary>GSS-FF: colours as far apart as possible (<see cref="MaskigePalette.MaximalDistance"/>), decoded to the nearest; nothing of the palette is learned.</summary>
    FF,

    /// <summary>GSS-FF-R: colours drawn at random from the seed (<see cref="MaskigePalette.Random"/>); the baseline that shows what the distance is worth.</summary>
    FFR,

    /// <summary>GSS-FT: the palette of <see cref="FF"/>; X⁻¹ is a trained network of three convolutions, read from a file.</summary>
    FT,

    /// <summary>GSS-FT-W: the palette of <see cref="FF"/>; X⁻¹ is a trained network of Swin blocks, read from a file.</summary>
    FTW,
}
