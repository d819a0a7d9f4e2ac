using System.Buffers;
using GSS.Core;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.Onnx;

/// <summary>
/// <c>prior.onnx</c> as a running model: predicts the latent tokens of photographs (paper section 3.4).
/// May be used by many threads at the same time; dispose it when none uses it any more.
/// </summary>
public sealed class LatentPriorModel : IDisposable
{
    private readonly OnnxSession _session;
    private readonly int? _shortSide;
    private readonly long _logitsMemory;
    private readonly bool _hasScores;

    /// <summary>Opens the model.</summary>
    /// <param name="onnx">The bytes of <c>prior.onnx</c>: <c>image</c> float <c>[B, 3, H, W]</c>, RGB in 0..255, to <c>logits</c> float <c>[B, V, h, w]</c>, and perhaps <c>scores</c> of the same shape that decide in their place.</param>
    /// <param name="shortSide">Images are resized (bilinear) until their short side has so many pixels; null keeps each image's own size.</param>
    /// <param name="options">Threads, device and memory; null means the defaults.</param>
    /// <exception cref="SegmentationModelException">The bytes are damaged or another kind of model.</exception>
    public LatentPriorModel(byte[] onnx, int? shortSide = null, ScoringOptions? options = null)
    {
        options ??= new();
        _session = new OnnxSession(onnx, "prior.onnx", ("image", TensorElementType.Float), ("logits", TensorElementType.Float), options, OnnxParts.Scores);
        _hasScores = _session.OptionalOutputShape(OnnxParts.Scores) is not null;
        _shortSide = shortSide;
        _logitsMemory = options.LogitsMemory;
        VocabularySize = _session.OutputShape is [_, var vocabulary, _, _] ? vocabulary : -1;
        if (VocabularySize < 2)
        {
            _session.Dispose();
            throw new SegmentationModelException(
                $"'prior.onnx' does not say how many tokens it chooses from (the shape of 'logits' is [{string.Join(", ", _session.OutputShape)}], expected [B, V, h, w]): use a model that GSS.ML has written.");
        }
    }

    /// <summary>V: how many different tokens the model chooses from.</summary>
    public int VocabularySize { get; }

    /// <summary>Predicts the token at every place: the most likely one, or the one with the largest score where the model gives scores; of equal ones the lowest.</summary>
    /// <param name="images">Any number of images of any sizes. Images of one size run together.</param>
    /// <returns>The tokens of each image, in the same order.</returns>
    public LatentTokens[] Predict(IReadOnlyList<RgbImage> images) => [.. Predict(images, withProbabilities: false).Select(p => p.Tokens)];

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    /// <summary>The tokens of a part of an image that has its working size already.</summary>
    internal LatentTokens PredictUnresized(RgbImage image)
    {
        var predictions = new (LatentTokens Tokens, float[]?)[1];
        RunBatch([image], [0], (image.Width, image.Height), predictions, withProbabilities: false);
        return predictions[0].Tokens;
    }

    /// <summary>As <see cref="Predict(IReadOnlyList{RgbImage})"/>, with the probability of each token where wanted.</summary>
    internal (LatentTokens Tokens, float[]? Probabilities)[] Predict(IReadOnlyList<RgbImage> images, bool withProbabilities)
    {
        ArgumentNullException.ThrowIfNull(images);
        var predictions = new (LatentTokens, float[]?)[images.Count];
        foreach (int[] batch in Batches.OfOneSize(images, SizeOf, LargestBatch))
        {
            RunBatch(images, batch, SizeOf(images[batch[0]]), predictions, withProbabilities);
        }

        return predictions;
    }

    // Logits are by far the largest thing in memory; at stride 4 they have V / 16 numbers a pixel. A model of another stride only gets other slices.
    private long LargestBatch((int Width, int Height) size) =>
        _logitsMemory / (sizeof(float) * (long)VocabularySize * WorkingSize.TokenCount(size.Width, 4) * WorkingSize.TokenCount(size.Height, 4));

    private (int Width, int Height) SizeOf(RgbImage image) => WorkingSize.Of(image.Width, image.Height, _shortSide);

    private void RunBatch(IReadOnlyList<RgbImage> images, int[] batch, (int Width, int Height) size, (LatentTokens, float[]?)[] predictions, bool withProbabilities)
    {
        (int width, int height) = size;
        int imageLength = checked(3 * width * height);
        int inputLength = checked(batch.Length * imageLength);
        float[] input = ArrayPool<float>.Shared.Rent(inputLength);
        try
        {
            for (int i = 0; i < batch.Length; i++)
            {
                RgbImage image = images[batch[i]].Resize(width, height);
                ImagePlanes.Spread(image.Pixels, input.AsSpan(i * imageLength, imageLength));
            }

            // The logits themselves matter only where they decide, or where someone asks how likely the decision is.
            string[] names = !_hasScores ? ["logits"] : withProbabilities ? ["logits", OnnxParts.Scores] : [OnnxParts.Scores];
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(input.AsMemory(0, inputLength), [batch.Length, 3, height, width], names);
            long[] shape = outputs[0].GetTensorTypeAndShape().Shape;
            (int tokenRows, int tokenColumns) = ((int)shape[2], (int)shape[3]);
            for (int i = 0; i < batch.Length; i++)
            {
                RgbImage image = images[batch[i]];
                int[] tokens = new int[tokenRows * tokenColumns];
                float[]? probabilities = withProbabilities ? new float[tokens.Length] : null;
                TokenChoice.Choose(Part(outputs[0], i, batch.Length), tokens, probabilities);
                if (_hasScores && probabilities is not null)
                {
                    int[] decided = new int[tokens.Length];
                    TokenChoice.Choose(Part(outputs[1], i, batch.Length), decided, []);
                    TokenChoice.Correct(Part(outputs[0], i, batch.Length), tokens, decided, probabilities);
                    tokens = decided;
                }

                predictions[batch[i]] = (new LatentTokens(tokenColumns, tokenRows, image.Width, image.Height, tokens), probabilities);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(input);
        }
    }

    private static ReadOnlySpan<float> Part(OrtValue output, int index, int count)
    {
        ReadOnlySpan<float> all = output.GetTensorDataAsSpan<float>();
        return all.Slice(index * (all.Length / count), all.Length / count);
    }
}
