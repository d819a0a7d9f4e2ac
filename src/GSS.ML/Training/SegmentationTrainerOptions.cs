using GSS.Core;
using GSS.Torch;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>How a trainer learns from an <c>IDataView</c>: columns, validation data, working size, and everything of <see cref="SegmentationTrainingOptions"/>. All trainers have these.</summary>
/// <remarks>A trainer copies the options when it is made; changing them afterwards changes nothing, and a trainer never changes them.</remarks>
public abstract record SegmentationTrainerOptions : SegmentationTrainingOptions
{
    private protected SegmentationTrainerOptions()
    {
    }

    /// <summary>Gets or sets the column of photographs (<c>MLImage</c>).</summary>
    /// <value>The default value is <c>Image</c>.</value>
    public string ImageColumnName { get; set; } = "Image";

    /// <summary>Gets or sets the column of label maps. Needed for training, never for scoring.</summary>
    /// <value>The default value is <c>Label</c>.</value>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Gets or sets the short side in pixels, at least 32, to which images are resized before the network sees them, in training and in scoring; null keeps each image's own size.</summary>
    /// <value>The default value is null.</value>
    /// <remarks>Predicted label maps have the size of the input image all the same. The metrics during training are measured at the resized size.</remarks>
    public int? ShortSide { get; set; }

    /// <summary>Gets or sets the data to validate on, with the same columns as the training data; the weights of the best mIoU are kept. Null keeps the last weights.</summary>
    /// <value>The default value is null.</value>
    public IDataView? ValidationSet { get; set; }

    /// <summary>Gets or sets what is told the metrics of every validation, on the training thread. Ignored without <see cref="ValidationSet"/>.</summary>
    /// <value>The default value is null.</value>
    /// <remarks><see cref="TrainingOptions.StopWhen"/> is asked after it and may end training; lines of progress go to the <c>MLContext</c>'s log as well.</remarks>
    public Action<SegmentationMetrics>? MetricsCallback { get; set; }

    /// <summary>Gets or sets how many rows the trained model reads ahead and predicts together, at least 1. Does not change what is predicted.</summary>
    /// <value>The default value is 8.</value>
    /// <remarks>Images of a batch are in memory at the same time.</remarks>
    public int ScoringBatchSize { get; set; } = 8;

    /// <summary>Options of the same trainer, of which none was set.</summary>
    internal abstract SegmentationTrainerOptions CreateDefaults();

    /// <summary>Throws where an option is out of range, whatever the data.</summary>
    /// <exception cref="ArgumentException">Lists every fault.</exception>
    internal void Validate(string trainer)
    {
        var faults = new OptionFaults();
        AddFaults(faults);
        faults.Throw(trainer);
    }

    internal override void AddFaults(OptionFaults faults)
    {
        faults.RequireColumn(nameof(ImageColumnName), ImageColumnName);
        faults.RequireColumn(nameof(LabelColumnName), LabelColumnName);
        base.AddFaults(faults);
        faults.Require(ShortSide is null or >= 32, nameof(ShortSide), ShortSide, "null or at least 32");
        faults.Require(ScoringBatchSize >= 1, nameof(ScoringBatchSize), ScoringBatchSize, "at least 1");
    }
}
