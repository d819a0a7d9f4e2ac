using GSS.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// How often each output of a classifier is the target, and first biases from it. A classifier that begins with the logarithms of these frequencies knows from the
/// first step what is common. One that begins with a thousand equal tokens spends its first hundred steps on that alone, while large gradients disturb the pretrained encoder.
/// </summary>
internal static class OutputFrequencies
{
    /// <summary>Label maps that are counted, spread evenly over the training set: the common tokens are known from few.</summary>
    public const int SampleCount = 32;

    /// <summary>Each output is counted as seen that often more than it was, so that one not met keeps a chance: a bias is a start, not a ban.</summary>
    private const double Unseen = 1;

    /// <summary>Sets the classifier's biases to the logarithms of the frequencies. Without labelled pixels all stay equal.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="samples">The training set, of which label maps alone are read.</param>
    /// <param name="options">The size of the crops, which bounds the work, and the seed that places them.</param>
    /// <param name="classCount">Labels are below this, or void.</param>
    /// <param name="targets">Label maps int64 <c>[1, H, W]</c> to the outputs wanted for them, without void: int64 <c>[N]</c>.</param>
    /// <param name="cancellation">Ends the counting.</param>
    /// <exception cref="SegmentationDataException">A label map cannot be read, or does not fit the classes.</exception>
    public static void SetBiases(
        Conv2d classifier, ISegmentationSamples samples, SegmentationTrainingOptions options, int classCount, Func<Tensor, Tensor> targets, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor bias = classifier.bias!;
        Tensor counts = full(bias.shape, Constant.Of(Unseen), ScalarType.Float64, bias.device);
        int taken = Math.Min(SampleCount, samples.Count);
        for (int i = 0; i < taken; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            int index = (int)((long)i * samples.Count / taken);
            using var sample = NewDisposeScope();
            Tensor crop = ReadCrop(samples, index, options, classCount, TorchRandomness.At(options.Seed, 4, i));
            counts.add_(targets(crop.to(bias.device).to(ScalarType.Int64)).bincount(null, bias.shape[0]), Constant.Of(1));
        }

        bias.copy_((counts / counts.sum()).log());
    }

    /// <summary>A crop of a label map of the training's size at a random place, or the whole of a smaller one: uint8 <c>[1, H, W]</c>.</summary>
    /// <exception cref="SegmentationDataException">It cannot be read, or does not fit the classes.</exception>
    public static Tensor ReadCrop(ISegmentationSamples samples, int index, SegmentationTrainingOptions options, int classCount, Random random)
    {
        LabelMap map = samples.ReadLabels(index);
        SampleCache.RequireClasses(map, classCount, samples.Describe(index));
        Tensor labels = tensor(map.Ids.ToArray(), [1, map.Height, map.Width]);
        long height = Math.Min(options.CropHeight, labels.shape[1]), width = Math.Min(options.CropWidth, labels.shape[2]);
        return labels.narrow(1, random.NextInt64(labels.shape[1] - height + 1), height).narrow(2, random.NextInt64(labels.shape[2] - width + 1), width).contiguous();
    }
}
