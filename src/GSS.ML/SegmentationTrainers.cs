using Microsoft.ML;

namespace GSS.ML;

/// <summary>The trainers of <see cref="SegmentationCatalog"/>.</summary>
public sealed partial class SegmentationTrainers
{
    internal SegmentationTrainers(MLContext context) => Context = context;

    internal MLContext Context { get; }
}
