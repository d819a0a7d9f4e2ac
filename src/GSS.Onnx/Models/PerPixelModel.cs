using System.Numerics.Tensors;
using GSS.Core;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.Onnx;

/// <summary><c>segmenter.onnx</c> as a running model: photographs to label maps in one network.</summary>
internal sealed class PerPixelModel : IPixelScores, IDisposable
{
    private const long LargestRun = 512 << 20;
    private const long UsualBytesPerPixel = 1024;

    private static readonly OnnxTensor[] s_inputs = [new(OnnxParts.Image, TensorElementType.Float), new(OnnxParts.WithConfidence, TensorElementType.Bool, Optional: true)];
    private static readonly OnnxTensor[] s_outputs = [new(OnnxParts.Labels, TensorElementType.UInt8), new(OnnxParts.Confidence, TensorElementType.Float, Optional: true)];

    private readonly OnnxSession _session;
    private readonly int _classCount;
    private readonly int? _shortSide;
    private readonly long _bytesPerPixel;
    private readonly bool _hasFlag;

    /// <summary>Opens the model.</summary>
    /// <param name="onnx">The bytes of <c>segmenter.onnx</c>.</param>
    /// <param name="classCount">K: labels are 0..K-1.</param>
    /// <param name="shortSide">Images are resized until their short side has so many pixels; null keeps each image's own size.</param>
    /// <param name="options">Threads, device and memory; null means the defaults.</param>
    /// <exception cref="SegmentationModelException">The bytes are damaged or another kind of model.</exception>
    public PerPixelModel(byte[] onnx, int classCount, int? shortSide, ScoringOptions? options)
    {
        _session = new OnnxSession(onnx, "segmenter.onnx", s_inputs, options ?? new(), s_outputs);
        _classCount = classCount;
        _shortSide = shortSide;
        _bytesPerPixel = _session.Note(OnnxParts.BytesPerPixel, UsualBytesPerPixel);
        _hasFlag = _session.InputNames.Contains(OnnxParts.WithConfidence);
    }

    public int ClassCount => _classCount;

    public long BytesPerPixel => _bytesPerPixel;

    private bool HasConfidence => _session.OutputShapes.ContainsKey(OnnxParts.Confidence);

    /// <summary>Label maps at the size of each image, with the confidence where asked for.</summary>
    public SegmentationResult[] Predict(IReadOnlyList<RgbImage> images, bool withConfidence) =>
        Predict(images, withConfidence, image => WorkingSize.Require(image.Width, image.Height, _shortSide));

    /// <summary>The label map of an image as it is: the network's own, whatever the short side.</summary>
    public LabelMap PredictUnresized(RgbImage image) => Predict([image], withConfidence: false, same => (same.Width, same.Height))[0].Labels;

    /// <summary>The graph ends in labels: each pixel votes for its own.</summary>
    public void Score(RgbImage picture, bool byConfidence, Action<int, ReadOnlySpan<float>> add)
    {
        SegmentationResult result = Predict([picture], byConfidence && HasConfidence, same => (same.Width, same.Height))[0];
        float[] plane = new float[picture.Width * picture.Height];
        foreach (int k in Votes.ClassesIn(result.Labels.Ids))
        {
            plane.AsSpan().Clear();
            Votes.Count(result.Labels.Ids, (byte)k, scale: 1, share: 1, plane);
            if (result.Confidence is { } confidence)
            {
                TensorPrimitives.Multiply(plane, confidence, plane);
            }

            add(k, plane);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    /// <inheritdoc cref="OnnxSession.Hold"/>
    public IDisposable Hold() => _session.Hold();

    /// <inheritdoc cref="OnnxSession.CloseWhenUnused"/>
    public void CloseWhenUnused() => _session.CloseWhenUnused();

    private SegmentationResult[] Predict(IReadOnlyList<RgbImage> images, bool withConfidence, Func<RgbImage, (int Width, int Height)> sizeOf)
    {
        if (withConfidence && !HasConfidence)
        {
            throw new ArgumentException($"Found confidence asked of a model whose 'segmenter.onnx' has no output '{OnnxParts.Confidence}', expected label maps alone: export the model with it.");
        }

        var results = new SegmentationResult[images.Count];
        foreach (int[] batch in Batches.OfOneSize(images, sizeOf, size => Math.Min(LargestRun / (_bytesPerPixel * size.Width * size.Height), int.MaxValue / (12L * size.Width * size.Height))))
        {
            (int width, int height) = sizeOf(images[batch[0]]);
            WorkingSize.RequireMemory(width, height);
            using var input = new ImageBatch(images, batch, (width, height));
            string[] names = withConfidence ? [OnnxParts.Labels, OnnxParts.Confidence] : [OnnxParts.Labels];
            using OnnxOutputs outputs = _session.Run(OnnxParts.Image, input.Values, input.Shape, names, _hasFlag ? (OnnxParts.WithConfidence, withConfidence) : null);
            for (int i = 0; i < batch.Length; i++)
            {
                results[batch[i]] = ToResult(outputs, i, batch.Length, images[batch[i]], width, height, withConfidence);
            }
        }

        return results;
    }

    private SegmentationResult ToResult(OnnxOutputs outputs, int index, int count, RgbImage image, int width, int height, bool withConfidence)
    {
        ReadOnlySpan<byte> found = outputs.Part<byte>(0, index, count);
        int unknown = found.Length == width * height ? found.IndexOfAnyExceptInRange((byte)0, (byte)(_classCount - 1)) : 0;
        if (unknown >= 0)
        {
            throw new InvalidOperationException(found.Length == width * height
                ? $"'segmenter.onnx' gave the class {found[unknown]}, expected 0..{_classCount - 1}: the manifest's classes are another model's."
                : $"'segmenter.onnx' gave {found.Length} labels for an image of {width}x{height}, expected one for each pixel: export the model with GSS.ML.");
        }

        LabelMap labels = new LabelMap(width, height, found.ToArray()).Resize(image.Width, image.Height);
        float[]? confidence = withConfidence ? Resize(outputs.Part<float>(1, index, count), width, height, image.Width, image.Height) : null;
        return new SegmentationResult(labels, null, confidence);
    }

    // The same pixels as the label map's: each probability belongs to its label.
    private static float[] Resize(ReadOnlySpan<float> values, int width, int height, int targetWidth, int targetHeight)
    {
        if ((width, height) == (targetWidth, targetHeight))
        {
            return values.ToArray();
        }

        int[] columns = NearestAxis.Aligned(width, targetWidth), rows = NearestAxis.Aligned(height, targetHeight);
        float[] resized = new float[targetWidth * targetHeight];
        for (int y = 0; y < targetHeight; y++)
        {
            for (int x = 0; x < targetWidth; x++)
            {
                resized[(y * targetWidth) + x] = values[(rows[y] * width) + columns[x]];
            }
        }

        return resized;
    }
}
