using System.Runtime.InteropServices;

namespace GSS.Onnx;

/// <summary>Says why a CUDA device cannot be used, and whether the package for it is there all the same.</summary>
internal static class GpuLibrary
{
    private static readonly string[] s_names = ["libonnxruntime_providers_cuda.so", "onnxruntime_providers_cuda.dll"];

    /// <summary>One sentence for the user.</summary>
    /// <param name="device">The device that was asked for.</param>
    /// <param name="fault">How ONNX Runtime refused; the CPU's library does not even know the function.</param>
    /// <param name="folders">Where native libraries of the application lie.</param>
    public static string Explain(int device, Exception fault, IEnumerable<string> folders)
    {
        string reason = NativeSession.OneLine(fault), asked = $"Scoring on CUDA device {device} was asked for, but ";
        string otherwise = $", or set {nameof(ScoringOptions.FallbackToCpu)}, or leave {nameof(ScoringOptions.GpuDeviceId)} null.";

        if (folders.SelectMany(folder => s_names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists) is not { } library)
        {
            return asked + $"this ONNX Runtime cannot use it ({reason}): reference Microsoft.ML.OnnxRuntime.Gpu together with "
                + "<PackageReference Include=\"Microsoft.ML.OnnxRuntime\" ExcludeAssets=\"all\" />, and install the CUDA and cuDNN that it needs" + otherwise;
        }

        // Both packages bring a library of the same name, and that of the CPU wins in silence.
        return fault is EntryPointNotFoundException
            ? asked + $"the CPU's ONNX Runtime was loaded although Microsoft.ML.OnnxRuntime.Gpu is referenced ({reason}): add "
                + "<PackageReference Include=\"Microsoft.ML.OnnxRuntime\" ExcludeAssets=\"all\" /> to the application's project, so that the GPU's library is the only one" + otherwise
            : asked + $"ONNX Runtime cannot use it ({MissingLibrary(library) ?? reason}): install the driver, the CUDA and the cuDNN that Microsoft.ML.OnnxRuntime.Gpu needs, "
                + "where the system looks for libraries (PATH, or LD_LIBRARY_PATH on Linux)" + otherwise;
    }

    /// <summary>The library that keeps another from being loaded, in the system's words: ONNX Runtime prints them to the console, and tells its caller nothing. Null where it loads, or the words are others.</summary>
    private static string? MissingLibrary(string library)
    {
        try
        {
            NativeLibrary.Free(NativeLibrary.Load(library));
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return e.Message.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.EndsWith("No such file or directory", StringComparison.Ordinal) && !line.StartsWith(library, StringComparison.Ordinal));
        }
    }

    /// <summary>The application's own folder and those that the runtime searches.</summary>
    public static IEnumerable<string> SearchFolders() =>
    [
        AppContext.BaseDirectory,
        Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"),
        .. (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
    ];
}
