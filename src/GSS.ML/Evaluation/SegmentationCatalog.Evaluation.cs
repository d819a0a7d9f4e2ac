using GSS.Core;
using GSS.Torch;
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

    /// <summary>Measures what the tokenizer of a generative model leaves to be reached: true label maps are coloured, encoded to latent tokens and decoded by the model, and compared with themselves. The ceiling of the model, by class.</summary>
    /// <remarks>
    /// This happens at the size that the model works at. Void pixels do not count; to be encoded they take the class of the pixel before them.
    /// Where the data has predictions, they are compared with the true label maps and with those that went through the tokenizer. The tokenizer's encoder is exported for this, which needs libtorch, unless the model's package has it.
    /// </remarks>
    /// <param name="model">The trained or loaded model.</param>
    /// <param name="data">True label maps, and predictions where wanted, such as <c>model.Transform(test)</c>.</param>
    /// <param name="tokenizer">The tokenizer that the model was trained with; null is <see cref="Tokenizers.Compact()"/>, the trainers' default.</param>
    /// <param name="labelColumnName">The column of true label maps.</param>
    /// <param name="predictedLabelColumnName">The column of predicted label maps, of the same sizes. Where the data has no such column, only the ceiling is measured.</param>
    /// <returns>The metrics, with the class names of the label column.</returns>
    /// <exception cref="ArgumentException">A column is missing, is not of label maps, or is of other classes than the model, or the tokenizer is another one.</exception>
    /// <exception cref="SegmentationDataException">There is no row, or one whose label maps have different sizes or class ids out of range.</exception>
    /// <exception cref="WeightFileException">A weight file of the tokenizer is damaged or does not fit.</exception>
    /// <exception cref="NativeLibraryException">libtorch is missing or does not fit this system.</exception>
    public TokenizerCeiling EvaluateTokenizer(
        GenerativeSegmentationTransformer model, IDataView data, Tokenizer? tokenizer = null, string labelColumnName = "Label", string predictedLabelColumnName = "PredictedLabel")
    {
        ArgumentNullException.ThrowIfNull(model);
        return TokenizerEvaluation.Evaluate(model, data, tokenizer ?? Tokenizers.Compact(), labelColumnName, predictedLabelColumnName);
    }
}
