using System.Runtime.InteropServices;

namespace GSS.Torch;

/// <summary>Where an application keeps its native libraries, and what they are called on this system.</summary>
internal static class NativeFolders
{
    /// <summary>The version of libtorch that TorchSharp 0.107 is built against.</summary>
    public const string LibtorchVersion = "2.10.0";

    /// <summary>The runtime identifier in NuGet's folder names, such as linux-x64.</summary>
    public static string RuntimeIdentifier { get; } =
        (OperatingSystem.IsWindows() ? "win-" : OperatingSystem.IsMacOS() ? "osx-" : "linux-")
        + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>The file name of a library on this system: torch_cpu is torch_cpu.dll, libtorch_cpu.dylib or libtorch_cpu.so.</summary>
    public static string FileName(string library) =>
        OperatingSystem.IsWindows() ? library + ".dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    /// <summary>The folders of this application, whether it was published, built, or runs as a notebook from the NuGet cache.</summary>
    /// <param name="torchSharpAssembly">The path of TorchSharp.dll; empty in a single-file application.</param>
    public static IEnumerable<string> OfApplication(string torchSharpAssembly)
    {
        // The runtime's own list comes first, so that a file found here is the one that TorchSharp's loader finds as well.
        string searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        foreach (string folder in searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)) yield return folder;

        string native = Path.Combine("runtimes", RuntimeIdentifier, "native");
        yield return AppContext.BaseDirectory;
        yield return Path.Combine(AppContext.BaseDirectory, native);
        if (Path.GetDirectoryName(torchSharpAssembly) is not { Length: > 0 } beside) yield break;

        yield return beside;
        yield return Path.Combine(beside, native);

        // A notebook loads packages/torchsharp/<version>/lib/<framework>/TorchSharp.dll where it lies.
        string package = Path.GetFullPath(Path.Combine(beside, "..", ".."));
        yield return Path.Combine(package, native);
        yield return Path.GetFullPath(Path.Combine(package, "..", "..", "libtorch-cpu-" + RuntimeIdentifier, LibtorchVersion, native));
    }
}
