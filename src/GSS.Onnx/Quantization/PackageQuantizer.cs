using GSS.Core;
using Microsoft.ML.OnnxRuntime;

namespace GSS.Onnx;

/// <summary>
/// Quantises a package. Ranges are found on three quarters of the images, and what they are worth on the rest:
/// <code>
/// images → activations → histograms → ranges by each calibration → the best one
///        → where it does not agree enough: each layer alone → the fewest layers that stay float
/// </code>
/// </summary>
internal sealed class PackageQuantizer : IDisposable
{
    private const int HeldOutShare = 4;

    private readonly SegmentationModelPackage _package;
    private readonly QuantizationOptions _options;
    private readonly ScoringOptions _scoring;
    private readonly int? _shortSide;
    private readonly CancellationToken _cancel;
    private readonly QuantizedPart[] _parts;
    private readonly AgreementMeter _meter;
    private readonly RgbImage[] _calibration;

    private PackageQuantizer(SegmentationModelPackage package, IReadOnlyList<RgbImage> images, QuantizationOptions options, int? shortSide, CancellationToken cancel)
    {
        (_package, _options, _shortSide, _cancel) = (package, options, shortSide, cancel);
        _scoring = new() { ThreadCount = options.ThreadCount };
        _parts = package.Segmenter is { } segmenter
            ? [new(SegmentationModelPackage.SegmenterPart, segmenter)]
            : [new(SegmentationModelPackage.PriorPart, package.Prior!), new(SegmentationModelPackage.DecoderPart, package.Decoder!)];

        // Every fourth image, so that a sorted list gives some of everything to both.
        bool few = images.Count < HeldOutShare;
        _calibration = [.. images.Where((_, i) => few || i % HeldOutShare != HeldOutShare - 1)];
        _meter = new AgreementMeter(package, [.. images.Where((_, i) => few || i % HeldOutShare == HeldOutShare - 1)], _scoring, shortSide, cancel);
    }

    /// <summary>Quantises.</summary>
    public static QuantizationResult Quantize(SegmentationModelPackage package, IReadOnlyList<RgbImage> images, QuantizationOptions options, int? shortSide, CancellationToken cancel)
    {
        if (package.Manifest.Precision is { } precision)
        {
            throw new NotSupportedException($"Found a model in {precision}, expected one in 32 bits: quantise the model that training saved.");
        }

        using var quantizer = new PackageQuantizer(package, images, options, shortSide, cancel);
        return quantizer.Quantize();
    }

    public void Dispose() => _meter.Dispose();

    private QuantizationResult Quantize()
    {
        if (_parts.All(part => part.Graph.Layers.Count == 0))
        {
            throw new NotSupportedException($"Found no convolution with constant weights in {string.Join(" and ", _parts.Select(part => $"'{part.Name}'"))}, expected one or more to quantise: use the model as it is.");
        }

        Watch();
        HashSet<(string, string)> all = [.. _parts.SelectMany(part => part.Worthwhile().Select(layer => (part.Name, layer)))], chosen = all;
        Dictionary<QuantizationCalibration, double> agreements = [];
        QuantizationCalibration[] tried = _options.Calibration == QuantizationCalibration.Best
            ? [QuantizationCalibration.MinMax, QuantizationCalibration.Percentile, QuantizationCalibration.Entropy] : [_options.Calibration];
        foreach (QuantizationCalibration calibration in tried)
        {
            agreements[calibration] = Agreement(all, calibration);
        }

        (QuantizationCalibration best, double agreement) = agreements.MaxBy(pair => pair.Value);
        Dictionary<(string, string), double> alone = [];
        if (agreement < _options.MinimumAgreement)
        {
            alone = all.ToDictionary(layer => layer, layer => 1 - Agreement([layer], best));
            (chosen, agreement) = KeepFloat(all, alone, best);
        }

        QuantizedLayer[] layers = [.. _parts.SelectMany(part => part.Layers.Select(layer => new QuantizedLayer(
            part.Name, layer, part.MultiplyAdds[layer], chosen.Contains((part.Name, layer)), alone.TryGetValue((part.Name, layer), out double lost) ? lost : null)))];
        return new(Package(chosen, best), best, agreement, agreements, layers);
    }

    /// <summary>Keeps the layers float that lose the most pixels for the work they save; how many it takes is found by halving.</summary>
    private (HashSet<(string, string)> Int8, double Agreement) KeepFloat(HashSet<(string Part, string Name)> all, Dictionary<(string, string), double> alone, QuantizationCalibration calibration)
    {
        Dictionary<string, QuantizedPart> parts = _parts.ToDictionary(part => part.Name);
        (string Part, string Name)[] order = [.. all.OrderByDescending(layer => alone[layer] / Math.Max(1, parts[layer.Part].MultiplyAdds[layer.Name]))];
        (HashSet<(string, string)> Int8, double Agreement) kept = ([], 1);
        for ((int few, int many) = (1, order.Length); few < many;)
        {
            int middle = (few + many) / 2;
            HashSet<(string, string)> int8 = [.. order.Skip(middle)];
            if (Agreement(int8, calibration) is var agreement && agreement >= _options.MinimumAgreement)
            {
                (kept, many) = ((int8, agreement), middle);
            }
            else
            {
                few = middle + 1;
            }
        }

        return kept;
    }

    private void Watch()
    {
        foreach (QuantizedPart part in _parts.Where(part => part.Graph.Layers.Count > 0))
        {
            bool takesImages = part.Name != SegmentationModelPackage.DecoderPart;
            using var watch = new ActivationWatch(part, _scoring);
            foreach (RgbImage image in _calibration)
            {
                _cancel.ThrowIfCancellationRequested();
                if (takesImages)
                {
                    using var batch = new ImageBatch([image], [0], WorkingSize.Require(image.Width, image.Height, _shortSide));
                    using OrtValue input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, batch.Values, batch.Shape);
                    watch.Add(OnnxParts.Image, input);
                }
                else
                {
                    LatentTokens tokens = _meter.FloatTokens(image);
                    long[] ids = [.. tokens.Ids.ToArray().Select(id => (long)id)];
                    using OrtValue input = OrtValue.CreateTensorValueFromMemory(ids, [1, tokens.Height, tokens.Width]);
                    watch.Add(OnnxParts.Tokens, input);
                }
            }
        }
    }

    private double Agreement(HashSet<(string, string)> int8, QuantizationCalibration calibration)
    {
        _cancel.ThrowIfCancellationRequested();
        return _meter.Measure(Package(int8, calibration));
    }

    private SegmentationModelPackage Package(HashSet<(string Part, string Name)> int8, QuantizationCalibration calibration)
    {
        byte[][] bytes = [.. _parts.Select(part => part.Quantize(int8.Where(layer => layer.Part == part.Name).Select(layer => layer.Name), calibration, _options))];
        SegmentationModelManifest manifest = _package.Manifest.WithPrecision(int8.Count > 0 ? "int8" : _package.Manifest.Precision);
        return bytes.Length == 1 ? new(manifest, bytes[0]) : new(manifest, bytes[0], bytes[1], _package.Encoder) { InverseWeights = _package.InverseWeights };
    }
}
