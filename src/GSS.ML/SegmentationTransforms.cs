using Microsoft.ML;

namespace GSS.ML;

/// <summary>The estimators of <see cref="SegmentationCatalog"/> that are not trainers of models.</summary>
public sealed partial class SegmentationTransforms
{
    private readonly MLContext _context;

    internal SegmentationTransforms(MLContext context)
    {
        _context = context;
    }
}
