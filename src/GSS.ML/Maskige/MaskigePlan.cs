using GSS.Core;

namespace GSS.ML;

/// <summary>Where X and X⁻¹ of a run come from.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Name">Its name for the manifest.</param>
/// <param name="Palette">X; what it starts from where it is learned.</param>
/// <param name="Posterior">How what is learned is learned; null where nothing is.</param>
/// <param name="InverseWeights">X⁻¹ as it is, where it is a network that was trained before; null else.</param>
internal sealed record MaskigePlan(MaskigeVariant Variant, string Name, MaskigePalette Palette, PosteriorOptions? Posterior = null, byte[]? InverseWeights = null)
{
    /// <summary>Whether Stage I has something to learn before Stage II.</summary>
    public bool LearnsFromLabelMaps => Posterior is { InverseTraining: InverseTraining.Reconstructions };

    /// <summary>Whether X⁻¹ is learned after Stage II.</summary>
    public bool LearnsFromPredictions => Posterior is { InverseTraining: InverseTraining.Predictions };
}
