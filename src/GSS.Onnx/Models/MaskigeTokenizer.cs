using System.Buffers;
using GSS.Core;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.Onnx;

/// <summary>
/// <c>encoder.onnx</c> as a running model: the latent tokens of maskiges (the tokenizer's encoder E, paper section 3.2).
/// May be used by many threads at the same time; dispose it when none uses it any more.
/// </summary>
public sealed class MaskigeTokenizer : IDisposable
{
    // What one run may take; a tokenizer that does not say how much it needs is the compact one, with about 40 bytes for each byte of its input.
    private const long LargestRun = 320 << 20;
    private const long UsualBytesPerPixel = 480;

    private readonly OnnxSession _session;
    private readonly long _bytesPerPixel;

    /// <summary>Opens the model.</summary>
    /// <param name="onnx">The bytes of <c>encoder.onnx</c>: <c>maskige</c> float <c>[B, 3, H, W]</c>, RGB in 0..255, to <c>tokens</c> int64 <c>[B, h, w]</c>.</param>
    /// <param name="options">Threads, device and memory; null means the defaults.</param>
    /// <exception cref="SegmentationModelException">The bytes are damaged or another kind of model.</exception>
    public MaskigeTokenizer(byte[] onnx, ScoringOptions? options = null)
    {
        _session = new OnnxSession(onnx, "encoder.onnx", ("maskige", TensorElementType.Float), ("tokens", TensorElementType.Int64), options ?? new());
        _bytesPerPixel = _session.Note(OnnxParts.BytesPerPixel, UsualBytesPerPixel);
    }

    /// <summary>Encodes maskiges.</summary>
    /// <param name="maskiges">Any number of maskiges of any sizes, each the <see cref="MaskigePalette.Colorize(LabelMap)"/> of a label map. Those of one size run together.</param>
    /// <returns>The tokens of each maskige, in the same order.</returns>
    public LatentTokens[] Encode(IReadOnlyList<RgbImage> maskiges)
    {
        ArgumentNullException.ThrowIfNull(maskiges);
        var encoded = new LatentTokens[maskiges.Count];
        foreach (int[] batch in Batches.OfOneSize(maskiges, image => (image.Width, image.Height), size => LargestRun / (_bytesPerPixel * size.Width * size.Height)))
        {
            RunBatch(maskiges, batch, encoded);
        }

        return encoded;
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private void RunBatch(IReadOnlyList<RgbImage> maskiges, int[] batch, LatentTokens[] encoded)
    {
        (int width, int height) = (maskiges[batch[0]].Width, maskiges[batch[0]].Height);
        int imageLength = checked(3 * width * height);
        int inputLength = checked(batch.Length * imageLength);
        float[] input = ArrayPool<float>.Shared.Rent(inputLength);
        try
        {
            for (int i = 0; i < batch.Length; i++)
            {
                ImagePlanes.Spread(maskiges[batch[i]].Pixels, input.AsSpan(i * imageLength, imageLength));
            }

            using OrtValue output = _session.Run(input.AsMemory(0, inputLength), [batch.Length, 3, height, width]);
            long[] shape = output.GetTensorTypeAndShape().Shape;
            (int rows, int columns) = ((int)shape[1], (int)shape[2]);
            ReadOnlySpan<long> tokens = output.GetTensorDataAsSpan<long>();
            for (int i = 0; i < batch.Length; i++)
            {
                int[] ids = new int[rows * columns];
                for (int t = 0; t < ids.Length; t++)
                {
                    ids[t] = (int)tokens[(i * ids.Length) + t];
                }

                encoded[batch[i]] = new LatentTokens(columns, rows, width, height, ids);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(input);
        }
    }
}
