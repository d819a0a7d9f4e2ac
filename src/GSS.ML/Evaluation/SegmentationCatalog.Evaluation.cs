using GSS.Core;
using Microsoft.ML;

namespace GSS.ML;

/// <content>Evaluation.</content>
public sealed partial class SegmentationCatalog
{
    /// <summary>Compares predicted label maps with true ones: mIoU, mAcc, aAcc, values per class and the confusion matrix.</summary>
    /// <remarks>Void pixels do not count. Absent classes are left out of the means, as mmsegmentation does. Only the two columns are computed, once, row after row.</remarks>
    /// <param name="data">Scored data, such as <c>model.Transform(test)</c>.</param>
    /// <param name="labelColumnName">The column of true label maps.</param>
    /// <param name="predictedLabelColumnName">The column of predicted label maps, of the same sizes.</param>
    /// <returns>The metrics, with the class names that the label column knows, or else the predicted one.</returns>
    /// <exception cref="ArgumentException">A column is missing, is not of label maps, or the two are of different classes.</exception>
    /// <exception cref="SegmentationDataException">There is no row, or one whose label maps have different sizes or class ids out of range.</exception>
    public SegmentationMetrics Evaluate(IDataView data, string labelColumnName = "Label", string predictedLabelColumnName = "PredictedLabel") =>
        LabelMapEvaluation.Evaluate(data, labelColumnName, predictedLabelColumnName);
}
