using GSS.Core;

namespace GSS.ML;

/// <summary>The variant of the method: where the palette of the maskige comes from (paper section 3.3).</summary>
public enum MaskigeVariant
{
    /// <summary>GSS-FF: colours as far apart as possible (<see cref="MaskigePalette.MaximalDistance"/>), decoded to the nearest; nothing of the palette is learned.</summary>
    FF,

    /// <summary>GSS-FF-R: colours drawn at random from the seed (<see cref="MaskigePalette.Random"/>); the baseline that shows what the distance is worth.</summary>
    FFR,
}
