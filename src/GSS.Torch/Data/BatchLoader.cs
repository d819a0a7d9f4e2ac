using System.Collections.Concurrent;
using System.Threading.Channels;

namespace GSS.Torch;

/// <summary>What makes the batches of a training run, each from its place alone, so that a run that goes on makes the same ones.</summary>
internal interface IBatchSource<TBatch>
    where TBatch : class
{
    /// <summary>Batches in each epoch, at least 1.</summary>
    int BatchesPerEpoch { get; }

    /// <summary>Makes a batch. Called by several threads at a time.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="index">The batch's place in its epoch, from 0.</param>
    /// <param name="used">A batch that nobody reads any more, whose memory may be used again; null where there is none.</param>
    /// <param name="stop">Asks for an early end.</param>
    TBatch Make(int epoch, int index, TBatch? used, CancellationToken stop);
}

/// <summary>Makes batches ahead of time on background threads and hands them out in order, those of one step together.</summary>
internal sealed class BatchLoader<TBatch> : IDisposable
    where TBatch : class
{
    private readonly IBatchSource<TBatch> _source;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _stop;
    private readonly Channel<Task<TBatch>> _ahead;
    private readonly ConcurrentBag<TBatch> _free = [];
    private readonly TBatch[] _handedOut;
    private readonly Task _producer;
    private int _handedOutCount;

    /// <summary>Starts to make batches.</summary>
    /// <param name="source">Makes them.</param>
    /// <param name="firstEpoch">The epoch to start in, from 0.</param>
    /// <param name="firstBatchInEpoch">The first epoch's batch to start with, from 0.</param>
    /// <param name="epochs">The epoch to stop before.</param>
    /// <param name="workers">How many batches are made at a time, which is also how many wait at most.</param>
    /// <param name="cancellation">Ends everything at once.</param>
    /// <param name="batchesPerStep">How many batches are handed out together; divides those of an epoch.</param>
    public BatchLoader(IBatchSource<TBatch> source, int firstEpoch, int firstBatchInEpoch, int epochs, int workers, CancellationToken cancellation, int batchesPerStep = 1)
    {
        (_source, _cancellation, _handedOut) = (source, cancellation, new TBatch[batchesPerStep]);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _ahead = Channel.CreateBounded<Task<TBatch>>(new BoundedChannelOptions(Math.Max(1, workers)) { SingleReader = true, SingleWriter = true });
        _producer = Task.Run(() => ProduceAsync(firstEpoch, firstBatchInEpoch, epochs, _stop.Token), CancellationToken.None);
    }

    /// <summary>Waits for the batches of the next step.</summary>
    /// <param name="batches">The batches; those of the step before are used again from now on.</param>
    /// <returns>False behind the last batch of the last epoch.</returns>
    /// <exception cref="GSS.Core.SegmentationDataException">A sample of a batch cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public bool TryNext(out IReadOnlyList<TBatch> batches)
    {
        _cancellation.ThrowIfCancellationRequested();
        for (; _handedOutCount > 0; _handedOutCount--)
        {
            _free.Add(_handedOut[_handedOutCount - 1]);
        }

        batches = _handedOut;
        while (_handedOutCount < _handedOut.Length)
        {
            if (!_ahead.Reader.WaitToReadAsync(_cancellation).AsTask().GetAwaiter().GetResult() || !_ahead.Reader.TryRead(out Task<TBatch>? next))
            {
                return false;
            }

            _handedOut[_handedOutCount] = next.WaitAsync(_cancellation).GetAwaiter().GetResult();
            _handedOutCount++;
        }

        return true;
    }

    /// <summary>Stops the background work and waits for its end.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _producer.GetAwaiter().GetResult();
        while (_ahead.Reader.TryRead(out Task<TBatch>? unread))
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
                for (int index = firstBatch; index < _source.BatchesPerEpoch; index++)
                {
                    await _ahead.Writer.WaitToWriteAsync(stop).ConfigureAwait(false);
                    (int inEpoch, int place) = (epoch, index);
                    _ahead.Writer.TryWrite(Task.Run(() => _source.Make(inEpoch, place, _free.TryTake(out TBatch? used) ? used : null, stop), stop));
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
}
