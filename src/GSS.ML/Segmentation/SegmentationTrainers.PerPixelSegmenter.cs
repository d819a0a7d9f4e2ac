namespace GSS.ML;

/// <content>The ordinary head.</content>
public sealed partial class SegmentationTrainers
{
    /// <summary>A trainer of ordinary per-pixel models, to compare <see cref="ML.GenerativeSegmenter"/> with.</summary>
    /// <param name="options">What to train and how; copied.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message lists every fault.</exception>
    public PerPixelSegmenter PerPixelSegmenter(PerPixelSegmenter.Options options) => new(Context, options);

    /// <summary>A trainer of ordinary per-pixel models with the default options.</summary>
    /// <param name="labelColumnName">The column of label maps.</param>
    /// <param name="imageColumnName">The column of photographs.</param>
    /// <param name="predictedLabelColumnName">The column of predicted label maps that the trained model adds.</param>
    /// <param name="epochs">Passes over the training set, at least 1.</param>
    /// <exception cref="ArgumentException">An argument is out of range; the message lists every fault.</exception>
    public PerPixelSegmenter PerPixelSegmenter(string labelColumnName = "Label", string imageColumnName = "Image", string predictedLabelColumnName = "PredictedLabel", int epochs = 30) =>
        PerPixelSegmenter(new PerPixelSegmenter.Options
        {
            LabelColumnName = labelColumnName,
            ImageColumnName = imageColumnName,
            PredictedLabelColumnName = predictedLabelColumnName,
            Epochs = epochs,
        });
}
