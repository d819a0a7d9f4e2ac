using GSS.Core;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>A trained network that segments photographs, ready to be exported. Not for scoring in production: that is ONNX Runtime's work.</summary>
public abstract class TrainedSegmenter : IDisposable
{
    private protected TrainedSegmenter(LatentPriorNetwork network, SegmentationClasses classes, Device device) => (Network, Classes, Device) = (network, classes, device);

    /// <summary>The classes it tells apart.</summary>
    public SegmentationClasses Classes { get; }

    /// <summary>The best validation; null without validation samples.</summary>
    public SegmentationMetrics? BestValidation { get; internal set; }

    /// <summary>The epoch of <see cref="BestValidation"/>, from 1; 0 without validation samples.</summary>
    public int BestEpoch { get; internal set; }

    /// <summary>Why training ended.</summary>
    public TrainingEnd End { get; internal set; }

    /// <summary>The numbers that the layers computed with: never <see cref="TrainingPrecision.Auto"/>.</summary>
    public TrainingPrecision Precision { get; internal set; }

    internal LatentPriorNetwork Network { get; }

    /// <summary>Where it was trained.</summary>
    internal Device Device { get; }

    /// <summary>The label map of a photograph at its own size, by TorchSharp.</summary>
    /// <param name="image">The photograph.</param>
    public LabelMap Predict(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return FindClasses(Forward(image), image.Width, image.Height);
    }

    /// <summary>The logits of a photograph, as training computes them: what an exported network is compared with.</summary>
    /// <param name="image">The photograph.</param>
    /// <returns><c>[V, h, w]</c>, row by row, with h = ceil(H / stride) and w = ceil(W / stride).</returns>
    public float[] Logits(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Forward(image).cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>The ONNX parts of a model package, by name.</summary>
    public abstract IReadOnlyDictionary<string, byte[]> Export();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private protected virtual void Dispose(bool disposing) => Network.Dispose();

    /// <summary>Logits <c>[1, V, h, w]</c> to class ids at the image's size.</summary>
    private protected abstract LabelMap FindClasses(Tensor logits, int width, int height);

    /// <summary>The logits <c>[1, V, h, w]</c> of a photograph, in the caller's scope.</summary>
    private protected Tensor Forward(RgbImage image)
    {
        Network.eval();
        Tensor pixels = tensor(image.Pixels.ToArray(), [1, image.Height, image.Width, 3]).to(Device);

        // Interleaved pixels seen as [B, C, H, W] are already channels-last, which convolutions like best.
        return Network.call(pixels.to(ScalarType.Float32).permute(0, 3, 1, 2));
    }
}
