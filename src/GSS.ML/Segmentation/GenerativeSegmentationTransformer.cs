using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GSS.ML;

/// <summary>A trained model of Generative Semantic Segmentation: photograph → latent tokens → maskige → label map (paper section 3). Made by <see cref="GenerativeSegmenter"/>.</summary>
public sealed class GenerativeSegmentationTransformer : SegmentationTransformer
{
    internal const string SavedKind = "GenerativeSegmentation";

    internal GenerativeSegmentationTransformer(TransformerScoring scoring, SegmentationModelPackage package, SegmentationColumns columns, LatentPriorModel? opened = null)
        : base(scoring, package, columns, Open(scoring, package, columns, opened))
    {
    }

    private protected override string Kind => SavedKind;

    /// <inheritdoc/>
    public override GenerativeSegmentationTransformer WithScoring(ScoringOptions options)
    {
        (TransformerScoring scoring, SegmentationModelPackage package, SegmentationColumns columns) = Copy(options);
        return new GenerativeSegmentationTransformer(scoring, package, columns) { ValidationMetrics = ValidationMetrics, Quantization = Quantization };
    }

    /// <inheritdoc/>
    public override GenerativeSegmentationTransformer Quantize(IDataView images, QuantizationOptions? options = null, CancellationToken cancel = default)
    {
        (TransformerScoring scoring, QuantizationResult result, SegmentationColumns columns) = QuantizedCopy(images, options, cancel);
        return new GenerativeSegmentationTransformer(scoring, result.Package, columns) { Quantization = result };
    }

    internal static GenerativeSegmentationTransformer Read(IHostEnvironment host, Stream payload) =>
        Read(host, payload, (scoring, package, columns) => new GenerativeSegmentationTransformer(scoring, package, columns));
}
