using GSS.Core;

namespace GSS.ML;

/// <summary>Makes the palette that the options name.</summary>
internal static class MaskigePalettes
{
    /// <summary>The given palette, or the variant's.</summary>
    /// <exception cref="ArgumentException">The given palette does not have one colour for each class.</exception>
    public static MaskigePalette Choose(MaskigePalette? given, MaskigeVariant variant, int seed, SegmentationClasses classes) => given switch
    {
        null => variant == MaskigeVariant.FFR ? MaskigePalette.Random(classes.Count, seed) : MaskigePalette.MaximalDistance(classes.Count),
        _ when given.Count == classes.Count => given,
        _ => throw new ArgumentException($"The palette has {given.Count} colours but '{classes.Name}' has {classes.Count} classes, expected one colour for each: leave Palette null, or make it for these classes."),
    };
}
