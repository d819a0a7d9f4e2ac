using GSS.Core;

namespace GSS.Torch;

/// <summary>Progress of training where photographs are segmented.</summary>
public static class SegmentationProgress
{
    extension(TrainingProgress progress)
    {
        /// <summary>The validation just done; null after an ordinary step.</summary>
        public SegmentationMetrics? Validation => progress.Metrics as SegmentationMetrics;
    }
}
