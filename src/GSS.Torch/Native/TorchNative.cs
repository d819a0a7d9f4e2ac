using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace GSS.Torch;

/// <summary>
/// Loads libtorch and TorchSharp's native library, once per process and before TorchSharp's own loader runs
/// (which, where it fails, copies some 500 MB into the application's folder). An application that only scores never needs it.
/// </summary>
public static class TorchNative
{
    private static readonly Lock s_lock = new();
    private static nint s_torchSharp;
    private static bool s_ready;

    /// <summary>
    /// Makes TorchSharp ready for use; quick and harmless when called again, from any thread.
    /// The libraries come from the folder that the environment variable GSS_LIBTORCH names, or else from the application's own folders.
    /// On a Linux whose libstdc++ is older than that of GCC 13 (Debian 12, Ubuntu 22.04) TorchSharp's library is loaded
    /// through a temporary copy in which the one need that the system cannot meet, and that nothing uses, is marked as weak.
    /// </summary>
    /// <exception cref="NativeLibraryException">
    /// A library is missing or does not fit this system; the message says which and what to install.
    /// Or the application has used <c>torch</c> before, and TorchSharp's own loader has failed, which it does for the whole life of the process.
    /// </exception>
    public static void EnsureLoaded()
    {
        if (Volatile.Read(ref s_ready)) return;
        Load();

        // Outside of the lock: torch's constructor, on another thread, may be waiting for it in the hook below.
        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(TorchSharp.torch).TypeHandle);
        }
        catch (TypeInitializationException e)
        {
            throw TorchWasUsedBefore(e);
        }

        Volatile.Write(ref s_ready, true);
    }

    // For code that touches TorchSharp before EnsureLoaded: the runtime asks here once TorchSharp's library did not load by itself.
    // Installing the hook loads neither TorchSharp nor libtorch.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "It has to run before anyone can touch TorchSharp through this library.")]
    internal static void InstallHook() =>
        AssemblyLoadContext.GetLoadContext(typeof(TorchNative).Assembly)!.ResolvingUnmanagedDll += Resolve;

    private static nint Resolve(Assembly assembly, string library) =>
        library is "LibTorchSharp" && assembly.GetName().Name is "TorchSharp" ? Load() : 0;

    private static nint Load()
    {
        nint loaded = Volatile.Read(ref s_torchSharp);
        if (loaded != 0) return loaded;
        lock (s_lock)
        {
            if (s_torchSharp != 0) return s_torchSharp;
            Assembly torchSharp = typeof(TorchSharp.torch).Assembly;
            var loader = new LibtorchLoader(
                NativeFolders.OfApplication(torchSharp.Location), Environment.GetEnvironmentVariable(LibtorchLoader.Variable));
            nint handle = loader.Load();
            AnswerCallsDirectly(torchSharp, handle);
            Volatile.Write(ref s_torchSharp, handle);
            return handle;
        }
    }

    // Without it the runtime would try, and fail, to load the original file for each native function anew before it asks the hook.
    private static void AnswerCallsDirectly(Assembly torchSharp, nint handle)
    {
        try
        {
            NativeLibrary.SetDllImportResolver(torchSharp, (library, _, _) => library is "LibTorchSharp" ? handle : 0);
        }
        catch (InvalidOperationException)
        {
            // The application has set its own resolver: the hook above still answers, only more slowly.
        }
    }

    private static NativeLibraryException TorchWasUsedBefore(Exception e)
    {
        string copied = Path.Combine(Path.GetDirectoryName(typeof(TorchSharp.torch).Assembly.Location) ?? AppContext.BaseDirectory, "cpu");
        string advice = Directory.Exists(copied) ? $", and delete the folder '{copied}', into which that loader has copied libtorch" : "";
        return new NativeLibraryException(
            $"The application used torch before anything of GSS.ML, and TorchSharp's own loader, which does not work on this system, failed for the rest of the process: call {nameof(TorchNative)}.{nameof(EnsureLoaded)}() of GSS.Torch at the start of the application, before the first use of torch{advice}.", e);
    }
}
