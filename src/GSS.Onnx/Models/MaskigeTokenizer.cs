using GSS.Core;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.Onnx;

/// <summary>
/// <c>encoder.onnx</c> as a running model: the latent tokens of maskiges (the tokenizer's encoder E, paper section 3.2).
/// May be used by many threads at the same time. Dispose it when it is no longer needed: calls that are running then finish, later ones throw an <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed class MaskigeTokenizer : IDisposable
{
    // What one run may take; a tokenizer that does not say how much it needs is the compact one, with about 40 bytes for each byte of its input.
    private const long LargestRun = 320 << 20;
    private const long UsualBytesPerPixel = 480;

    private static readonly OnnxTensor[] s_inputs = [new(OnnxParts.Maskige, TensorElementType.Float)];
    private static readonly OnnxTensor[] s_outputs = [new(OnnxParts.Tokens, TensorElementType.Int64)];

    private readonly OnnxSession _session;
    private readonly long _bytesPerPixel;

    /// <summary>Opens the model.</summary>
    /// <param name="onnx">The bytes of <c>encoder.onnx</c>: <c>maskige</c> float <c>[B, 3, H, W]</c>, RGB in 0..255, to <c>tokens</c> int64 <c>[B, h, w]</c>.</param>
    /// <param name="options">Threads, device and memory; null means the defaults.</param>
    /// <exception cref="SegmentationModelException">The bytes are damaged or another kind of model.</exception>
    public MaskigeTokenizer(byte[] onnx, ScoringOptions? options = null)
    {
        _session = new OnnxSession(onnx, "encoder.onnx", s_inputs, options ?? new(), s_outputs);
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

    /// <inheritdoc cref="OnnxSession.Hold"/>
    internal IDisposable Hold() => _session.Hold();

    /// <inheritdoc cref="OnnxSession.CloseWhenUnused"/>
    internal void CloseWhenUnused() => _session.CloseWhenUnused();

    private void RunBatch(IReadOnlyList<RgbImage> maskiges, int[] batch, LatentTokens[] encoded)
    {
        (int width, int height) = (maskiges[batch[0]].Width, maskiges[batch[0]].Height);
        WorkingSize.RequireMemory(width, height);
        using var input = new ImageBatch(maskiges, batch, (width, height));
        using OnnxOutputs outputs = _session.Run(OnnxParts.Maskige, input.Values, input.Shape, [OnnxParts.Tokens]);
        long[] shape = outputs.Shape(0);
        (int rows, int columns) = ((int)shape[1], (int)shape[2]);
        for (int i = 0; i < batch.Length; i++)
        {
            ReadOnlySpan<long> tokens = outputs.Part<long>(0, i, batch.Length);
            int[] ids = new int[rows * columns];
            for (int t = 0; t < ids.Length; t++)
            {
                ids[t] = (int)tokens[t];
            }

            encoded[batch[i]] = new LatentTokens(columns, rows, width, height, ids);
        }
    }
}
