namespace GSS.Core;

/// <summary>Pairs the photographs and label maps of two folders by their stems.</summary>
internal static class FolderPairs
{
    private static readonly string[] ImageExtensions = [".jpg", ".jpeg", ".png", ".webp", ".bmp"];
    private static readonly string[] LabelExtensions = [".png"];

    public static List<(string ImagePath, string LabelPath)> Find(string imageFolder, string labelFolder, string imageSuffix, string labelSuffix)
    {
        SortedDictionary<string, string> images = ByStem(imageFolder, imageSuffix, ImageExtensions, "photograph");
        SortedDictionary<string, string> labels = ByStem(labelFolder, labelSuffix, LabelExtensions, "label map");
        var lonelyImages = images.Where(entry => !labels.ContainsKey(entry.Key)).Select(entry => entry.Value).ToList();
        var lonelyLabels = labels.Where(entry => !images.ContainsKey(entry.Key)).Select(entry => entry.Value).ToList();
        if (lonelyImages.Count == 0 && lonelyLabels.Count == 0)
        {
            return [.. images.Select(entry => (entry.Value, labels[entry.Key]))];
        }

        string first = lonelyImages.Count > 0
            ? $"Photograph '{lonelyImages[0]}' has no label map in '{labelFolder}'"
            : $"Label map '{lonelyLabels[0]}' has no photograph in '{imageFolder}'";
        throw new SegmentationDataException(
            $"{first} ({lonelyImages.Count} of {images.Count} photographs and {lonelyLabels.Count} of {labels.Count} label maps have no partner): " +
            "give partners the same name without extension, remove the others, or list the pairs yourself.");
    }

    private static SortedDictionary<string, string> ByStem(string folder, string suffix, string[] extensions, string kind)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        ArgumentNullException.ThrowIfNull(suffix);
        string[] files = ListFiles(folder, kind);
        var byStem = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var doubles = new List<string>();
        foreach (string file in files.Where(file => extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal))
        {
            string stem = Path.ChangeExtension(Path.GetRelativePath(folder, file), null).Replace('\\', '/');
            if (!stem.EndsWith(suffix, StringComparison.Ordinal))
            {
                continue;
            }

            if (!byStem.TryAdd(stem[..^suffix.Length], file))
            {
                doubles.Add(file);
            }
        }

        if (doubles.Count > 0)
        {
            string stem = Path.GetFileNameWithoutExtension(doubles[0]);
            throw new SegmentationDataException(
                $"Folder '{folder}' has two {kind}s with the name '{stem}', one of them '{doubles[0]}' ({doubles.Count} of {byStem.Count + doubles.Count} files double a name): keep one file of each name.");
        }

        return byStem.Count > 0 ? byStem : throw Empty(folder, suffix, extensions, kind, files);
    }

    private static string[] ListFiles(string folder, string kind)
    {
        try
        {
            return Directory.GetFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden, IgnoreInaccessible = false });
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

    private static SegmentationDataException Empty(string folder, string suffix, string[] extensions, string kind, string[] files)
    {
        string expected = string.Join(", ", extensions.Select(extension => $"*{suffix}{extension}"));
        string found = files.Length == 0 ? "no files" : $"{files.Length} other files such as '{Path.GetFileName(files[0])}'";
        string advice = kind == "label map" ? "label maps must be PNG, as other formats lose exact values" : "choose the folder with the photographs";
        return new($"Folder '{folder}' has no {kind}s: found {found}, expected {expected}; {advice}.");
    }
}
