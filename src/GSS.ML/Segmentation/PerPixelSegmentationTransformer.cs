using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GSS.ML;

/// <summary>A trained model with an ordinary per-pixel head: photograph → label map. Made by <see cref="PerPixelSegmenter"/>.</summary>
public sealed class PerPixelSegmentationTransformer : SegmentationTransformer
{
    internal const string SavedKind = "PerPixelSegmentation";

    internal PerPixelSegmentationTransformer(TransformerScoring scoring, SegmentationModelPackage package, SegmentationColumns columns, SegmentationModel? opened = null)
        : base(scoring, package, columns, opened ?? Open(scoring, package, columns))
    {
    }

    private protected override string Kind => SavedKind;

    /// <inheritdoc/>
    public override PerPixelSegmentationTransformer WithScoring(ScoringOptions options)
    {
        (TransformerScoring scoring, SegmentationModelPackage package, SegmentationColumns columns) = Copy(options);
        return new PerPixelSegmentationTransformer(scoring, package, columns) { ValidationMetrics = ValidationMetrics, Quantization = Quantization };
    }

    /// <inheritdoc/>
    public override PerPixelSegmentationTransformer Quantize(IDataView images, QuantizationOptions? options = null, CancellationToken cancel = default)
    {
        (TransformerScoring scoring, QuantizationResult result, SegmentationColumns columns) = QuantizedCopy(images, options, cancel);
        return new PerPixelSegmentationTransformer(scoring, result.Package, columns) { Quantization = result };
    }

    internal static PerPixelSegmentationTransformer Read(IHostEnvironment host, Stream payload) =>
        Read(host, payload, (scoring, package, columns) => new PerPixelSegmentationTransformer(scoring, package, columns));
}
