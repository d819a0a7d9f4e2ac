using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;

namespace GSS.ML;

/// <content>Models that no trainer of this process made.</content>
public sealed partial class SegmentationCatalog
{
    private const int UsualBatchSize = 8;

    /// <summary>Makes a transformer of a model package, the file that <c>transformer.Package.Save("street.gss")</c> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="scoring">Threads, device, memory, windows; null means the CPU or the context's device, and whole images.</param>
    /// <param name="imageColumnName">The column of photographs.</param>
    /// <param name="predictedLabelColumnName">The column of predicted label maps that is added.</param>
    /// <param name="maskigeColumnName">The column of predicted maskiges (<c>MLImage</c>) that is added; null adds none. Per-pixel models have none.</param>
    /// <param name="confidenceColumnName">The column of confidences (0..1 for each pixel, row by row) that is added; null adds none.</param>
    /// <param name="batchSize">How many rows are read ahead and predicted together, at least 1.</param>
    /// <returns>A <see cref="GenerativeSegmentationTransformer"/> or a <see cref="PerPixelSegmentationTransformer"/>, as the package's <see cref="SegmentationModelManifest.Method"/> says; dispose it when it is no longer needed.</returns>
    /// <exception cref="SegmentationModelException">The file is missing, damaged or no model package.</exception>
    /// <exception cref="ArgumentException">Column names are empty or the same, the options are out of range, or either does not fit the model.</exception>
    /// <exception cref="InvalidOperationException">The CUDA device cannot be used, and the CPU may not take its place.</exception>
    public SegmentationTransformer FromPackage(
        string path,
        ScoringOptions? scoring = null,
        string imageColumnName = "Image",
        string predictedLabelColumnName = "PredictedLabel",
        string? maskigeColumnName = null,
        string? confidenceColumnName = null,
        int batchSize = UsualBatchSize)
    {
        SegmentationColumns columns = Columns(nameof(FromPackage), imageColumnName, predictedLabelColumnName, maskigeColumnName, confidenceColumnName, batchSize);
        TransformerScoring chosen = Choose(scoring);
        var package = SegmentationModelPackage.Load(path);
        if (package.Manifest.Method != SegmentationMethod.PerPixel)
        {
            return new GenerativeSegmentationTransformer(chosen, package, columns);
        }

        return maskigeColumnName is null
            ? new PerPixelSegmentationTransformer(chosen, package, columns)
            : throw new ArgumentException($"{nameof(maskigeColumnName)} is '{maskigeColumnName}' for the per-pixel model '{path}', which paints no maskige, expected null.", nameof(maskigeColumnName));
    }

    /// <summary>Makes a transformer of a checkpoint that the paper's authors released, of GSS-FF or GSS-FT-W; <see cref="GssCheckpoint.Load"/> says what is read of it. The log is told how many entries were.</summary>
    /// <param name="path">The checkpoint, in any format that weights are read from. Nothing in it is executed.</param>
    /// <param name="encoder">The image encoder that the checkpoint has, for instance <see cref="ImageEncoders.SwinLarge"/>.</param>
    /// <param name="classes">The classes, in the order in which the checkpoint learned them.</param>
    /// <param name="palette">The colours that the checkpoint was trained with, one for each class: the <c>palette</c> of its configuration without the last row.</param>
    /// <param name="shortSide">The short side to which images are resized before the network sees them (reference: 512 for ADE20K and MSeg); null keeps each image's own size.</param>
    /// <param name="scoring">Threads, device, memory, windows (reference: 768 and 512 for Cityscapes and MSeg); null means the CPU or the context's device, and whole images.</param>
    /// <param name="imageColumnName">The column of photographs.</param>
    /// <param name="predictedLabelColumnName">The column of predicted label maps that is added.</param>
    /// <param name="maskigeColumnName">The column of predicted maskiges (<c>MLImage</c>) that is added; null adds none.</param>
    /// <param name="confidenceColumnName">The column of confidences (0..1 for each pixel, row by row) that is added; null adds none.</param>
    /// <param name="batchSize">How many rows are read ahead and predicted together, at least 1.</param>
    /// <returns>The transformer, to be saved with <see cref="Save"/> like a trained one; dispose it when it is no longer needed.</returns>
    /// <exception cref="ArgumentException">Column names are empty or the same, options are out of range, or classes, palette and checkpoint differ in number.</exception>
    /// <exception cref="WeightFileException">The file is damaged, is no GSS checkpoint, or holds another image encoder; every mismatch is listed.</exception>
    /// <exception cref="NativeLibraryException">libtorch is missing or does not fit this system; it is needed for reading the checkpoint, not for scoring.</exception>
    /// <exception cref="InvalidOperationException">The CUDA device cannot be used, and the CPU may not take its place.</exception>
    public GenerativeSegmentationTransformer FromGssCheckpoint(
        string path,
        ImageEncoder encoder,
        SegmentationClasses classes,
        MaskigePalette palette,
        int? shortSide = null,
        ScoringOptions? scoring = null,
        string imageColumnName = "Image",
        string predictedLabelColumnName = "PredictedLabel",
        string? maskigeColumnName = null,
        string? confidenceColumnName = null,
        int batchSize = UsualBatchSize)
    {
        SegmentationColumns columns = Columns(nameof(FromGssCheckpoint), imageColumnName, predictedLabelColumnName, maskigeColumnName, confidenceColumnName, batchSize);
        TransformerScoring chosen = Choose(scoring);
        var package = GssCheckpoint.Load(path, encoder, classes, palette, shortSide, sentence => ScoringLog.Info(Context, sentence));
        return new GenerativeSegmentationTransformer(chosen, package, columns);
    }

    private static SegmentationColumns Columns(string method, string image, string label, string? maskige, string? confidence, int batchSize)
    {
        var faults = new OptionFaults();
        faults.RequireColumn("imageColumnName", image);
        faults.RequireColumn("predictedLabelColumnName", label);
        faults.RequireOptionalColumn("maskigeColumnName", maskige);
        faults.RequireOptionalColumn("confidenceColumnName", confidence);
        faults.RequireDifferent(("predictedLabelColumnName", label), ("maskigeColumnName", maskige), ("confidenceColumnName", confidence));
        faults.Require(batchSize >= 1, "batchSize", batchSize, "at least 1");
        faults.Throw(method);
        return new SegmentationColumns(image, label, maskige, confidence, batchSize);
    }

    private TransformerScoring Choose(ScoringOptions? scoring) =>
        scoring is null ? TransformerScoring.Of(Context) : new TransformerScoring(Context, new()).With(scoring);
}
