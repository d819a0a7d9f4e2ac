using System.Collections.Concurrent;
using System.Threading.Channels;
using GSS.Core;

namespace GSS.Torch;

/// <summary>
/// Makes training batches ahead of time on background threads and hands them out in order. The order of an epoch and the augmentation of each sample
/// come from the seed and the position alone, so a loader that starts in the middle of an epoch goes on exactly as an unbroken one.
/// </summary>
internal sealed class BatchLoader : IDisposable
{
    private readonly AugmentationOptions _options;
    private readonly SampleCache _samples;
    private readonly int _sampleCount;
    private readonly int _batchSize;
    private readonly int _seed;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _stop;
    private readonly Channel<Task<TrainingBatch>> _ahead;
    private readonly ConcurrentBag<TrainingBatch> _free = [];
    private readonly Task _producer;
    private TrainingBatch? _handedOut;

    /// <summary>Starts to make batches.</summary>
    /// <param name="samples">The training set, not empty.</param>
    /// <param name="options">The augmentation.</param>
    /// <param name="batchSize">Samples a batch; the last, partial batch of an epoch is left out, except that a set smaller than a batch fills it by starting again.</param>
    /// <param name="seed">Decides the order and the augmentation.</param>
    /// <param name="firstEpoch">The epoch to start in, from 0.</param>
    /// <param name="firstBatchInEpoch">The first epoch's batch to start with, from 0.</param>
    /// <param name="epochs">The epoch to stop before.</param>
    /// <param name="workers">How many batches are made at a time, which is also how many wait at most.</param>
    /// <param name="cacheDecoded">Keep decoded samples in memory, up to 1 GiB.</param>
    /// <param name="cancellation">Ends everything at once.</param>
    /// <param name="classCount">Labels are below this, or void; anything else is refused.</param>
    public BatchLoader(
        ISegmentationSamples samples, AugmentationOptions options, int batchSize, int seed, int firstEpoch, int firstBatchInEpoch, int epochs,
        int workers, bool cacheDecoded, CancellationToken cancellation, int classCount = LabelMap.MaximumClassCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples.Count, nameof(samples));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        (_options, _batchSize, _seed, _cancellation, _sampleCount) = (options, batchSize, seed, cancellation, samples.Count);
        _samples = new SampleCache(samples, cacheDecoded, classCount: classCount);
        BatchesPerEpoch = Math.Max(1, _sampleCount / batchSize);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _ahead = Channel.CreateBounded<Task<TrainingBatch>>(new BoundedChannelOptions(Math.Max(1, workers)) { SingleReader = true, SingleWriter = true });
        _producer = Task.Run(() => ProduceAsync(firstEpoch, firstBatchInEpoch, epochs, _stop.Token), CancellationToken.None);
    }

    /// <summary>Batches in each epoch.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>Waits for the next batch.</summary>
    /// <param name="batch">The batch; the arrays of the one before are used again from now on.</param>
    /// <returns>False behind the last batch of the last epoch.</returns>
    /// <exception cref="SegmentationDataException">A sample of this batch cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public bool TryNext(out TrainingBatch batch)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (_handedOut is { } previous)
        {
            _handedOut = null;
            _free.Add(previous);
        }

        if (!_ahead.Reader.WaitToReadAsync(_cancellation).AsTask().GetAwaiter().GetResult() || !_ahead.Reader.TryRead(out Task<TrainingBatch>? next))
        {
            batch = null!;
            return false;
        }

        batch = next.WaitAsync(_cancellation).GetAwaiter().GetResult();
        _handedOut = batch;
        return true;
    }

    /// <summary>Stops the background work and waits for its end.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _producer.GetAwaiter().GetResult();
        while (_ahead.Reader.TryRead(out Task<TrainingBatch>? unread))
        {
            // Its outcome no longer interests anybody, only that it is over.
            ((IAsyncResult)unread).AsyncWaitHandle.WaitOne();
            _ = unread.Exception;
        }

        _stop.Dispose();
    }

    /// <summary>Starts one task a batch; the bounded channel keeps both their order and their number.</summary>
    private async Task ProduceAsync(int firstEpoch, int firstBatch, int epochs, CancellationToken stop)
    {
        try
        {
            for (int epoch = firstEpoch; epoch < epochs; epoch++, firstBatch = 0)
            {
                int[] order = Order(epoch);
                for (int index = firstBatch; index < BatchesPerEpoch; index++)
                {
                    await _ahead.Writer.WaitToWriteAsync(stop).ConfigureAwait(false);
                    (int inEpoch, int place) = (epoch, index);
                    _ahead.Writer.TryWrite(Task.Run(() => Make(order, inEpoch, place, stop), stop));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever waits for a batch watches the same token.
        }
        finally
        {
            _ahead.Writer.Complete();
        }
    }

    private int[] Order(int epoch)
    {
        int[] order = new int[_sampleCount];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        TorchRandomness.At(_seed, epoch).Shuffle(order);
        return order;
    }

    private TrainingBatch Make(int[] order, int epoch, int index, CancellationToken stop)
    {
        TrainingBatch batch = _free.TryTake(out TrainingBatch? used) ? used : new TrainingBatch(_batchSize, _options.CropWidth, _options.CropHeight);
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
}
