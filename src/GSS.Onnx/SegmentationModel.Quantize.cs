using GSS.Core;

namespace GSS.Onnx;

/// <content>Quantisation to bytes.</content>
public sealed partial class SegmentationModel
{
    /// <summary>
    /// Makes a model whose convolutions compute with bytes (int8, post-training static quantisation): about a quarter of the size, and faster on processors with VNNI.
    /// This model stays as it is.
    /// </summary>
    /// <param name="images">
    /// Images like those that the model will see, of any sizes, 1 or more; 32 to 100 of the training images do well. The ranges of activations are found on three of four of
    /// them, the fourth tells how well the quantised model agrees. Labels are not needed. All are kept in memory.
    /// </param>
    /// <param name="options">Calibration, wanted agreement, threads; null means the defaults.</param>
    /// <param name="cancel">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The quantised package, and how well it agrees with this model.</returns>
    /// <exception cref="ArgumentException">Options are out of range, all faults of which are listed; or there is no image, or one too narrow or too large to be predicted.</exception>
    /// <exception cref="NotSupportedException">The model is quantised already, or has no layer that could be.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <remarks>
    /// Convolutions and products with constant weights become int8, as do the sums and pools between them and the products of the token classifier. Transposed convolutions,
    /// normalisations, attention, logits, and everything that decides (softmax, class ties, nearest colours) stay float, as does <c>encoder.onnx</c>, which scoring does not use.
    /// Images are looked at whole, at the short side that this model was opened with, whatever its <see cref="ScoringOptions.Window"/>.
    /// Where <see cref="QuantizationOptions.MinimumAgreement"/> is not met, every layer is tried alone, which takes as long as scoring a quarter of the images once for each layer.
    /// </remarks>
    public QuantizationResult Quantize(IEnumerable<RgbImage> images, QuantizationOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        options ??= new();
        options.ThrowIfInvalid();
        ThrowIfDisposed();
        RgbImage[] given = [.. images];
        return given.Length == 0
            ? throw new ArgumentException("Found no image to calibrate on, expected one or more: give images like those that the model will see.", nameof(images))
            : PackageQuantizer.Quantize(_package, given, options, _shortSide, cancel);
    }
}
