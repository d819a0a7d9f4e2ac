using GSS.Core;

namespace GSS.Onnx;

/// <summary>
/// A trained model that scores images: photograph → latent tokens → maskige → label map (paper section 3), or, of a per-pixel model, photograph → label map.
/// Runs on ONNX Runtime alone. May be used by many threads at the same time. Dispose it when it is no longer needed: who predicts then may finish,
/// later use is an <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed partial class SegmentationModel : IDisposable
{
    private readonly LatentPriorModel? _prior;
    private readonly MaskigeDecoder? _decoder;
    private readonly PerPixelModel? _perPixel;
    private readonly WindowedScoring? _windows;
    private readonly SegmentationModelPackage _package;
    private readonly int? _shortSide;
    private volatile bool _disposed;

    /// <summary>Opens the model of a package.</summary>
    /// <param name="package">The trained model.</param>
    /// <param name="options">Threads, device and memory; null means the defaults.</param>
    /// <exception cref="SegmentationModelException">A part of the package is no usable ONNX model, or does not fit the manifest.</exception>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="DllNotFoundException">ONNX Runtime's native library is not there.</exception>
    public SegmentationModel(SegmentationModelPackage package, ScoringOptions? options = null)
        : this(package, options, opened: null)
    {
    }

    /// <summary>Opens the model of a package whose prior may be open already; it belongs to the model from here on.</summary>
    internal SegmentationModel(SegmentationModelPackage package, ScoringOptions? options, LatentPriorModel? opened)
    {
        ArgumentNullException.ThrowIfNull(package);
        _package = package;
        Manifest = package.Manifest;
        options ??= new();
        options.ThrowIfInvalid();
        _shortSide = options.ShortSideOr(Manifest.ShortSide);
        if (package.Segmenter is { } segmenter)
        {
            _perPixel = new PerPixelModel(segmenter, Manifest.Classes.Count, _shortSide, options);
            _windows = WindowsFor(_perPixel, options);
            return;
        }

        _prior = opened ?? new LatentPriorModel(package.Prior!, _shortSide, options);
        try
        {
            if (_prior.VocabularySize != Manifest.VocabularySize)
            {
                throw new SegmentationModelException(
                    $"'prior.onnx' chooses from {_prior.VocabularySize} tokens, the manifest says {Manifest.VocabularySize}: save the model again with the version of GSS.ML that trained it.");
            }

            MaskigePalette palette = Manifest.Palette!;
            _decoder = new MaskigeDecoder(package.Decoder!, palette, Manifest.Stride, Manifest.VocabularySize, _shortSide, options);
            _windows = WindowsFor(new TokenScores(_prior, _decoder, palette.Count), options);
        }
        catch
        {
            _prior.Dispose();
            throw;
        }
    }

    /// <summary>What the model is: classes, palette, tokenizer, sizes.</summary>
    public SegmentationModelManifest Manifest { get; }

    /// <summary>Opens the model package in a file.</summary>
    /// <param name="path">A file that <see cref="SegmentationModelPackage.Save"/> wrote.</param>
    /// <param name="options">Threads, device and memory; null means the defaults.</param>
    /// <exception cref="SegmentationModelException">The file is missing, damaged or no model package.</exception>
    public static SegmentationModel Load(string path, ScoringOptions? options = null) => new(SegmentationModelPackage.Load(path), options);

    /// <summary>Predicts the label map of one image.</summary>
    /// <param name="image">Any size.</param>
    /// <param name="outputs">What to give beside the label map.</param>
    public SegmentationResult Predict(RgbImage image, SegmentationOutputs outputs = SegmentationOutputs.Labels) => Predict([image], outputs)[0];

    /// <summary>Predicts label maps.</summary>
    /// <param name="images">Any number of images of any sizes. Images of one size run together, in slices that bound the memory.</param>
    /// <param name="outputs">What to give beside the label maps.</param>
    /// <returns>One result for each image, in the same order, each at its image's size.</returns>
    /// <exception cref="ArgumentException">
    /// More than label maps is asked of a model with a <see cref="ScoringOptions.Window"/> or <see cref="ScoringOptions.TestTimeAugmentation"/>, a maskige of a per-pixel model, or an image is too narrow or too large to be predicted.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public SegmentationResult[] Predict(IReadOnlyList<RgbImage> images, SegmentationOutputs outputs = SegmentationOutputs.Labels)
    {
        ArgumentNullException.ThrowIfNull(images);
        ThrowIfDisposed();
        if (_windows is not null)
        {
            return PredictInWindows(images, outputs);
        }

        if (_perPixel is not null && outputs.HasFlag(SegmentationOutputs.Maskige))
        {
            throw new ArgumentException($"Found {outputs} asked of a per-pixel model, which paints no maskige, expected {SegmentationOutputs.Labels} or {SegmentationOutputs.Confidence}: ask a model of {SegmentationMethod.Generative} for it.", nameof(outputs));
        }

        return PredictWhole(images, outputs);
    }

    /// <summary>Predicts the latent tokens of images, without decoding them.</summary>
    /// <param name="images">Any number of images of any sizes.</param>
    /// <returns>The tokens of each image, in the same order.</returns>
    /// <exception cref="NotSupportedException">The model is a per-pixel one.</exception>
    public LatentTokens[] PredictTokens(IReadOnlyList<RgbImage> images)
    {
        ThrowIfDisposed();
        return (_prior ?? throw NoTokens()).Predict(images);
    }

    /// <summary>Decodes latent tokens to label maps at the size of the images that they stand for.</summary>
    /// <param name="tokens">Token grids of <see cref="PredictTokens"/>, or of a <see cref="MaskigeTokenizer"/> of the same tokenizer.</param>
    /// <param name="outputs">What to give beside the label maps; tokens alone say nothing about confidence.</param>
    /// <returns>One result for each grid, in the same order.</returns>
    /// <exception cref="ArgumentException">A token is not in the vocabulary, a grid does not fit its image, or confidence is asked for.</exception>
    /// <exception cref="NotSupportedException">The model is a per-pixel one.</exception>
    public SegmentationResult[] DecodeTokens(IReadOnlyList<LatentTokens> tokens, SegmentationOutputs outputs = SegmentationOutputs.Labels)
    {
        ThrowIfDisposed();
        return (_decoder ?? throw NoTokens()).Decode(tokens, outputs);
    }

    /// <summary>Ends the model. Predictions that run on other threads finish; the native memory is freed with the last of them.</summary>
    public void Dispose()
    {
        _disposed = true;
        _prior?.Dispose();
        _decoder?.Dispose();
        _perPixel?.Dispose();
    }

    /// <summary>The label map of a per-pixel model for an image as it is, whatever the short side; to be compared with the trained network.</summary>
    internal LabelMap PredictUnresized(RgbImage image) => _perPixel!.PredictUnresized(image);

    /// <summary>Keeps the native sessions open until what is returned is disposed: what a row or cursor of ML.NET holds while it lives.</summary>
    internal IDisposable Hold()
    {
        ThrowIfDisposed();
        return _perPixel is not null ? _perPixel.Hold() : new TwoHolders(_prior!.Hold(), _decoder!.Hold());
    }

    /// <summary>Frees the native memory as soon as nobody predicts or holds it; the next use opens it again.</summary>
    internal void CloseWhenUnused()
    {
        _prior?.CloseWhenUnused();
        _decoder?.CloseWhenUnused();
        _perPixel?.CloseWhenUnused();
    }

    private WindowedScoring? WindowsFor(IPixelScores model, ScoringOptions options) =>
        options.Window is null && options.TestTimeAugmentation is null ? null : new(model, options.Window, options.TestTimeAugmentation, _shortSide);

    private SegmentationResult[] PredictInWindows(IReadOnlyList<RgbImage> images, SegmentationOutputs outputs)
    {
        if (outputs != SegmentationOutputs.Labels)
        {
            throw new ArgumentException($"Found {outputs} asked of a model that scores in windows or views, expected {SegmentationOutputs.Labels}: they have no common maskige and confidence; open the model without {nameof(ScoringOptions.Window)} and {nameof(ScoringOptions.TestTimeAugmentation)}.", nameof(outputs));
        }

        return [.. images.Select(image => _windows!.AppliesTo(image.Width, image.Height)
            ? new SegmentationResult(_windows.Predict(image), null, null)
            : PredictWhole([image], outputs)[0])];
    }

    /// <summary>As <see cref="Predict(IReadOnlyList{RgbImage}, SegmentationOutputs)"/> without windows and views.</summary>
    private SegmentationResult[] PredictWhole(IReadOnlyList<RgbImage> images, SegmentationOutputs outputs)
    {
        bool withConfidence = outputs.HasFlag(SegmentationOutputs.Confidence);
        if (_perPixel is not null)
        {
            return _perPixel.Predict(images, withConfidence);
        }

        (LatentTokens Tokens, float[]? Probabilities)[] predicted = _prior!.Predict(images, withConfidence);
        return _decoder!.Decode([.. predicted.Select(p => p.Tokens)], [.. predicted.Select(p => p.Probabilities)], outputs);
    }

    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    internal void ThrowIfDisposed()
    {
        if (_disposed)
        {
            throw new ObjectDisposedException(
                nameof(SegmentationModel), $"The segmentation model of '{Manifest.Classes.Name}' ({Manifest.Variant}, {Manifest.Encoder}) was disposed and cannot predict any more: open it again, and dispose it when no thread uses it any longer.");
        }
    }

    private NotSupportedException NoTokens() =>
        new($"The segmentation model of '{Manifest.Classes.Name}' is a per-pixel one, which has no latent tokens: call {nameof(Predict)}.");

    private sealed class TwoHolders(IDisposable first, IDisposable second) : IDisposable
    {
        public void Dispose()
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
