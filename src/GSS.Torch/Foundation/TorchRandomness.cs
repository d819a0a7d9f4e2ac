using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// The one owner of random numbers in training. Every draw comes from a seed and a position (epoch, step, sample), never from a running state:
/// so a resumed run repeats exactly, and neither the order of threads nor anything else in the process matters.
/// </summary>
internal static class TorchRandomness
{
    /// <summary>Mixes numbers into one seed (the finaliser of SplitMix64 after each).</summary>
    public static ulong Mix(params ReadOnlySpan<long> numbers)
    {
        ulong state = 0x9E3779B97F4A7C15;
        foreach (long number in numbers)
        {
            state += (ulong)number * 0xD1342543DE82EF95 + 0x9E3779B97F4A7C15;
            state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
            state ^= state >> 31;
        }

        return state;
    }

    /// <summary>A C# generator for one position. <see cref="Random"/> with a seed keeps its algorithm across .NET versions.</summary>
    public static Random At(params ReadOnlySpan<long> position) => new((int)(Mix(position) & 0x7FFFFFFF));

    /// <summary>Constructors of TorchSharp's modules draw from torch's global generator: this puts its state back, since it belongs to the user.</summary>
    public static IDisposable LeaveGlobalGeneratorAlone() => new GlobalGeneratorState();

    private sealed class GlobalGeneratorState : IDisposable
    {
        private readonly Tensor _state = random.get_rng_state();

        public void Dispose()
        {
            random.set_rng_state(_state);
            _state.Dispose();
        }
    }
}
