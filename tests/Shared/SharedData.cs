using System.Runtime.CompilerServices;

namespace GSS.Tests;

/// <summary>Finds the folder with golden data and data sets, which is not part of the repository.</summary>
internal static class SharedData
{
    /// <summary>The folder <c>../shared</c> beside the repository, or the one that GSS_SHARED names; null where there is none.</summary>
    public static string? Root { get; } = Find();

    /// <summary>The path of a file or folder in the shared data; ends the test as inconclusive, with the reason, where it is missing.</summary>
    public static string Require(params string[] parts)
    {
        string? path = Root is null ? null : Path.Combine([Root, .. parts]);
        if (path is null || !(File.Exists(path) || Directory.Exists(path)))
        {
            Microsoft.VisualStudio.TestTools.UnitTesting.Assert.Inconclusive(
                $"Skipped: '{string.Join('/', parts)}' was not found in ../shared beside the repository nor in the folder that GSS_SHARED names.");
        }
        return path!;
    }

    private static string? Find([CallerFilePath] string source = "")
    {
        string? fromEnvironment = Environment.GetEnvironmentVariable("GSS_SHARED");
        string beside = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", "..", "shared"));
        return fromEnvironment is { Length: > 0 } && Directory.Exists(fromEnvironment) ? fromEnvironment
            : Directory.Exists(beside) ? beside : null;
    }
}
