namespace GSS.Core;

/// <summary>The photographs, or the label maps, of a folder by stem: the path inside the folder without suffix and extension.</summary>
internal sealed class FolderListing
{
    /// <summary>The extensions of photographs.</summary>
    public static readonly string[] ImageExtensions = [".jpg", ".jpeg", ".png", ".webp", ".bmp"];

    /// <summary>The extensions of label maps.</summary>
    public static readonly string[] LabelExtensions = [".png"];

    /// <summary>Formats of photographs and label maps that are not read.</summary>
    private static readonly string[] OtherExtensions = [".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".ppm", ".pgm", ".gif", ".npy", ".mat", .. ImageExtensions];

    private readonly string _suffix;
    private readonly string[] _extensions;

    private FolderListing(string folder, string suffix, string[] extensions, string kind, string[] files)
    {
        (Folder, _suffix, _extensions, Kind, AllFiles) = (folder, suffix, extensions, kind, files);
    }

    public string Folder { get; }

    /// <summary>"photograph" or "label map".</summary>
    public string Kind { get; }

    /// <summary>Each file that counts by its stem.</summary>
    public SortedDictionary<string, string> ByStem { get; } = new(StringComparer.Ordinal);

    /// <summary>Every file of the folder, in ordinal order.</summary>
    public IReadOnlyList<string> AllFiles { get; }

    /// <summary>Lists a folder and all folders in it.</summary>
    /// <exception cref="SegmentationDataException">The folder is missing.</exception>
    public static FolderListing Of(string folder, string suffix, string[] extensions, string kind)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        ArgumentNullException.ThrowIfNull(suffix);
        try
        {
            var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden, IgnoreInaccessible = false };
            return new(folder, suffix, extensions, kind, [.. Directory.GetFiles(folder, "*", all).Order(StringComparer.Ordinal)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SegmentationDataException(
                exception is DirectoryNotFoundException
                    ? $"The folder of {kind}s '{folder}' was not found: check the path, relative paths start at the folder '{Environment.CurrentDirectory}'."
                    : $"The folder of {kind}s '{folder}' could not be listed ({exception.Message.TrimEnd('.')}): check that it is a folder and may be read.",
                exception);
        }
    }

    /// <summary>Sorts files by stem.</summary>
    /// <param name="belongs">Whether a file may be of this kind at all: a folder may hold both.</param>
    /// <exception cref="SegmentationDataException">No file counts, or two have one stem.</exception>
    public FolderListing Sort(Func<string, bool> belongs)
    {
        var doubles = new List<string>();
        foreach (string file in AllFiles.Where(file => HasExtension(file) && belongs(file)))
        {
            string stem = StemOf(file);
            if (stem.EndsWith(_suffix, StringComparison.Ordinal) && !ByStem.TryAdd(stem[..^_suffix.Length], file))
            {
                doubles.Add(file);
            }
        }

        return doubles.Count > 0
            ? throw new SegmentationDataException(
                $"Folder '{Folder}' has two {Kind}s with the name '{Path.GetFileNameWithoutExtension(doubles[0])}', one of them '{doubles[0]}' ({doubles.Count} of {ByStem.Count + doubles.Count} files double a name): keep one file of each name.")
            : ByStem.Count > 0 ? this : throw Empty();
    }

    /// <summary>Whether the file counts for its ending alone.</summary>
    public bool Ends(string file) => HasExtension(file) && StemOf(file).EndsWith(_suffix, StringComparison.Ordinal);

    /// <summary>The path inside the folder without extension, with slashes.</summary>
    public string StemOf(string file) => Path.ChangeExtension(Path.GetRelativePath(Folder, file), null).Replace('\\', '/');

    /// <summary>A file whose stem fits but whose format is not read, or null.</summary>
    public string? FindInOtherFormat(string stem) => AllFiles.FirstOrDefault(file => !HasExtension(file) && OtherExtensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase) && StemOf(file) == stem + _suffix);

    /// <summary>What is expected of a file in this folder.</summary>
    public string Formats => Kind == "label map" ? "label maps must be PNG, as other formats lose exact values" : "photographs must be JPEG, PNG, WebP or BMP";

    private bool HasExtension(string file) => _extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    private SegmentationDataException Empty()
    {
        string expected = string.Join(", ", _extensions.Select(extension => $"*{_suffix}{extension}"));
        string found = AllFiles.Count == 0 ? "no files" : $"{AllFiles.Count} other files such as '{Path.GetFileName(AllFiles[0])}'";
        string advice = Kind == "label map" ? Formats
            : AllFiles.Any(file => Path.GetExtension(file).ToUpperInvariant() is ".TIF" or ".TIFF" or ".HEIC" or ".AVIF") ? $"{Formats}, convert them"
            : _suffix.Length > 0 && AllFiles.Any(HasExtension) ? "choose another image suffix"
            : "choose the folder with the photographs";
        return new($"Folder '{Folder}' has no {Kind}s: found {found}, expected {expected}; {advice}.");
    }
}
