using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace GSS.Benchmarks;

/// <summary>The memory that this process holds because it needs it, not because it has not given it back yet.</summary>
internal static partial class ProcessMemory
{
    /// <summary>The most resident MiB that a running process had at any time, by Linux's account; not a number elsewhere, and for one that has ended.</summary>
    public static double PeakMebibytes(int process)
    {
        string? line = null;
        try
        {
            line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            // It has ended, perhaps between two lines.
        }

        return line is null ? double.NaN : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>Resident MiB after a full collection; on Linux also after glibc gave back what was freed: its heaps keep it otherwise, about 60 MiB more or less after each training.</summary>
    public static double ResidentMebibytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (OperatingSystem.IsLinux())
        {
            try
            {
                TrimHeaps(0);
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
            {
                // Another C library: what it holds is counted.
            }
        }

        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1048576.0;
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeaps(nint keep);
}
