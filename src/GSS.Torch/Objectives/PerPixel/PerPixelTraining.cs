using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>Trains an ordinary per-pixel head on an image encoder.</summary>
public static class PerPixelTraining
{
    /// <summary>The stride of the logits before they are resized.</summary>
    private const int Stride = 4;

    /// <summary>Trains from the beginning, or from the workspace's checkpoint where there is one.</summary>
    /// <param name="samples">The training set, not empty.</param>
    /// <param name="classes">Its classes.</param>
    /// <param name="options">How to train; not changed.</param>
    /// <param name="validation">Samples to validate on: the weights of the best mIoU are kept. Null keeps the last weights.</param>
    /// <returns>The weights of the best validation, or the last ones without validation. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">Options are out of range (all faults are listed), or the set is empty.</exception>
    /// <exception cref="InvalidOperationException">The device asked for is not there, or the precision asked for is not for it.</exception>
    /// <exception cref="SegmentationDataException">A sample cannot be read.</exception>
    /// <exception cref="WeightFileException">The encoder's weight file is damaged or does not fit.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not a finite number any more.</exception>
    /// <exception cref="WorkspaceException">The workspace belongs to another run, or its checkpoint is damaged.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static TrainedPerPixel Run(ISegmentationSamples samples, SegmentationClasses classes, PerPixelOptions options, ISegmentationSamples? validation = null)
    {
        SegmentationRun.Check(samples, classes, options);
        return SegmentationRun.Run(
            options,
            device => new TrainedPerPixel(SegmentationRun.CreateNetwork(options, classes.Count, 0, options.Head, Stride, device), classes, device),
            trained => new PerPixelObjective(options, samples, validation, trained));
    }
}

/// <summary>Class logits against classes, pixel by pixel.</summary>
internal sealed class PerPixelObjective(SegmentationTrainingOptions options, ISegmentationSamples samples, ISegmentationSamples? validation, TrainedPerPixel trained)
    : SegmentationObjective(options, samples, validation, trained)
{
    public override string Name => "per-pixel head";

    protected override Tensor Loss(Tensor images, Tensor dropout, Tensor labels, TrainingStep step)
    {
        Tensor logits;
        using (Precision())
        {
            logits = Network.ForwardWithAuxiliary(images, dropout).Logits;
        }

        return PixelLoss(functional.interpolate(logits.to(ScalarType.Float32), [labels.shape[1], labels.shape[2]], mode: InterpolationMode.Bilinear, align_corners: false), labels, step);
    }

    protected override Tensor Targets(Tensor labels)
    {
        Tensor all = labels.flatten();
        return all.index_select(0, all.ne(Constant.Of(LabelMap.Void)).nonzero().flatten());
    }
}

/// <summary>What training a per-pixel head ends with.</summary>
public sealed class TrainedPerPixel : TrainedSegmenter
{
    internal TrainedPerPixel(LatentPriorNetwork network, SegmentationClasses classes, Device device)
        : base(network, classes, device)
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, byte[]> Export() => new Dictionary<string, byte[]> { [SegmentationModelPackage.SegmenterPart] = PerPixelExport.ToBytes(Network) };

    private protected override LabelMap FindClasses(Tensor logits, int width, int height)
    {
        byte[] classes = new byte[width * height];
        Tensor full = functional.interpolate(logits, [height, width], mode: InterpolationMode.Bilinear, align_corners: false);
        full.argmax(1).to(ScalarType.Byte).cpu().contiguous().data<byte>().CopyTo(classes);
        return new LabelMap(width, height, classes);
    }
}
