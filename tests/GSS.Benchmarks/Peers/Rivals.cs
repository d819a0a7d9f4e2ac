using System.Diagnostics;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>Our work against the same work in PyTorch, or where there is no PyTorch, against the same formula in TorchSharp.</summary>
internal sealed class Rivals : IDisposable
{
    private readonly PythonPeer? _python;
    private readonly Action _torchSharp;

    /// <param name="script">The rival for PyTorch; see <see cref="PythonPeer.TryStart"/>.</param>
    /// <param name="arguments">The script's arguments.</param>
    /// <param name="torchSharp">The rival where there is no PyTorch.</param>
    public Rivals(string script, string[] arguments, Action torchSharp)
    {
        _python = PythonPeer.TryStart(script, arguments);
        _torchSharp = torchSharp;
        if (_python is null)
        {
            TorchNative.EnsureLoaded();
            TorchSharp.torch.set_num_threads(1);
        }
    }

    /// <summary>Who the rival is.</summary>
    public string Name => _python is null ? "TorchSharp" : $"PyTorch {_python.Version}";

    /// <summary>The median milliseconds of both, taking turns; one uncounted turn each comes first.</summary>
    /// <param name="ours">Our work, one thread; a turn of it is as many calls as make it long enough to measure.</param>
    /// <param name="repeats">The number of turns.</param>
    public (double Ours, double Theirs) Compare(Action ours, int repeats)
    {
        const int calls = 10;

        // The runtime compiles a method for good only after it was called often.
        for (int call = 0; call < 100; call++)
        {
            ours();
        }

        Theirs();
        double[] our = new double[repeats], their = new double[repeats];
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            our[repeat] = Milliseconds(ours, calls);
            their[repeat] = Theirs();
        }

        return (Timing.Median(our), Timing.Median(their));
    }

    public void Dispose() => _python?.Dispose();

    private double Theirs() => _python?.Milliseconds() ?? Milliseconds(_torchSharp, 1);

    private static double Milliseconds(Action work, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int call = 0; call < calls; call++)
        {
            work();
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / calls;
    }
}
