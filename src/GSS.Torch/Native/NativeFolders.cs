using System.Runtime.InteropServices;

namespace GSS.Torch;

/// <summary>The folders in which libtorch and TorchSharp's library may lie, and what the libraries are called on this system.</summary>
internal static class NativeFolders
{
    /// <summary>The environment variable that names a folder with another libtorch.</summary>
    public const string Variable = "GSS_LIBTORCH";

    private const string LibtorchVersion = "2.10.0";

    /// <summary>TorchSharp's own native library.</summary>
    public static string TorchSharpLibrary { get; } = FileName("LibTorchSharp");

    /// <summary>The library that every libtorch has.</summary>
    public static string LibtorchLibrary { get; } = FileName("torch_cpu");

    /// <summary>Libtorch's libraries in the order in which they need each other; those for CUDA are only there in a CUDA build.</summary>
    public static string[] LibtorchLoadOrder { get; } =
        [.. new[] { "c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch" }.Select(FileName)];

    /// <summary>The runtime identifier in NuGet's folder names, such as linux-x64.</summary>
    public static string RuntimeIdentifier { get; } =
        (OperatingSystem.IsWindows() ? "win-" : OperatingSystem.IsMacOS() ? "osx-" : "linux-")
        + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>The first of the application's folders with the file, or null: published, built, or straight from the NuGet cache.</summary>
    public static string? Find(string file, string? torchSharpAssembly) =>
        Application(torchSharpAssembly).FirstOrDefault(folder => File.Exists(Path.Combine(folder, file)));

    private static IEnumerable<string> Application(string? torchSharpAssembly)
    {
        // The runtime's own list comes first, so that the file found here is the one that TorchSharp's loader would find.
        string searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        foreach (string folder in searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)) yield return folder;

        string native = Path.Combine("runtimes", RuntimeIdentifier, "native");
        yield return AppContext.BaseDirectory;
        yield return Path.Combine(AppContext.BaseDirectory, native);
        if (Path.GetDirectoryName(torchSharpAssembly) is not { Length: > 0 } beside) yield break;

        yield return beside;
        yield return Path.Combine(beside, native);
        // A notebook or script loads packages/torchsharp/<version>/lib/<framework>/TorchSharp.dll in place.
        string packages = Path.GetFullPath(Path.Combine(beside, "..", "..", "..", ".."));
        yield return Path.GetFullPath(Path.Combine(beside, "..", "..", native));
        yield return Path.Combine(packages, "libtorch-cpu-" + RuntimeIdentifier, LibtorchVersion, native);
    }

    private static string FileName(string name) =>
        OperatingSystem.IsWindows() ? name + ".dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";
}
