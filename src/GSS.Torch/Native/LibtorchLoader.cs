using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using GSS.Core;

namespace GSS.Torch;

/// <summary>Finds and loads libtorch and, on top of it, TorchSharp's library; explains in one sentence what is wrong where that fails.</summary>
/// <param name="applicationFolders">The application's folders, in the order in which the runtime searches them.</param>
/// <param name="named">The folder that GSS_LIBTORCH names; null or empty where it is not set.</param>
internal sealed partial class LibtorchLoader(IEnumerable<string> applicationFolders, string? named)
{
    /// <summary>The environment variable that names a folder with another libtorch.</summary>
    public const string Variable = "GSS_LIBTORCH";

    private const string LibtorchMark = "torch_cpu";

    // Each needs those before it; those for CUDA are only there in a CUDA build.
    private static readonly string[] s_loadOrder = ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"];

    private readonly string[] _folders = [.. applicationFolders];

    /// <summary>Loads everything that is not yet loaded and returns the handle of TorchSharp's library.</summary>
    public nint Load()
    {
        string torchSharp = Find("LibTorchSharp") ?? throw TorchSharpIsMissing();
        string folder = LibtorchFolder();
        LetWaitingThreadsSleep();
        FreedMemory.Keep();
        foreach (string library in s_loadOrder)
        {
            string path = Path.Combine(folder, NativeFolders.FileName(library));
            if (!File.Exists(path)) continue;
            try
            {
                nint handle = NativeLibrary.Load(path);
                if (library == LibtorchMark && !OneDnn.CanBeTrusted())
                {
                    OneDnn.Avoid(handle);
                }
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                throw LibtorchDoesNotLoad(path, e);
            }
        }

        try
        {
            return TorchSharpLibrary.Load(Path.Combine(torchSharp, NativeFolders.FileName("LibTorchSharp")));
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw TorchSharpDoesNotLoad(folder, e);
        }
    }

    /// <summary>The folder to load libtorch from, checked as far as it can be before anything is loaded.</summary>
    public string LibtorchFolder()
    {
        string? own = Find(LibtorchMark);
        if (string.IsNullOrEmpty(named)) return own ?? throw LibtorchIsMissing();
        if (!Directory.Exists(named))
        {
            throw new NativeLibraryException(
                $"The environment variable {Variable} names the folder '{named}', which does not exist: name the folder that holds {NativeFolders.FileName(LibtorchMark)}, or unset the variable to use the application's own libtorch.");
        }

        // Both the root of a PyTorch or libtorch installation and its folder 'lib' are what people name.
        string? folder = new[] { named, Path.Combine(named, "lib") }.FirstOrDefault(f => Has(f, LibtorchMark));
        if (folder is null)
        {
            throw new NativeLibraryException(
                $"The environment variable {Variable} names the folder '{named}', which does not hold {NativeFolders.FileName(LibtorchMark)}: name the folder 'lib' of libtorch {NativeFolders.LibtorchVersion} or of the same version of PyTorch, or unset the variable to use the application's own libtorch.");
        }

        // TorchSharp's loader would load the application's own beside the named one, and two libtorch end the process.
        if (own is not null && Path.GetFullPath(own).TrimEnd(Path.DirectorySeparatorChar) != Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar))
        {
            throw new NativeLibraryException(
                $"The environment variable {Variable} names the libtorch in '{folder}', but the application has its own in '{own}' and a process can hold only one: build the application with {Variable} set or with -p:GssDevice=none, which leaves its own out, or unset the variable.");
        }

        return folder;
    }

    /// <summary>The version of the libtorch in a folder, such as 2.10.0+cpu, as PyTorch or libtorch's archive notes it; null where neither does.</summary>
    public static string? VersionOf(string folder)
    {
        string parent = Path.GetDirectoryName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar)) ?? folder;
        string archive = Path.Combine(parent, "build-version");
        if (File.Exists(archive)) return File.ReadAllText(archive).Trim();
        string python = Path.Combine(parent, "version.py");
        if (!File.Exists(python)) return null;
        Match match = PythonVersion().Match(File.ReadAllText(python));
        return match.Success ? match.Groups[1].Value : null;
    }

    // Threads of libgomp, which libtorch brings, wait for each other in a busy loop, long enough (300 000 rounds) to take the processor from those they wait for
    // where anything else runs beside: beside three busy processes two-threaded training took twice as long. After 1000 rounds they sleep, which costs 1 to 3 % of small steps on a quiet machine
    // and nothing of large ones (the benchmark 'waiting').
    // libgomp reads this once, when it is loaded; what the user has set stays.
    private static void LetWaitingThreadsSleep()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
        {
            NativeEnvironment.SetUnlessGiven("GOMP_SPINCOUNT", "1000");
        }
    }

    private string? Find(string library) => _folders.FirstOrDefault(folder => Has(folder, library));

    private static bool Has(string folder, string library) => File.Exists(Path.Combine(folder, NativeFolders.FileName(library)));

    private static NativeLibraryException TorchSharpIsMissing() => new(
        $"Training needs TorchSharp's native library {NativeFolders.FileName("LibTorchSharp")}, which is in none of the application's folders: it exists for linux-x64, osx-arm64, win-x64 and win-arm64, this process is {NativeFolders.RuntimeIdentifier}; publish the application for its system (dotnet publish -r {NativeFolders.RuntimeIdentifier}), or only score on this one, which needs no libtorch.");

    private static NativeLibraryException LibtorchIsMissing() => new(
        $"Training needs libtorch {NativeFolders.LibtorchVersion}, and {NativeFolders.FileName(LibtorchMark)} is in none of the application's folders: build or publish the application on or for {NativeFolders.RuntimeIdentifier} without GssDevice=none (the package is libtorch-cpu-{NativeFolders.RuntimeIdentifier}), or set the environment variable {Variable} to a folder that holds it.");

    private static NativeLibraryException LibtorchDoesNotLoad(string path, Exception e)
    {
        string install = OperatingSystem.IsWindows() ? "install the Microsoft Visual C++ 2015-2022 Redistributable (x64)"
            : OperatingSystem.IsMacOS() ? "use macOS 11 or newer on an Apple processor"
            : "use a Linux with glibc 2.34 or newer (Debian 12, Ubuntu 22.04, RHEL 10; not Alpine), and for a CUDA build install its NVIDIA libraries";
        return new NativeLibraryException($"'{path}' cannot be loaded ({Reason(e)}): {install}.", e);
    }

    private NativeLibraryException TorchSharpDoesNotLoad(string folder, Exception e)
    {
        string libtorch = VersionOf(folder) is { } version ? $"libtorch {version}" : "the libtorch";
        return string.IsNullOrEmpty(named)
            ? new NativeLibraryException(
                $"TorchSharp's native library cannot be loaded on top of {libtorch} in '{folder}' ({Reason(e)}): use a Linux with glibc 2.34 and libstdc++ of GCC 12 or newer (Debian 12, Ubuntu 22.04, RHEL 10), or restore the application's packages anew where a file is damaged.", e)
            : new NativeLibraryException(
                $"TorchSharp's native library is built against libtorch {NativeFolders.LibtorchVersion} and cannot be loaded on top of {libtorch} in '{folder}', the folder that {Variable} names ({Reason(e)}): name a folder with libtorch {NativeFolders.LibtorchVersion}.", e);
    }

    // The runtime puts several lines of advice around the one that says why.
    private static string Reason(Exception e)
    {
        string[] lines = e.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return (lines.FirstOrDefault(line => line.Contains("undefined symbol") || line.Contains("not found") || line.Contains("cannot open"))
            ?? lines.FirstOrDefault() ?? e.GetType().Name).TrimEnd('.');
    }

    [GeneratedRegex("""^__version__\s*=\s*['"]([^'"]+)['"]""", RegexOptions.Multiline)]
    private static partial Regex PythonVersion();
}
