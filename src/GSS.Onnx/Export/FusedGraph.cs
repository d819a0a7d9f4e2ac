using System.Globalization;
using System.Text.Json.Nodes;
using GSS.Core;
using GSS.Core.OnnxSchema;

namespace GSS.Onnx;

/// <summary>
/// A model package as one ONNX graph: pre-processing, prior, decoder, X⁻¹ and the way back to the image's own size, by the rules of <see cref="SegmentationModel"/>.
/// <code>
/// image → RGB planes → working size → prior → tokens → decoder → maskige → nearest colour → labels at the image's size
/// </code>
/// </summary>
internal sealed class FusedGraph
{
    private readonly OnnxGraph _graph = new("segmentation");
    private readonly SegmentationModelPackage _package;
    private readonly OnnxExportOptions _options;
    private readonly int? _shortSide;

    // int64 [2]: height and width of the input, and of what the network sees.
    private OnnxValue _size, _workingSize;

    private FusedGraph(SegmentationModelPackage package, OnnxExportOptions options, int? shortSide) => (_package, _options, _shortSide) = (package, options, shortSide);

    private SegmentationModelManifest Manifest => _package.Manifest;

    private bool IsResized => _shortSide is not null;

    private OnnxDimension Batch => _options.BatchSize is { } size ? size : "batch";

    private OnnxDimension Width => _options.Width is { } size ? size : "width";

    private OnnxDimension Height => _options.Height is { } size ? size : "height";

    /// <summary>The whole model.</summary>
    /// <param name="package">The model.</param>
    /// <param name="options">How the file is to be.</param>
    /// <param name="shortSide">The short side that images are resized to; null keeps their size.</param>
    /// <exception cref="NotSupportedException">The model cannot give what the options ask for.</exception>
    public static ModelProto ToModel(SegmentationModelPackage package, OnnxExportOptions options, int? shortSide)
    {
        var fused = new FusedGraph(package, options, shortSide);
        OnnxValue image = fused.Image();
        if (package.Segmenter is { } segmenter)
        {
            fused.PerPixel(OnnxGraph.Read(segmenter), image);
        }
        else
        {
            fused.Generative(OnnxGraph.Read(package.Prior!), OnnxGraph.Read(package.Decoder!), image);
        }

        fused.Describe();
        ModelProto model = fused._graph.ToModel();
        if (options.Weights == OnnxWeightStorage.Float16)
        {
            HalfStorage.Apply(model);
        }

        return model;
    }

    /// <summary>The input, as float planes <c>[B, 3, h, w]</c> of red, green and blue at the working size.</summary>
    private OnnxValue Image()
    {
        bool hwc = _options.Layout == OnnxImageLayout.Hwc;
        OnnxType type = _options.ImageType == OnnxImageType.UInt8 ? OnnxType.UInt8 : OnnxType.Float;
        OnnxValue image = hwc
            ? _graph.Input(OnnxParts.Image, type, Batch, Height, Width, 3)
            : _graph.Input(OnnxParts.Image, type, Batch, 3, Height, Width);
        _size = hwc ? _graph.Shape(image, 1, 3) : _graph.Shape(image, 2, 4);
        image = type == OnnxType.UInt8 ? _graph.Cast(image, OnnxType.Float) : image;
        image = hwc ? _graph.Transpose(image, 0, 3, 1, 2) : image;
        image = _options.ChannelOrder == OnnxChannelOrder.Bgr ? _graph.Gather(image, _graph.Constant([2L, 1, 0]), axis: 1) : image;
        if (_shortSide is not { } side)
        {
            _workingSize = _size;
            return image;
        }

        // Both sides times short side / the shorter of them, rounded: that gives the short side itself where it belongs.
        OnnxValue shorter = _graph.Add("ReduceMin", [_size], ("keepdims", 1L)), two = _graph.Constant([2L]);
        OnnxValue doubled = _graph.Add(_graph.Mul(_graph.Mul(_size, two), _graph.Constant([(long)side])), shorter);
        _workingSize = _graph.Div(doubled, _graph.Mul(shorter, two));

        // Scoring resizes pictures of bytes, so the result is rounded to bytes here too.
        return _graph.Add("Floor", [_graph.Add(_graph.ResizeBilinear(image, _workingSize), _graph.Scalar(0.5f))]);
    }

    private void PerPixel(ModelProto segmenter, OnnxValue image)
    {
        if (_options.Scores && !segmenter.Graph.Node.Any(node => node.Output.Contains(OnnxParts.Logits)))
        {
            throw new NotSupportedException($"{nameof(OnnxExportOptions.Scores)} is true, expected false for this per-pixel model, whose file does not name its logits: train it again with this version of GSS.ML, or ask for {nameof(SegmentationOutputs.Confidence)}.");
        }

        if (_options.Outputs.HasFlag(SegmentationOutputs.Maskige))
        {
            throw new NotSupportedException($"{nameof(OnnxExportOptions.Outputs)} asks for a maskige, expected {SegmentationOutputs.Labels} or {SegmentationOutputs.Confidence} of a per-pixel model, which paints none.");
        }

        IReadOnlyDictionary<string, OnnxValue> outputs = Insert(segmenter, SegmentationModelPackage.SegmenterPart, image);
        OnnxValue rows = Index(0), columns = Index(1);
        Labels(ToImage(outputs[OnnxParts.Labels], rows, columns, axis: 1));
        if (_options.Outputs.HasFlag(SegmentationOutputs.Confidence))
        {
            Confidence(ToImage(Confidence(outputs, SegmentationModelPackage.SegmenterPart), rows, columns, axis: 1));
        }

        if (_options.Scores)
        {
            OnnxValue logits = OnnxGraph.Inside(SegmentationModelPackage.SegmenterPart, OnnxParts.Logits);
            Scores(ToImage(_graph.ResizeBilinear(logits, _workingSize), rows, columns, axis: 2));
        }
    }

    private void Generative(ModelProto prior, ModelProto decoder, OnnxValue image)
    {
        IReadOnlyDictionary<string, OnnxValue> found = Insert(prior, SegmentationModelPackage.PriorPart, image);

        // Version 0.1.0 left the decision to the program that ran the model.
        OnnxValue tokens = found.TryGetValue(OnnxParts.Tokens, out OnnxValue chosen) ? chosen : _graph.ArgMax(found.GetValueOrDefault(OnnxParts.Scores, found[OnnxParts.Logits]), 1);
        IReadOnlyDictionary<string, OnnxValue> painted = _graph.Insert(decoder, SegmentationModelPackage.DecoderPart, new Dictionary<string, OnnxValue> { [OnnxParts.Tokens] = tokens });
        OnnxValue maskige = painted[OnnxParts.Maskige];
        int scale = ScaleOf(decoder);
        OnnxValue rows = Index(0), columns = Index(1), scores = painted.GetValueOrDefault(OnnxParts.Scores, OnnxValue.None), labels;
        bool isNetwork = scores != OnnxValue.None || painted.ContainsKey(OnnxParts.Labels);
        if (isNetwork)
        {
            labels = painted.TryGetValue(OnnxParts.Labels, out OnnxValue decided) ? decided : _graph.Cast(_graph.ArgMax(scores, 1), OnnxType.UInt8);
        }
        else
        {
            OnnxValue nearest = NearestColorOperators.Choose(_graph, maskige, Manifest.Palette!);
            labels = _graph.Cast(scale == 1 ? nearest : NearestColorOperators.Halve(_graph, nearest), OnnxType.UInt8);
        }

        Labels(ToImage(labels, rows, columns, axis: 1));
        if (_options.Outputs.HasFlag(SegmentationOutputs.Maskige))
        {
            OnnxValue factor = _graph.Constant([(long)scale]);
            OnnxValue bytes = _graph.Cast(_graph.Clip(_graph.Add(maskige, _graph.Scalar(0.5f)), 0, 255), OnnxType.UInt8);
            OnnxValue picture = ToImage(bytes, _graph.Mul(rows, factor), _graph.Mul(columns, factor), axis: 2, isWhole: scale == 1);
            _graph.Output(_graph.Transpose(picture, 0, 2, 3, 1), OnnxParts.Maskige, OnnxType.UInt8, Batch, Height, Width, 3);
        }

        if (_options.Outputs.HasFlag(SegmentationOutputs.Confidence))
        {
            OnnxValue stride = _graph.Constant([(long)Manifest.Stride]);
            Confidence(ToImage(Confidence(found, SegmentationModelPackage.PriorPart), _graph.Div(rows, stride), _graph.Div(columns, stride), axis: 1, isWhole: false));
        }

        if (_options.Scores)
        {
            if (!isNetwork && scale != 1)
            {
                throw new NotSupportedException($"{nameof(OnnxExportOptions.Scores)} is true, expected false for the tokenizer '{Manifest.Tokenizer}', which paints maskiges of twice the size, whose pixels vote: ask for {nameof(SegmentationOutputs.Confidence)}.");
            }

            scores = isNetwork ? scores : NearestColorOperators.Scores(_graph, maskige, Manifest.Palette!);
            Scores(ToImage(scores, rows, columns, axis: 2));
        }
    }

    private IReadOnlyDictionary<string, OnnxValue> Insert(ModelProto part, string name, OnnxValue image)
    {
        var inputs = new Dictionary<string, OnnxValue> { [OnnxParts.Image] = image };
        if (part.Graph.Input.Any(input => input.Name == OnnxParts.WithConfidence))
        {
            inputs[OnnxParts.WithConfidence] = _graph.Flag(_options.Outputs.HasFlag(SegmentationOutputs.Confidence));
        }

        return _graph.Insert(part, name, inputs);
    }

    private OnnxValue Confidence(IReadOnlyDictionary<string, OnnxValue> outputs, string part) => outputs.TryGetValue(OnnxParts.Confidence, out OnnxValue value) ? value : throw new NotSupportedException(
        $"{nameof(OnnxExportOptions.Outputs)} asks for confidence, expected {SegmentationOutputs.Labels} of a model whose '{part}' has none: train it again with this version of GSS.ML.");

    private void Scores(OnnxValue scores) => _graph.Output(scores, OnnxParts.Scores, OnnxType.Float, Batch, Manifest.Classes.Count, Height, Width);

    private void Labels(OnnxValue labels) => _graph.Output(labels, OnnxParts.Labels, OnnxType.UInt8, Batch, Height, Width);

    private void Confidence(OnnxValue confidence) => _graph.Output(confidence, OnnxParts.Confidence, OnnxType.Float, Batch, Height, Width);

    /// <summary>For each row or column of the image, that of the working size, centres aligned: floor((2 i + 1) · working size / (2 · size)), int64 <c>[n]</c>.</summary>
    /// <param name="axis">0 for rows, 1 for columns.</param>
    private OnnxValue Index(long axis)
    {
        OnnxValue start = _graph.Constant([axis]), end = _graph.Constant([axis + 1]), none = _graph.Constant([0L]);
        OnnxValue target = _graph.Slice(_size, start, end, 0), one = _graph.Constant([1L]), two = _graph.Constant([2L]);
        OnnxValue places = _graph.Add("Range", [_graph.Squeeze(none, 0), _graph.Squeeze(target, 0), _graph.Squeeze(one, 0)]);
        return IsResized
            ? _graph.Div(_graph.Mul(_graph.Add(_graph.Mul(places, two), one), _graph.Slice(_workingSize, start, end, 0)), _graph.Mul(target, two))
            : places;
    }

    /// <summary>What lies on the grid of whole tokens, at the image's size.</summary>
    /// <param name="x">Its rows along <paramref name="axis"/>, its columns behind it.</param>
    /// <param name="rows">Which row each row of the image takes.</param>
    /// <param name="columns">Which column.</param>
    /// <param name="axis">The axis of rows.</param>
    /// <param name="isWhole">Whether rows and columns are the first ones of the grid, where the image is not resized.</param>
    private OnnxValue ToImage(OnnxValue x, OnnxValue rows, OnnxValue columns, long axis, bool isWhole = true) => isWhole && !IsResized
        ? _graph.Add("Slice", [x, _graph.Constant([0L, 0]), _size, _graph.Constant([axis, axis + 1])])
        : _graph.Gather(_graph.Gather(x, rows, axis), columns, axis + 1);

    private int ScaleOf(ModelProto decoder)
    {
        // The decoder does not say it in its file; a token of one cell does.
        using var session = new OnnxSession(Google.Protobuf.MessageExtensions.ToByteArray(decoder), SegmentationModelPackage.DecoderPart, MaskigeDecoder.Inputs, new ScoringOptions { ThreadCount = 1 }, MaskigeDecoder.Outputs);
        using OnnxOutputs found = session.Run(OnnxParts.Tokens, new long[1].AsMemory(), [1, 1, 1], [OnnxParts.Maskige]);
        return (int)found.Shape(0)[3] / Manifest.Stride;
    }

    private void Describe()
    {
        void Note(string key, string? value)
        {
            if (value is not null)
            {
                _graph.Metadata("gss." + key, value);
            }
        }

        Note("classes", JsonList(Manifest.Classes.Names));
        Note("colors", JsonList(Manifest.Classes.Colors.Select(color => $"#{color.R:X2}{color.G:X2}{color.B:X2}")));
        Note("void_index", LabelMap.Void.ToString(CultureInfo.InvariantCulture));
        Note("data_set", Manifest.Classes.Name);
        Note("method", Manifest.Method.ToString());
        Note("variant", Manifest.Variant);
        Note("encoder", Manifest.Encoder);
        Note("tokenizer", Manifest.Tokenizer);
        Note("input", $"{_options.ImageType}, {_options.Layout}, {_options.ChannelOrder}, 0..255; resizing and normalisation are inside the graph".ToLowerInvariant());
        Note("precision", Manifest.Precision);
        Note("short_side", _shortSide?.ToString(CultureInfo.InvariantCulture));
        Note("library_version", Manifest.LibraryVersion);
        Note("weights_license", _options.License);
    }

    // Not by the serializer, which applications that are compiled ahead of time do without.
    private static string JsonList(IEnumerable<string> texts) => new JsonArray([.. texts.Select(text => (JsonNode)JsonValue.Create(text))]).ToJsonString();
}
