namespace GSS.Torch;

/// <summary>
/// ResNet with the deep stem (V1c). open-mmlab's files have our names (<c>stem.0</c> to <c>stem.7</c>); timm's resnet50c and resnet101c call the stem
/// <c>conv1.0</c> to <c>conv1.6</c> and its last normalisation <c>bn1</c>. The classifier <c>fc</c> is ignored.
/// </summary>
internal sealed class ResNetV1cNames : WeightNames
{
    private const string DeepStem = "conv1.", LastNormalization = "bn1.";

    private static readonly WeightNames OpenMmlab = new NamesWithout("fc.");

    private ResNetV1cNames()
    {
    }

    /// <summary>The names for a file.</summary>
    public static WeightNames For(IReadOnlyCollection<string> names) => names.Contains("conv1.0.weight") ? new ResNetV1cNames() : OpenMmlab;

    /// <inheritdoc/>
    public override string? Rename(string name)
        => name.StartsWith(DeepStem, StringComparison.Ordinal) ? "stem." + name[DeepStem.Length..]
            : name.StartsWith(LastNormalization, StringComparison.Ordinal) ? "stem.7." + name[LastNormalization.Length..]
            : OpenMmlab.Rename(name);
}
