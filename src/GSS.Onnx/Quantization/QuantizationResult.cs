using System.Globalization;
using GSS.Core;

namespace GSS.Onnx;

/// <summary>A layer of a quantised model.</summary>
/// <param name="Part">The file name of the part that it belongs to, such as <c>prior.onnx</c>.</param>
/// <param name="Name">The name of its operator in the part.</param>
/// <param name="MultiplyAdds">Its multiplications in all calibration images together.</param>
/// <param name="IsInt8">Whether it computes with bytes.</param>
/// <param name="Disagreement">The share of pixels, 0..1, whose class changes where this layer alone is quantised; null where that was not needed.</param>
public sealed record QuantizedLayer(string Part, string Name, long MultiplyAdds, bool IsInt8, double? Disagreement);

/// <summary>What <see cref="SegmentationModel.Quantize"/> made.</summary>
public sealed class QuantizationResult
{
    internal QuantizationResult(SegmentationModelPackage package, QuantizationCalibration calibration, double agreement, IReadOnlyDictionary<QuantizationCalibration, double> agreements, IReadOnlyList<QuantizedLayer> layers) =>
        (Package, Calibration, Agreement, AgreementByCalibration, Layers) = (package, calibration, agreement, agreements, layers);

    /// <summary>The quantised model: <see cref="SegmentationModelPackage.Save"/> it, or open it with <see cref="SegmentationModel"/>.</summary>
    public SegmentationModelPackage Package { get; }

    /// <summary>How the ranges of its activations were found; never <see cref="QuantizationCalibration.Best"/>.</summary>
    public QuantizationCalibration Calibration { get; }

    /// <summary>The share of pixels, 0..1, that have the same class as in the float model, on the images that were held out; on all where there are fewer than four.</summary>
    public double Agreement { get; }

    /// <summary>That share for each calibration that was tried, with all layers quantised.</summary>
    public IReadOnlyDictionary<QuantizationCalibration, double> AgreementByCalibration { get; }

    /// <summary>All layers that could compute with bytes, in the order of the parts.</summary>
    public IReadOnlyList<QuantizedLayer> Layers { get; }

    /// <summary>The share of the layers' multiplications, 0..1, that compute with bytes.</summary>
    public double Int8Share => Layers.Sum(layer => layer.MultiplyAdds) is > 0 and var all ? (double)Layers.Where(layer => layer.IsInt8).Sum(layer => layer.MultiplyAdds) / all : 0;

    /// <summary>One line: how many layers, how well they agree, and by which calibration.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Layers.Count(layer => layer.IsInt8)} of {Layers.Count} layers in int8 ({Int8Share:P1} of the work), {Agreement:P2} of the pixels as in the float model, calibration {Calibration}");
}
