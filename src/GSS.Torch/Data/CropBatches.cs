using GSS.Core;

namespace GSS.Torch;

/// <summary>
/// Batches of augmented crops. The order of an epoch and the augmentation of each sample come from the seed and the position alone. The last, partial batch of an epoch
/// is left out, except that a set smaller than what is needed for a step fills it by starting again.
/// </summary>
internal sealed class CropBatches : IBatchSource<TrainingBatch>
{
    private readonly SampleCache _samples;
    private readonly int _sampleCount;
    private readonly AugmentationOptions _options;
    private readonly int _batchSize;
    private readonly int _seed;
    private Tuple<int, int[]>? _order;

    /// <summary>Makes nothing yet.</summary>
    /// <param name="samples">The training set, not empty.</param>
    /// <param name="options">The augmentation.</param>
    /// <param name="batchSize">Samples a batch.</param>
    /// <param name="seed">Decides the order and the augmentation.</param>
    /// <param name="cacheBytes">Bytes of decoded samples to keep in memory; 0 keeps none.</param>
    /// <param name="classCount">Labels are below this, or void; anything else is refused.</param>
    /// <param name="batchesPerStep">Batches of an epoch are a multiple of this.</param>
    public CropBatches(
        ISegmentationSamples samples, AugmentationOptions options, int batchSize, int seed, long cacheBytes = SampleCache.DefaultBudget,
        int classCount = LabelMap.MaximumClassCount, int batchesPerStep = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples.Count, nameof(samples));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        (_options, _batchSize, _seed, _sampleCount) = (options, batchSize, seed, samples.Count);
        _samples = new SampleCache(samples, cacheBytes, classCount);
        BatchesPerEpoch = (int)Math.Max(1, _sampleCount / ((long)batchSize * batchesPerStep)) * batchesPerStep;
    }

    public int BatchesPerEpoch { get; }

    public TrainingBatch Make(int epoch, int index, TrainingBatch? used, CancellationToken stop)
    {
        int[] order = Order(epoch);
        TrainingBatch batch = used ?? new TrainingBatch(_batchSize, _options.CropWidth, _options.CropHeight);
        (batch.Epoch, batch.Index) = (epoch, index);
        int plane = _options.CropWidth * _options.CropHeight;
        for (int i = 0; i < _batchSize; i++)
        {
            stop.ThrowIfCancellationRequested();
            int position = (index * _batchSize) + i;
            (RgbImage image, LabelMap labels) = _samples.Read(order[position % order.Length]);
            Augmentation.Apply(image, labels, _options, TorchRandomness.At(_seed, epoch, position), batch.Images.AsSpan(3 * i * plane, 3 * plane), batch.Labels.AsSpan(i * plane, plane));
        }

        return batch;
    }

    private int[] Order(int epoch)
    {
        if (Volatile.Read(ref _order) is { } known && known.Item1 == epoch)
        {
            return known.Item2;
        }

        int[] order = [.. Enumerable.Range(0, _sampleCount)];
        TorchRandomness.At(_seed, epoch).Shuffle(order);
        Volatile.Write(ref _order, Tuple.Create(epoch, order));
        return order;
    }
}
