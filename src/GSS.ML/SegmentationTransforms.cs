namespace GSS.ML;

/// <summary>The estimators of <see cref="SegmentationCatalog"/> that are not trainers of models.</summary>
public sealed partial class SegmentationTransforms
{
    internal SegmentationTransforms()
    {
    }
}
