using GSS.Core;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.Onnx;

/// <summary>
/// <c>prior.onnx</c> as a running model: predicts the latent tokens of photographs (paper section 3.4).
/// May be used by many threads at the same time. Dispose it when it is no longer needed: calls that are running then finish, later ones throw an <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed class LatentPriorModel : IDisposable
{
    private static readonly OnnxTensor[] s_inputs = [new(OnnxParts.Image, TensorElementType.Float), new(OnnxParts.WithConfidence, TensorElementType.Bool, Optional: true)];
    private static readonly OnnxTensor[] s_outputs = [new(OnnxParts.Tokens, TensorElementType.Int64), new(OnnxParts.Confidence, TensorElementType.Float, Optional: true)];
    private static readonly OnnxTensor[] s_outputsOfFormat1 = [new(OnnxParts.Logits, TensorElementType.Float), new(OnnxParts.Scores, TensorElementType.Float, Optional: true)];

    private readonly OnnxSession _session;
    private readonly int? _shortSide;
    private readonly long _logitsMemory;
    private readonly UndecidedPrior? _undecided;
    private readonly bool _hasFlag;

    /// <summary>Opens the model.</summary>
    /// <param name="onnx">
    /// The bytes of <c>prior.onnx</c>: <c>image</c> float <c>[B, 3, H, W]</c>, RGB in 0..255, to <c>tokens</c> int64 <c>[B, h, w]</c> and, where the input <c>with_confidence</c>
    /// is true, <c>confidence</c> float <c>[B, h, w]</c>; or, of version 0.1.0, to <c>logits</c> float <c>[B, V, h, w]</c> and perhaps <c>scores</c> of the same shape that decide in their place.
    /// </param>
    /// <param name="shortSide">Images are resized (bilinear) until their short side has so many pixels; null keeps each image's own size.</param>
    /// <param name="options">Threads, device and memory; null means the defaults.</param>
    /// <exception cref="SegmentationModelException">The bytes are damaged or another kind of model.</exception>
    public LatentPriorModel(byte[] onnx, int? shortSide = null, ScoringOptions? options = null)
    {
        options ??= new();
        _session = new OnnxSession(onnx, "prior.onnx", s_inputs, options, s_outputs, s_outputsOfFormat1);
        _undecided = _session.OutputShapes.ContainsKey(OnnxParts.Logits) ? new UndecidedPrior(_session) : null;
        _hasFlag = _session.InputNames.Contains(OnnxParts.WithConfidence);
        _shortSide = shortSide;
        _logitsMemory = options.LogitsMemory;
        VocabularySize = (int)(_undecided?.VocabularySize ?? _session.Note(OnnxParts.VocabularySize, -1));
        if (VocabularySize < 2)
        {
            _session.Dispose();
            throw new SegmentationModelException(
                $"'prior.onnx' does not say how many tokens it chooses from (neither by a note '{OnnxParts.VocabularySize}' nor by the shape of '{OnnxParts.Logits}'): save the model again with the version of GSS.ML that trained it.");
        }
    }

    /// <summary>V: how many different tokens the model chooses from.</summary>
    public int VocabularySize { get; }

    /// <summary>Whether the model tells how likely its tokens are.</summary>
    internal bool HasConfidence => _undecided is not null || _session.OutputShapes.ContainsKey(OnnxParts.Confidence);

    /// <summary>Predicts the token at every place: the most likely one, or the one that the model was trained to decide for (<c>TokenDecoding</c>); of equal ones the lowest.</summary>
    /// <param name="images">Any number of images of any sizes. Images of one size run together.</param>
    /// <returns>The tokens of each image, in the same order.</returns>
    /// <exception cref="ArgumentException">An image is too narrow for the short side, or too large to be predicted in one piece.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public LatentTokens[] Predict(IReadOnlyList<RgbImage> images) => [.. Predict(images, withConfidence: false).Select(p => p.Tokens)];

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    /// <inheritdoc cref="OnnxSession.Hold"/>
    internal IDisposable Hold() => _session.Hold();

    /// <inheritdoc cref="OnnxSession.CloseWhenUnused"/>
    internal void CloseWhenUnused() => _session.CloseWhenUnused();

    /// <summary>The tokens of a part of an image that has its working size already.</summary>
    internal LatentTokens PredictUnresized(RgbImage image)
    {
        var predictions = new (LatentTokens Tokens, float[]?)[1];
        RunBatch([image], [0], (image.Width, image.Height), predictions, withConfidence: false);
        return predictions[0].Tokens;
    }

    /// <summary>The same with the probability of each token.</summary>
    internal (LatentTokens Tokens, float[] Confidence) PredictUnresizedWithConfidence(RgbImage image)
    {
        var predictions = new (LatentTokens Tokens, float[]? Confidence)[1];
        RunBatch([image], [0], (image.Width, image.Height), predictions, withConfidence: true);
        return (predictions[0].Tokens, predictions[0].Confidence!);
    }

    /// <summary>As <see cref="Predict(IReadOnlyList{RgbImage})"/>, with the probability of each token where wanted.</summary>
    internal (LatentTokens Tokens, float[]? Probabilities)[] Predict(IReadOnlyList<RgbImage> images, bool withConfidence)
    {
        ArgumentNullException.ThrowIfNull(images);
        var predictions = new (LatentTokens, float[]?)[images.Count];
        foreach (int[] batch in Batches.OfOneSize(images, SizeOf, LargestBatch))
        {
            RunBatch(images, batch, SizeOf(images[batch[0]]), predictions, withConfidence);
        }

        return predictions;
    }

    // At stride 4 logits have V / 16 numbers a pixel, more than any other layer; a model of another stride only gets other slices.
    private long LargestBatch((int Width, int Height) size) => Math.Min(
        _logitsMemory / (sizeof(float) * (long)VocabularySize * WorkingSize.TokenCount(size.Width, 4) * WorkingSize.TokenCount(size.Height, 4)),
        int.MaxValue / (12L * size.Width * size.Height));

    private (int Width, int Height) SizeOf(RgbImage image) => WorkingSize.Require(image.Width, image.Height, _shortSide);

    private void RunBatch(IReadOnlyList<RgbImage> images, int[] batch, (int Width, int Height) size, (LatentTokens, float[]?)[] predictions, bool withConfidence)
    {
        WorkingSize.RequireMemory(size.Width, size.Height);
        using var input = new ImageBatch(images, batch, size);
        if (_undecided is not null)
        {
            _undecided.RunBatch(images, batch, input, predictions, withConfidence);
            return;
        }

        if (withConfidence && !HasConfidence)
        {
            throw new ArgumentException($"Found confidence asked of a model whose 'prior.onnx' has no output '{OnnxParts.Confidence}', expected label maps or maskiges alone: export the model with GSS.ML.");
        }

        string[] names = withConfidence ? [OnnxParts.Tokens, OnnxParts.Confidence] : [OnnxParts.Tokens];
        using OnnxOutputs outputs = _session.Run(OnnxParts.Image, input.Values, input.Shape, names, _hasFlag ? (OnnxParts.WithConfidence, withConfidence) : null);
        long[] shape = outputs.Shape(0);
        for (int i = 0; i < batch.Length; i++)
        {
            RgbImage image = images[batch[i]];
            ReadOnlySpan<long> found = outputs.Part<long>(0, i, batch.Length);
            int[] tokens = new int[found.Length];
            for (int place = 0; place < tokens.Length; place++)
            {
                tokens[place] = (int)found[place];
            }

            predictions[batch[i]] = (
                new LatentTokens((int)shape[2], (int)shape[1], image.Width, image.Height, tokens),
                withConfidence ? outputs.Part<float>(1, i, batch.Length).ToArray() : null);
        }
    }
}
