using System.Collections.Concurrent;

namespace WebApp;

/// <summary>The threads that predict, always the same ones.</summary>
/// <remarks>
/// ONNX Runtime and the C library keep buffers for each thread that ever came to them: with the threads of the pool, which come and go, a server's memory grows for hours.
/// The pool stays free for those who ask after the server's health meanwhile.
/// </remarks>
internal sealed class PredictionThreads : IDisposable
{
    private readonly BlockingCollection<Action> _waiting = [];
    private readonly Thread[] _threads;

    /// <summary>Starts them.</summary>
    public PredictionThreads(int count)
    {
        _threads = [.. Enumerable.Range(0, count).Select(number => new Thread(Work) { IsBackground = true, Name = $"Prediction {number}" })];
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>Runs something on one of them, after what came before it.</summary>
    /// <param name="work">What to run.</param>
    /// <param name="cancel">Leaves it out where it has not begun.</param>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancel)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(
            () =>
            {
                if (cancel.IsCancellationRequested)
                {
                    result.SetCanceled(cancel);
                    return;
                }

                try
                {
                    result.SetResult(work());
                }
                catch (Exception exception)
                {
                    result.SetException(exception);
                }
            },
            CancellationToken.None);
        return result.Task;
    }

    /// <summary>Ends them after what is waiting.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _waiting.Dispose();
    }

    private void Work()
    {
        foreach (Action next in _waiting.GetConsumingEnumerable())
        {
            next();
        }
    }
}
