using GSS.Core;

namespace GSS.Onnx;

/// <summary>Compares the label maps of a package with those of the float one. A part that is still the float one is not opened, and where possible not run, again.</summary>
internal sealed class AgreementMeter : IDisposable
{
    private readonly SegmentationModelPackage _package;
    private readonly RgbImage[] _images;
    private readonly ScoringOptions _options;
    private readonly int? _shortSide;
    private readonly CancellationToken _cancel;
    private readonly LatentPriorModel? _prior;
    private readonly MaskigeDecoder? _decoder;
    private readonly LatentTokens[] _tokens = [];
    private readonly LabelMap[] _labels;

    /// <param name="package">The float package.</param>
    /// <param name="images">What is compared on.</param>
    /// <param name="options">Threads.</param>
    /// <param name="shortSide">To what the images are resized; null leaves them.</param>
    /// <param name="cancel">Ends it between two images.</param>
    public AgreementMeter(SegmentationModelPackage package, RgbImage[] images, ScoringOptions options, int? shortSide, CancellationToken cancel)
    {
        (_package, _images, _options, _shortSide, _cancel) = (package, images, options, shortSide, cancel);
        if (package.Segmenter is not null)
        {
            _labels = PerPixel(package);
            return;
        }

        _prior = Prior(package);
        try
        {
            _decoder = Decoder(package);
            _tokens = Tokens(_prior);
            _labels = Labels(_decoder, _tokens);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the float prior says of an image.</summary>
    public LatentTokens FloatTokens(RgbImage image) => _prior!.Predict([image])[0];

    /// <summary>The share of pixels, 0..1, that have the same class.</summary>
    public double Measure(SegmentationModelPackage quantized)
    {
        LabelMap[] found = quantized.Segmenter is null ? Generative(quantized) : PerPixel(quantized);
        (long equal, long all) = (0, 0);
        for (int i = 0; i < found.Length; i++)
        {
            ReadOnlySpan<byte> ids = found[i].Ids, expected = _labels[i].Ids;
            for (int pixel = 0; pixel < ids.Length; pixel++)
            {
                equal += ids[pixel] == expected[pixel] ? 1 : 0;
            }

            all += ids.Length;
        }

        return (double)equal / all;
    }

    public void Dispose()
    {
        _prior?.Dispose();
        _decoder?.Dispose();
    }

    private LabelMap[] Generative(SegmentationModelPackage quantized)
    {
        LatentTokens[] tokens = _tokens;
        if (quantized.Prior != _package.Prior)
        {
            using LatentPriorModel prior = Prior(quantized);
            tokens = Tokens(prior);
        }

        if (quantized.Decoder == _package.Decoder)
        {
            return Labels(_decoder!, tokens);
        }

        using MaskigeDecoder decoder = Decoder(quantized);
        return Labels(decoder, tokens);
    }

    private LabelMap[] PerPixel(SegmentationModelPackage package)
    {
        using var model = new PerPixelModel(package.Segmenter!, package.Manifest.Classes.Count, _shortSide, _options);
        return OneByOne(_images, image => model.Predict([image], withConfidence: false)[0].Labels);
    }

    private LatentTokens[] Tokens(LatentPriorModel prior) => OneByOne(_images, image => prior.Predict([image])[0]);

    private LabelMap[] Labels(MaskigeDecoder decoder, LatentTokens[] tokens) => OneByOne(tokens, grid => decoder.Decode([grid])[0].Labels);

    private TResult[] OneByOne<TSource, TResult>(TSource[] all, Func<TSource, TResult> predict)
    {
        var results = new TResult[all.Length];
        for (int i = 0; i < all.Length; i++)
        {
            _cancel.ThrowIfCancellationRequested();
            results[i] = predict(all[i]);
        }

        return results;
    }

    private LatentPriorModel Prior(SegmentationModelPackage package) => new(package.Prior!, _shortSide, _options);

    private MaskigeDecoder Decoder(SegmentationModelPackage package) =>
        new(package.Decoder!, package.Manifest.Palette!, package.Manifest.Stride, package.Manifest.VocabularySize, _shortSide, _options);
}
