using GSS.Core;

namespace GSS.Onnx;

/// <summary>
/// A trained model that scores images: photograph → latent tokens → maskige → label map at the photograph's size (paper section 3).
/// Runs on ONNX Runtime alone. May be used by many threads at the same time; dispose it when none uses it any more.
/// </summary>
public sealed class SegmentationModel : IDisposable
{
    private readonly LatentPriorModel _prior;
    private readonly MaskigeDecoder _decoder;
    private readonly WindowedScoring? _windows;

    /// <summary>Opens the model of a package.</summary>
    /// <param name="package">The trained model.</param>
    /// <param name="options">Threads, device and memory; null means the defaults.</param>
    /// <exception cref="SegmentationModelException">A part of the package is no usable ONNX model, or does not fit the manifest.</exception>
    public SegmentationModel(SegmentationModelPackage package, ScoringOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(package);
        Manifest = package.Manifest;
        _prior = new LatentPriorModel(package.Prior, Manifest.ShortSide, options);
        try
        {
            if (_prior.VocabularySize != Manifest.VocabularySize)
            {
                throw new SegmentationModelException(
                    $"'prior.onnx' chooses from {_prior.VocabularySize} tokens, the manifest says {Manifest.VocabularySize}: save the model again with the version of GSS.ML that trained it.");
            }

            _decoder = new MaskigeDecoder(package.Decoder, Manifest.Palette, Manifest.Stride, Manifest.VocabularySize, Manifest.ShortSide, options);
            _windows = options?.Window is { } window ? new WindowedScoring(_prior, _decoder, window, Manifest.Palette.Count, Manifest.ShortSide) : null;
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
    /// <exception cref="ArgumentException">More than label maps is asked of a model with a <see cref="ScoringOptions.Window"/>.</exception>
    public SegmentationResult[] Predict(IReadOnlyList<RgbImage> images, SegmentationOutputs outputs = SegmentationOutputs.Labels)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (_windows is not null)
        {
            return PredictInWindows(images, outputs);
        }

        (LatentTokens Tokens, float[]? Probabilities)[] predicted = _prior.Predict(images, outputs.HasFlag(SegmentationOutputs.Confidence));
        return _decoder.Decode([.. predicted.Select(p => p.Tokens)], [.. predicted.Select(p => p.Probabilities)], outputs);
    }

    private SegmentationResult[] PredictInWindows(IReadOnlyList<RgbImage> images, SegmentationOutputs outputs)
    {
        if (outputs != SegmentationOutputs.Labels)
        {
            throw new ArgumentException($"Found {outputs} asked of a model that scores in windows, expected {SegmentationOutputs.Labels}: windows have no common maskige and confidence; open the model without {nameof(ScoringOptions.Window)}.", nameof(outputs));
        }

        return [.. images.Select(image => _windows!.AppliesTo(image)
            ? new SegmentationResult(_windows.Predict(image), null, null)
            : _decoder.Decode(_prior.Predict([image]))[0])];
    }

    /// <summary>Predicts the latent tokens of images, without decoding them.</summary>
    /// <param name="images">Any number of images of any sizes.</param>
    /// <returns>The tokens of each image, in the same order.</returns>
    public LatentTokens[] PredictTokens(IReadOnlyList<RgbImage> images) => _prior.Predict(images);

    /// <summary>Decodes latent tokens to label maps at the size of the images that they stand for.</summary>
    /// <param name="tokens">Token grids of <see cref="PredictTokens"/>, or of a <see cref="MaskigeTokenizer"/> of the same tokenizer.</param>
    /// <param name="outputs">What to give beside the label maps; tokens alone say nothing about confidence.</param>
    /// <returns>One result for each grid, in the same order.</returns>
    /// <exception cref="ArgumentException">A token is not in the vocabulary, a grid does not fit its image, or confidence is asked for.</exception>
    public SegmentationResult[] DecodeTokens(IReadOnlyList<LatentTokens> tokens, SegmentationOutputs outputs = SegmentationOutputs.Labels) =>
        _decoder.Decode(tokens, outputs);

    /// <inheritdoc/>
    public void Dispose()
    {
        _prior.Dispose();
        _decoder.Dispose();
    }
}
