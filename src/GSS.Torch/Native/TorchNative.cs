using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace GSS.Torch;

/// <summary>
/// Loads libtorch and TorchSharp's native library, once per process and before TorchSharp's own loader runs.
/// Applications that only score never need it.
/// </summary>
public static class TorchNative
{
    private const string NewestVersionNeeded = "GLIBCXX_3.4.32";
    private static readonly Lock s_lock = new();
    private static nint s_torchSharp;

    /// <summary>
    /// Makes TorchSharp ready for use; quick and harmless when called again, from any thread.
    /// The libraries come from the folder that the environment variable GSS_LIBTORCH names, or else from the application's own folders.
    /// On a Linux whose libstdc++ is older than GCC 13 (Debian 12, Ubuntu 22.04, RHEL 9) TorchSharp's library is loaded through
    /// a temporary copy in which the one need it cannot meet, and does not use, is marked as weak.
    /// </summary>
    /// <exception cref="NativeLibraryException">A library is missing or does not fit this system; the message says which and what to install.</exception>
    public static void EnsureLoaded() => Load();

    // Code that touches TorchSharp before EnsureLoaded: the runtime asks here when TorchSharp's library does not load by itself.
    // Installing the hook loads nothing, neither TorchSharp nor libtorch.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "It must run before any user of this assembly can touch TorchSharp.")]
    internal static void InstallHook() =>
        AssemblyLoadContext.GetLoadContext(typeof(TorchNative).Assembly)!.ResolvingUnmanagedDll += Resolve;

    private static nint Resolve(Assembly assembly, string name) =>
        name is "LibTorchSharp" && assembly.GetName().Name == "TorchSharp" ? Load() : 0;

    private static nint Load()
    {
        nint loaded = Volatile.Read(ref s_torchSharp);
        if (loaded != 0) return loaded;
        lock (s_lock)
        {
            if (s_torchSharp == 0) Volatile.Write(ref s_torchSharp, LoadAll());
            return s_torchSharp;
        }
    }

    private static nint LoadAll()
    {
        string assembly = typeof(TorchSharp.torch).Assembly.Location;
        string torchSharp = Path.Combine(
            NativeFolders.Find(NativeFolders.TorchSharpLibrary, assembly) ?? throw Missing(NativeFolders.TorchSharpLibrary),
            NativeFolders.TorchSharpLibrary);
        string libtorch = Environment.GetEnvironmentVariable(NativeFolders.Variable) is { Length: > 0 } named
            ? named
            : NativeFolders.Find(NativeFolders.LibtorchLibrary, assembly) ?? throw Missing(NativeFolders.LibtorchLibrary);
        foreach (string library in NativeFolders.LibtorchLoadOrder)
        {
            string path = Path.Combine(libtorch, library);
            if (File.Exists(path)) NativeLibrary.Load(path);
        }

        return NativeLibrary.TryLoad(torchSharp, out nint handle) ? handle : LoadCopy(torchSharp);
    }

    private static nint LoadCopy(string torchSharp)
    {
        byte[] bytes = File.ReadAllBytes(torchSharp);
        ElfVersionNeed.MakeWeak(bytes, NewestVersionNeeded);
        string copy = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}-{NativeFolders.TorchSharpLibrary}");
        try
        {
            File.WriteAllBytes(copy, bytes);
            return NativeLibrary.Load(copy);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static NativeLibraryException Missing(string file) =>
        new($"Training needs the native library '{file}', which is in none of the application's folders: "
            + $"add the package libtorch-cpu-{NativeFolders.RuntimeIdentifier} version 2.10.0 to the application, or name a folder with libtorch in the environment variable {NativeFolders.Variable}.");
}
