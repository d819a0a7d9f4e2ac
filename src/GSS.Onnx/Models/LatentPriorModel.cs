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

    /// <summary>Opens the model.</summary>
    /// <param name="onnx">The bytes of <c>prior.onnx</c>: <c>image</c> float <c>[B, 3, H, W]</c>, RGB in 0..255, to <c>logits</c> float <c>[B, V, h, w]</c>.</param>
    /// <param name="shortSide">Images are resized (bilinear) until their short side has so many pixels; null keeps each image's own size.</param>
    /// <param name="options">Threads, device and memory; null means the defaults.</param>
    /// <exception cref="SegmentationModelException">The bytes are damaged or another kind of model.</exception>
    public LatentPriorModel(byte[] onnx, int? shortSide = null, ScoringOptions? options = null)
    {
        options ??= new();
        _session = new OnnxSession(onnx, "prior.onnx", ("image", TensorElementType.Float), ("logits", TensorElementType.Float), options);
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

    /// <summary>Predicts the most likely token at every place; of equally likely ones the lowest.</summary>
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

            using OrtValue output = _session.Run(input.AsMemory(0, inputLength), [batch.Length, 3, height, width]);
            long[] shape = output.GetTensorTypeAndShape().Shape;
            (int tokenRows, int tokenColumns) = ((int)shape[2], (int)shape[3]);
            ReadOnlySpan<float> logits = output.GetTensorDataAsSpan<float>();
            int logitsLength = logits.Length / batch.Length;
            for (int i = 0; i < batch.Length; i++)
            {
                RgbImage image = images[batch[i]];
                int[] tokens = new int[tokenRows * tokenColumns];
                float[]? probabilities = withProbabilities ? new float[tokens.Length] : null;
                TokenChoice.Choose(logits.Slice(i * logitsLength, logitsLength), tokens, probabilities);
                predictions[batch[i]] = (new LatentTokens(tokenColumns, tokenRows, image.Width, image.Height, tokens), probabilities);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(input);
        }
    }
}
