using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace GSS.Torch;

/// <summary>Loads TorchSharp's own native library, through a mended copy where the system's libstdc++ is too old for it.</summary>
internal static unsafe class TorchSharpLibrary
{
    // Named by TorchSharp 0.107's Linux library, although no code in it uses what came with GCC 13.
    private const string NewestVersionNeeded = "GLIBCXX_3.4.32";
    private const int ResolveNow = 2;

    /// <summary>Loads the library; libtorch is already in the process.</summary>
    /// <exception cref="DllNotFoundException">The system's loader refuses it.</exception>
    public static nint Load(string path)
    {
        if (!OperatingSystem.IsLinux()) return NativeLibrary.Load(path);
        if (TryOpen(path, out nint handle, out string reason)) return handle;
        if (!reason.Contains(NewestVersionNeeded)) throw new DllNotFoundException(reason);

        byte[] library = File.ReadAllBytes(path);
        if (!ElfVersionNeed.MakeWeak(library, NewestVersionNeeded)) throw new DllNotFoundException(reason);
        foreach (string folder in FoldersForCopy())
        {
            if (TryOpenCopy(library, folder, out handle, ref reason)) return handle;

            // Another folder helps against a full or closed one, not against a libtorch that lacks what the library calls.
            if (reason.Contains("undefined symbol")) break;
        }

        throw new DllNotFoundException(reason);
    }

    // The folder for temporary files may be full, read-only, or closed to programs (noexec).
    private static string[] FoldersForCopy() =>
        [Path.GetTempPath(), "/dev/shm", Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), AppContext.BaseDirectory];

    [SupportedOSPlatform("linux")]
    private static bool TryOpenCopy(byte[] library, string folder, out nint handle, ref string reason)
    {
        handle = 0;
        if (!Directory.Exists(folder)) return false;
        string copy = Path.Combine(folder, $"libLibTorchSharp.{Path.GetRandomFileName()}.so");
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            };
            using (var stream = new FileStream(copy, options)) stream.Write(library);
            return TryOpen(copy, out handle, out reason);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reason = e.Message;
            return false;
        }
        finally
        {
            // What is loaded stays mapped without its name.
            File.Delete(copy);
        }
    }

    // NativeLibrary.Load binds functions when they are first called: with another libtorch a missing one would end the process
    // in the middle of a training. Here a missing one is found at once.
    [SupportedOSPlatform("linux")]
    private static bool TryOpen(string path, out nint handle, out string reason)
    {
        nint system = NativeLibrary.GetMainProgramHandle();
        var open = (delegate* unmanaged<nint, int, nint>)NativeLibrary.GetExport(system, "dlopen");
        var error = (delegate* unmanaged<nint>)NativeLibrary.GetExport(system, "dlerror");
        nint text = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            handle = open(text, ResolveNow);
            reason = handle != 0 ? "" : Marshal.PtrToStringUTF8(error()) ?? $"'{path}' does not load";
            return handle != 0;
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }
}
