using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace GSS.Torch;

/// <summary>
/// Keeps libtorch from oneDNN where that computes wrongly. On an AMD processor oneDNN (3.7.1, with libtorch 2.10) reads the sizes of the caches from CPUID leaf 0x8000001D alone.
/// Some virtual machines hide that leaf; it takes the caches for one byte large then, and the blocks that it chooses make a tenth of all convolutions wrong by half of their range,
/// end the process by a division by zero, or write beyond their memory. libtorch's own convolutions need no such sizes.
/// </summary>
internal static class OneDnn
{
    private const int CacheLeaf = unchecked((int)0x8000001D);

    private const int HighestLeaf = unchecked((int)0x80000000);

    /// <summary>What is said where oneDNN stays away.</summary>
    public const string Notice =
        "This virtual machine hides the cache sizes of its AMD processor (CPUID leaf 0x8000001D is empty), and oneDNN, libtorch's library for convolutions, computes wrongly or crashes without them: training goes on without oneDNN, correct but slower; on a machine that passes the processor's topology through, it is fast.";

    /// <summary>Whether this processor tells oneDNN what it needs.</summary>
    public static bool CanBeTrusted() => !X86Base.IsSupported || CanBeTrusted(X86Base.CpuId);

    /// <summary>The same for any processor.</summary>
    /// <param name="identify">CPUID: leaf and subleaf to the registers.</param>
    internal static bool CanBeTrusted(Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> identify)
    {
        (_, int first, int last, int middle) = identify(0, 0);
        Span<byte> vendor = stackalloc byte[12];
        _ = MemoryMarshal.TryWrite(vendor, first) && MemoryMarshal.TryWrite(vendor[4..], middle) && MemoryMarshal.TryWrite(vendor[8..], last);
        if (Encoding.ASCII.GetString(vendor) != "AuthenticAMD")
        {
            return true;
        }

        // The lowest five bits are the kind of the first cache; 0 is none at all.
        return (uint)identify(HighestLeaf, 0).Eax >= unchecked((uint)CacheLeaf) && (identify(CacheLeaf, 0).Eax & 0x1F) != 0;
    }

    /// <summary>Tells libtorch to do without oneDNN, and without NNPACK, which cannot begin on such a machine and says so at every convolution.
    /// TorchSharp has no call for it, so it goes to the library itself; one without these names is left as it is.</summary>
    /// <param name="libtorch">The handle of libtorch's main library.</param>
    public static unsafe void Avoid(nint libtorch)
    {
        if (Context(libtorch) is not { } context)
        {
            return;
        }

        foreach (string name in OperatingSystem.IsWindows()
            ? new[] { "?setUserEnabledMkldnn@Context@at@@QEAAX_N@Z", "?setUserEnabledNNPACK@Context@at@@QEAAX_N@Z" }
            : ["_ZN2at7Context20setUserEnabledMkldnnEb", "_ZN2at7Context20setUserEnabledNNPACKEb"])
        {
            if (NativeLibrary.TryGetExport(libtorch, name, out nint set))
            {
                ((delegate* unmanaged<nint, byte, void>)set)(context, 0);
            }
        }
    }

    /// <summary>Whether libtorch would use oneDNN; null where it does not say.</summary>
    /// <param name="libtorch">The handle of libtorch's main library.</param>
    internal static unsafe bool? IsEnabled(nint libtorch)
    {
        string name = OperatingSystem.IsWindows() ? "?userEnabledMkldnn@Context@at@@QEBA_NXZ" : "_ZNK2at7Context17userEnabledMkldnnEv";
        return Context(libtorch) is { } context && NativeLibrary.TryGetExport(libtorch, name, out nint get)
            ? ((delegate* unmanaged<nint, byte>)get)(context) != 0
            : null;
    }

    // libtorch's one object of settings.
    private static unsafe nint? Context(nint libtorch) =>
        NativeLibrary.TryGetExport(libtorch, OperatingSystem.IsWindows() ? "?globalContext@at@@YAAEAVContext@1@XZ" : "_ZN2at13globalContextEv", out nint get)
            ? ((delegate* unmanaged<nint>)get)()
            : null;
}
