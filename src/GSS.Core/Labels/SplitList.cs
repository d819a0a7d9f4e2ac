namespace GSS.Core;

/// <summary>A text file that names the photographs of one split of a data set, one a line.</summary>
internal static class SplitList
{
    /// <summary>The stems of the listed photographs, in the order of the list, each once.</summary>
    /// <exception cref="SegmentationDataException">The list is missing or empty, or names what the folder does not have.</exception>
    public static List<string> Choose(string path, FolderListing images, string imageSuffix)
    {
        string[] entries = [.. System.Text.Encoding.UTF8.GetString(FileBytes.Read(path, "Split list")).TrimStart('\uFEFF').Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        if (entries.Length == 0)
        {
            throw new SegmentationDataException($"Split list '{path}' is empty, expected the name of a photograph in each line: choose another list.");
        }

        ILookup<string, string> byLastPart = images.ByStem.Keys.ToLookup(stem => stem[(stem.LastIndexOf('/') + 1)..]);
        var chosen = new List<string>();
        var seen = new HashSet<string>();
        var missing = new List<string>();
        foreach (string entry in entries)
        {
            string? stem = Find(entry, images, byLastPart, imageSuffix) ?? Find(entry.Split((char[]?)null)[0], images, byLastPart, imageSuffix);
            if (stem is null)
            {
                missing.Add(entry);
            }
            else if (seen.Add(stem))
            {
                chosen.Add(stem);
            }
        }

        return missing.Count == 0
            ? chosen
            : throw new SegmentationDataException(
                $"Split list '{path}' names '{missing[0]}', but folder '{images.Folder}' has no such photograph ({missing.Count} of {entries.Length} lines name none): choose the folder that the list belongs to, or another image suffix.");
    }

    private static string? Find(string entry, FolderListing images, ILookup<string, string> byLastPart, string imageSuffix)
    {
        string name = entry.Replace('\\', '/').TrimStart('/');
        string extension = Path.GetExtension(name);
        string[] candidates = FolderListing.ImageExtensions.Contains(extension, StringComparer.OrdinalIgnoreCase) ? [name, name[..^extension.Length]] : [name];
        foreach (string candidate in candidates.SelectMany(c => imageSuffix.Length > 0 && c.EndsWith(imageSuffix, StringComparison.Ordinal) ? new[] { c, c[..^imageSuffix.Length] } : [c]))
        {
            if (images.ByStem.ContainsKey(candidate))
            {
                return candidate;
            }

            // A list may name files without the folder they are in, or with folders of its author's.
            string[] alone = [.. byLastPart[candidate[(candidate.LastIndexOf('/') + 1)..]].Take(2)];
            if (alone.Length == 1)
            {
                return alone[0];
            }
        }

        return null;
    }
}
