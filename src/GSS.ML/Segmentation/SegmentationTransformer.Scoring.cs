using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;

namespace GSS.ML;

/// <content>Scoring options, export, quantisation.</content>
public abstract partial class SegmentationTransformer
{
    /// <summary>How it scores.</summary>
    public ScoringOptions Scoring => _scoring.Options;

    /// <summary>The same model with other scoring options: threads, device, memory, windows. This transformer stays as it is.</summary>
    /// <param name="options">The options, all of them: what they leave at its default is not taken from <see cref="Scoring"/>.</param>
    /// <returns>A transformer with native sessions of its own: each of the two is disposed for itself, in any order.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or do not fit this model and its columns.</exception>
    /// <exception cref="InvalidOperationException">The CUDA device cannot be used, and <see cref="ScoringOptions.FallbackToCpu"/> is false. Where it is true, the log is warned.</exception>
    /// <exception cref="ObjectDisposedException"><see cref="Model"/> was disposed.</exception>
    public abstract SegmentationTransformer WithScoring(ScoringOptions options);

    /// <summary>Writes the model as one ONNX file for other programs, <c>ApplyOnnxModel</c> of ML.NET among them, as <see cref="SegmentationModel.ExportToOnnx"/> does, and tells the context's log how it compares.</summary>
    /// <param name="path">The file, usually with the extension <c>.onnx</c>; an existing one is replaced, and stays as it was where something fails.</param>
    /// <param name="options">Input, size, outputs, storage; null means the defaults. <c>ApplyOnnxModel</c> wants a width and a height.</param>
    /// <param name="images">
    /// Photographs to compare on, in a column of the name that the transformer reads; null leaves the comparison out. Rows are read one after the other: <c>TakeRows</c> bounds how long it takes.
    /// </param>
    /// <returns>The file's size and the comparison.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or the view has no such column of images.</exception>
    /// <exception cref="NotSupportedException">The model cannot give what the options ask for.</exception>
    /// <exception cref="SegmentationModelException">The file cannot be written, or ONNX Runtime refuses it.</exception>
    /// <exception cref="ObjectDisposedException"><see cref="Model"/> was disposed.</exception>
    /// <remarks>Windows (<see cref="ScoringOptions.Window"/>) are not a part of the file: it scores every image whole, and is compared with that.</remarks>
    public OnnxExportResult ExportToOnnx(string path, OnnxExportOptions? options = null, IDataView? images = null)
    {
        // The column is looked for before a large file is written.
        IEnumerable<RgbImage>? photographs = images is null ? null : ImageColumn.Read(images, SchemaChecks.RequireImage(images.Schema, _columns.Image));
        OnnxExportResult result = Model.ExportToOnnx(path, options, photographs);
        ScoringLog.Info(_scoring.Host, $"Exported: {result}.");
        return result;
    }

    /// <summary>
    /// The same model whose convolutions compute with bytes, as <see cref="SegmentationModel.Quantize"/> makes it: about a quarter of the size, and faster on processors with VNNI. The context's log
    /// is told how well it agrees. This transformer stays as it is.
    /// </summary>
    /// <param name="images">
    /// Photographs like those that the model will see, in a column of the name that the transformer reads; 32 to 100 of the training set do well. All rows are read, and their photographs
    /// kept in memory: <c>TakeRows</c> bounds how many.
    /// </param>
    /// <param name="options">Calibration, wanted agreement, threads; null means the defaults.</param>
    /// <param name="cancel">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>A transformer with native sessions of its own, to be saved and scored with as this one; how well it agrees is its <see cref="Quantization"/>.</returns>
    /// <exception cref="ArgumentException">Options are out of range, the view has no such column of images or no row, or a photograph is too narrow or too large to be predicted.</exception>
    /// <exception cref="NotSupportedException">The model is quantised already, or has no layer that could be.</exception>
    /// <exception cref="ObjectDisposedException"><see cref="Model"/> was disposed.</exception>
    public abstract SegmentationTransformer Quantize(IDataView images, QuantizationOptions? options = null, CancellationToken cancel = default);

    ITransformer IScoringTransformer.With(ScoringOptions options) => WithScoring(options);

    /// <summary>What a copy of the transformer begins with.</summary>
    private protected (TransformerScoring Scoring, SegmentationModelPackage Package, SegmentationColumns Columns) Copy(ScoringOptions options)
    {
        Model.ThrowIfDisposed();
        return (_scoring.With(options), Package, _columns);
    }

    /// <summary>What a quantised copy of the transformer begins with.</summary>
    private protected (TransformerScoring Scoring, QuantizationResult Result, SegmentationColumns Columns) QuantizedCopy(IDataView images, QuantizationOptions? options, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(images);
        QuantizationResult result = Model.Quantize(ImageColumn.Read(images, SchemaChecks.RequireImage(images.Schema, _columns.Image)), options, cancel);
        ScoringLog.Info(_scoring.Host, $"Quantised: {result}.");
        return (_scoring, result, _columns);
    }
}
