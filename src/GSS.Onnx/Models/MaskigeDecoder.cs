using GSS.Core;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.Onnx;

/// <summary>
/// <c>decoder.onnx</c> with the palette: turns latent tokens into maskiges (the tokenizer's decoder D) and these into label maps (X⁻¹, paper section 3.3).
/// May be used by many threads at the same time. Dispose it when it is no longer needed: calls that are running then finish, later ones throw an <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed partial class MaskigeDecoder : IDisposable
{
    // What one run may take; a tokenizer that does not say how much it needs is the compact one, with about 20 bytes for each byte of the maskige.
    private const long LargestRun = 160 << 20;
    private const long UsualBytesPerPixel = 240;

    internal static readonly OnnxTensor[] Inputs = [new(OnnxParts.Tokens, TensorElementType.Int64)];
    internal static readonly OnnxTensor[] Outputs =
    [
        new(OnnxParts.Maskige, TensorElementType.Float), new(OnnxParts.Labels, TensorElementType.UInt8, Optional: true), new(OnnxParts.Scores, TensorElementType.Float, Optional: true),
    ];

    private readonly OnnxSession _session;
    private readonly MaskigePalette _palette;
    private readonly int _stride;
    private readonly int _vocabularySize;
    private readonly int? _shortSide;
    private readonly long _bytesPerPixel;
    private readonly bool _hasScores;
    private readonly bool _hasLabels;

    /// <summary>Whether X⁻¹ is a network, and which of its outputs tells the classes.</summary>
    private bool Decides => _hasLabels || _hasScores;

    private string Decision => _hasLabels ? OnnxParts.Labels : OnnxParts.Scores;

    /// <summary>Opens the model.</summary>
    /// <param name="onnx">
    /// The bytes of <c>decoder.onnx</c>: <c>tokens</c> int64 <c>[B, h, w]</c> to <c>maskige</c> float <c>[B, 3, h × stride, w × stride]</c>, RGB in 0..255, or twice
    /// as large in both directions. A class is the nearest colour of the maskige, or, where X⁻¹ is a network, what the model gives as <c>labels</c> uint8
    /// <c>[B, h × stride, w × stride]</c>, beside which stand its <c>scores</c> float <c>[B, K, h × stride, w × stride]</c> (version 0.1.0: the scores alone).
    /// </param>
    /// <param name="palette">The colours of the classes.</param>
    /// <param name="stride">Pixels a token stands for in each direction, 1 or more.</param>
    /// <param name="vocabularySize">V: tokens are 0..V-1.</param>
    /// <param name="shortSide">The short side to which <see cref="LatentPriorModel"/> resized the images; null where it kept their size.</param>
    /// <param name="options">Threads, device and memory; null means the defaults.</param>
    /// <exception cref="SegmentationModelException">The bytes are damaged or another kind of model.</exception>
    public MaskigeDecoder(byte[] onnx, MaskigePalette palette, int stride, int vocabularySize, int? shortSide = null, ScoringOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(palette);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stride);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        _session = new OnnxSession(onnx, "decoder.onnx", Inputs, options ?? new(), Outputs);
        int[]? scores = _session.OutputShapes.GetValueOrDefault(OnnxParts.Scores);
        _hasScores = scores is not null;
        _hasLabels = _session.OutputShapes.ContainsKey(OnnxParts.Labels);
        if (scores is not null && (scores.Length != 4 || scores[1] != palette.Count))
        {
            _session.Dispose();
            throw new SegmentationModelException(
                $"'decoder.onnx' gives scores of the shape [{string.Join(", ", scores)}], expected [B, {palette.Count}, h, w] for the {palette.Count} colours of the palette: use the decoder that was made for these classes.");
        }

        _bytesPerPixel = _session.Note(OnnxParts.BytesPerPixel, UsualBytesPerPixel);
        _palette = palette;
        _stride = stride;
        _vocabularySize = vocabularySize;
        _shortSide = shortSide;
    }

    /// <summary>Decodes tokens to label maps at the size of the images that they stand for.</summary>
    /// <param name="tokens">Any number of token grids of any sizes. Grids of one size run together.</param>
    /// <param name="outputs">What to give beside the label maps. Tokens alone say nothing about confidence.</param>
    /// <returns>One result for each grid, in the same order.</returns>
    /// <exception cref="ArgumentException">A token is not in the vocabulary, a grid does not fit its image, or confidence is asked for.</exception>
    public SegmentationResult[] Decode(IReadOnlyList<LatentTokens> tokens, SegmentationOutputs outputs = SegmentationOutputs.Labels)
    {
        if (outputs.HasFlag(SegmentationOutputs.Confidence))
        {
            throw new ArgumentException("Confidence cannot be told from tokens alone: ask for it where images are predicted, or leave it out.", nameof(outputs));
        }

        return Decode(tokens, probabilities: null, outputs);
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    /// <summary>As <see cref="Decode(IReadOnlyList{LatentTokens}, SegmentationOutputs)"/>, with the probability of each token where confidence is asked for.</summary>
    internal SegmentationResult[] Decode(IReadOnlyList<LatentTokens> tokens, IReadOnlyList<float[]?>? probabilities, SegmentationOutputs outputs)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var results = new SegmentationResult[tokens.Count];
        foreach (int[] batch in Batches.OfOneSize(tokens, grid => (grid.Width, grid.Height), size => LargestRun / (_bytesPerPixel * _stride * _stride * size.Width * size.Height)))
        {
            bool needsMaskige = !Decides || outputs.HasFlag(SegmentationOutputs.Maskige);
            using OnnxOutputs found = RunBatch(tokens, batch, [.. needsMaskige ? new[] { OnnxParts.Maskige } : [], .. Decides ? new[] { Decision } : []]);
            for (int i = 0; i < batch.Length; i++)
            {
                ReadOnlySpan<float> planes = needsMaskige ? found.Part<float>(0, i, batch.Length) : [];
                results[batch[i]] = ToResult(planes, FindClasses(found, i, batch.Length, tokens[batch[i]], needsMaskige ? 1 : 0), tokens[batch[i]], probabilities?[batch[i]], outputs);
            }
        }

        return results;
    }

    /// <inheritdoc cref="OnnxSession.Hold"/>
    internal IDisposable Hold() => _session.Hold();

    /// <inheritdoc cref="OnnxSession.CloseWhenUnused"/>
    internal void CloseWhenUnused() => _session.CloseWhenUnused();

    private OnnxOutputs RunBatch(IReadOnlyList<LatentTokens> tokens, int[] batch, string[] names)
    {
        (int width, int height) = (tokens[batch[0]].Width, tokens[batch[0]].Height);
        long[] input = new long[batch.Length * width * height];
        for (int i = 0; i < batch.Length; i++)
        {
            ReadOnlySpan<int> ids = tokens[batch[i]].Ids;
            int unknown = ids.IndexOfAnyExceptInRange(0, _vocabularySize - 1);
            if (unknown >= 0)
            {
                throw new ArgumentException(
                    $"Found the token {ids[unknown]} in the grid at position {batch[i]}, expected 0..{_vocabularySize - 1}: decode tokens with the tokenizer that made them.", nameof(tokens));
            }

            Span<long> target = input.AsSpan(i * ids.Length, ids.Length);
            for (int t = 0; t < ids.Length; t++)
            {
                target[t] = ids[t];
            }
        }

        return _session.Run(OnnxParts.Tokens, input.AsMemory(), [batch.Length, height, width], names);
    }

    private SegmentationResult ToResult(ReadOnlySpan<float> planes, byte[] decoded, LatentTokens tokens, float[]? probabilities, SegmentationOutputs outputs)
    {
        // The maskige may reach beyond the image: it is whole tokens. The network may also have seen the image at another size.
        (int workingWidth, int workingHeight) = FindWorkingSize(tokens);
        int maskigeWidth = tokens.Width * _stride;
        int[] columns = NearestAxis.Aligned(workingWidth, tokens.ImageWidth);
        int[] rows = NearestAxis.Aligned(workingHeight, tokens.ImageHeight);

        int scale = planes.IsEmpty ? 1 : ScaleOf(planes.Length, decoded.Length);
        bool whole = maskigeWidth == tokens.ImageWidth && tokens.Height * _stride == tokens.ImageHeight && workingWidth == tokens.ImageWidth && workingHeight == tokens.ImageHeight;
        byte[] labels = whole ? decoded : new byte[tokens.ImageWidth * tokens.ImageHeight];
        int[] pictureColumns = scale == 1 ? columns : [.. columns.Select(column => column * scale)];
        RgbImage? maskige = outputs.HasFlag(SegmentationOutputs.Maskige) ? new RgbImage(tokens.ImageWidth, tokens.ImageHeight) : null;
        float[]? confidence = outputs.HasFlag(SegmentationOutputs.Confidence) && probabilities is not null ? new float[labels.Length] : null;
        for (int y = 0; y < rows.Length; y++)
        {
            int target = y * columns.Length;
            if (!whole)
            {
                ReadOnlySpan<byte> source = decoded.AsSpan(rows[y] * maskigeWidth, maskigeWidth);
                for (int x = 0; x < columns.Length; x++)
                {
                    labels[target + x] = source[columns[x]];
                }
            }

            if (maskige is not null)
            {
                ImagePlanes.GatherRow(planes, rows[y] * scale * maskigeWidth * scale, pictureColumns, maskige.Pixels.Slice(3 * target, 3 * columns.Length));
            }

            if (confidence is not null)
            {
                int row = rows[y] / _stride * tokens.Width;
                for (int x = 0; x < columns.Length; x++)
                {
                    confidence[target + x] = probabilities![row + (columns[x] / _stride)];
                }
            }
        }

        return new SegmentationResult(new LabelMap(tokens.ImageWidth, tokens.ImageHeight, labels), maskige, confidence);
    }

    /// <summary>X⁻¹: the class of every pixel of the token grid's area.</summary>
    private byte[] FindClasses(OnnxOutputs found, int index, int count, LatentTokens tokens, int decision)
    {
        int width = tokens.Width * _stride, pixels = width * tokens.Height * _stride;
        if (_hasLabels)
        {
            return RequireClasses(found.Part<byte>(decision, index, count).ToArray(), pixels);
        }

        byte[] classes = new byte[pixels];
        if (_hasScores)
        {
            TokenChoice.ChooseClasses(found.Part<float>(decision, index, count), classes);
            return classes;
        }

        ReadOnlySpan<float> planes = found.Part<float>(0, index, count);
        int scale = ScaleOf(planes.Length, pixels);
        if (scale == 1)
        {
            _palette.Decode(planes, classes);
            return classes;
        }

        // Colours are told apart where they were painted, and only then brought together: a mean of two colours may be the colour of a third class.
        byte[] painted = new byte[pixels * scale * scale];
        _palette.Decode(planes, painted);
        LabelVotes.Halve(painted, width * scale, classes);
        return classes;
    }

    private byte[] RequireClasses(byte[] classes, int pixels)
    {
        int unknown = classes.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(_palette.Count - 1));
        return classes.Length == pixels && unknown < 0 ? classes : throw new InvalidOperationException(unknown >= 0
            ? $"'decoder.onnx' gave the class {classes[unknown]}, expected 0..{_palette.Count - 1}: use the decoder that was made for these classes."
            : $"'decoder.onnx' gave {classes.Length} labels for {pixels} pixels of tokens, expected as many: the manifest's stride does not fit this decoder.");
    }

    /// <summary>How many times larger than the label map the maskige is: 1 or 2.</summary>
    private static int ScaleOf(int numbers, int pixels) => numbers == 3L * pixels ? 1 : numbers == 12L * pixels ? 2
        : throw new InvalidOperationException($"'decoder.onnx' painted {numbers / 3} pixels for {pixels} pixels of tokens, expected as many or four times as many: the manifest's stride does not fit this decoder.");

    /// <summary>The size at which the network saw the image: resized to the short side, or, where that does not fit the grid, as it was (tokens of label maps).</summary>
    private (int Width, int Height) FindWorkingSize(LatentTokens tokens)
    {
        foreach (int? shortSide in new[] { _shortSide, null })
        {
            (int width, int height) = WorkingSize.Of(tokens.ImageWidth, tokens.ImageHeight, shortSide);
            if (WorkingSize.TokenCount(width, _stride) == tokens.Width && WorkingSize.TokenCount(height, _stride) == tokens.Height)
            {
                return (width, height);
            }
        }

        (int expectedWidth, int expectedHeight) = WorkingSize.Of(tokens.ImageWidth, tokens.ImageHeight, _shortSide);
        throw new ArgumentException(
            $"Found {tokens.Width}x{tokens.Height} tokens for an image of {tokens.ImageWidth}x{tokens.ImageHeight}, expected "
            + $"{WorkingSize.TokenCount(expectedWidth, _stride)}x{WorkingSize.TokenCount(expectedHeight, _stride)} at stride {_stride}: decode tokens with the model that made them.");
    }
}
