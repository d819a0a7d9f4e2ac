using GSS.Core;

namespace Scoring;

/// <summary>A photograph of the folder.</summary>
/// <param name="Name">Its path inside the folder, with slashes.</param>
internal sealed record Photograph(string Name)
{
    /// <summary>The name without extension: what outputs are called.</summary>
    public string Stem { get; } = Path.ChangeExtension(Name, null);
}

/// <summary>The photographs of a folder and of all folders in it.</summary>
internal static class Photographs
{
    private static readonly string[] s_extensions = [".jpg", ".jpeg", ".png", ".webp", ".bmp"];

    // Where the file system takes a.png and A.PNG for one file.
    private static readonly StringComparer s_sameFile = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>Lists them in the order of their names.</summary>
    /// <exception cref="SegmentationDataException">The folder cannot be listed or has none.</exception>
    public static IReadOnlyList<Photograph> In(string folder)
    {
        try
        {
            var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden, IgnoreInaccessible = false };
            string[] all = [.. Directory.EnumerateFiles(folder, "*", options).Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))];
            Photograph[] found = [.. all.Where(name => s_extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).Select(name => new Photograph(name))];
            return found.Length > 0 ? found : throw new SegmentationDataException(
                $"The folder '{folder}' of --images has no photographs, found {(all.Length == 0 ? "no files" : $"{all.Length} other files such as '{all[0]}'")}, expected {string.Join(", ", s_extensions)}: choose the folder with the photographs.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SegmentationDataException(
                exception is DirectoryNotFoundException
                    ? $"The folder '{folder}' of --images does not exist, expected one with photographs: check the path, relative paths start at '{Environment.CurrentDirectory}'."
                    : $"The folder '{folder}' of --images could not be listed ({exception.Message.TrimEnd('.')}): check that it is a folder and may be read.",
                exception);
        }
    }

    /// <summary>The photographs whose label maps would be one file, such as a.jpg and a.png, each with a sentence about it.</summary>
    public static IReadOnlyDictionary<Photograph, string> Doubles(IReadOnlyList<Photograph> all) => all
        .GroupBy(photograph => photograph.Stem, s_sameFile)
        .Where(group => group.Count() > 1)
        .SelectMany(group => group.Select(photograph => (Photograph: photograph, Other: group.First(other => other != photograph))))
        .ToDictionary(pair => pair.Photograph, pair => $"'{pair.Photograph.Name}' and '{pair.Other.Name}' would have one label map, '{pair.Photograph.Stem}.png', so neither is scored: rename one of them.");
}
