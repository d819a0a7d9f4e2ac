using System.Runtime.InteropServices;

namespace GSS.Torch;

/// <summary>
/// What glibc does with memory that libtorch gives back. A training step asks for the same large blocks as the one before it. By default glibc returns most of them to the system,
/// which clears every page anew at the next step; on a virtual machine that alone took two thirds of a step (the benchmark 'allocator').
/// </summary>
internal static partial class FreedMemory
{
    /// <summary>Blocks from this size on come from the system directly and go back to it at once: the largest that glibc allows.</summary>
    public const int DirectFrom = 32 << 20;

    /// <summary>How much freed memory at the end of the heap stays with the process.</summary>
    public const int KeptBytes = 512 << 20;

    // glibc's malloc.h.
    private const int TrimThreshold = -1, MmapThreshold = -3;

    /// <summary>Lets the process keep freed memory, on a Linux with glibc, where the user's environment does not say how memory is to be given back.</summary>
    public static void Keep()
    {
        if (!OperatingSystem.IsLinux() || IsChosenByUser(Environment.GetEnvironmentVariable))
        {
            return;
        }

        try
        {
            _ = SetOption(MmapThreshold, DirectFrom);
            _ = SetOption(TrimThreshold, KeptBytes);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc: its allocator stays as it is.
        }
    }

    /// <summary>Whether the environment sets anything of glibc's allocator.</summary>
    /// <param name="read">Reads a variable.</param>
    internal static bool IsChosenByUser(Func<string, string?> read) =>
        read("GLIBC_TUNABLES")?.Contains("glibc.malloc.", StringComparison.Ordinal) == true
        || new[] { "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_MAX_" }.Any(name => read(name) is not null);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
