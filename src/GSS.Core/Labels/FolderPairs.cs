using System.Text;

namespace GSS.Core;

/// <summary>Pairs the photographs and label maps of two folders by their stems.</summary>
internal static class FolderPairs
{
    /// <summary>The pairs, in ordinal order of the stems or in that of the split list.</summary>
    /// <exception cref="SegmentationDataException">A folder or the list cannot be used, or a file has no partner.</exception>
    public static List<(string ImagePath, string LabelPath)> Find(string imageFolder, string labelFolder, FolderOptions options)
    {
        (FolderListing images, FolderListing labels) = List(imageFolder, labelFolder, options);
        List<string> stems = options.SplitList is { } list ? SplitList.Choose(list, images, options.ImageSuffix) : [.. images.ByStem.Keys];
        var partners = stems.Where(labels.ByStem.ContainsKey).ToDictionary(stem => stem, stem => labels.ByStem[stem]);
        List<string> lonelyImages = [.. stems.Where(stem => !partners.ContainsKey(stem))];
        HashSet<string> lonelyLabels = [.. labels.ByStem.Keys.Where(stem => !partners.ContainsKey(stem))];
        PairAlike(lonelyImages, lonelyLabels, labels, partners);

        // Whoever names a list, or asks for labelled ones alone, knows that files are left over.
        bool isLabelMissing = lonelyImages.Count > 0 && !(options.OnlyLabelled && partners.Count > 0);
        if (!isLabelMissing && (lonelyLabels.Count == 0 || options.SplitList is not null))
        {
            return [.. stems.Where(partners.ContainsKey).Select(stem => (images.ByStem[stem], partners[stem]))];
        }

        string first = isLabelMissing
            ? $"Photograph '{images.ByStem[lonelyImages[0]]}' has no label map in '{labelFolder}'"
            : $"Label map '{labels.ByStem[lonelyLabels.Order(StringComparer.Ordinal).First()]}' has no photograph in '{imageFolder}'";
        throw new SegmentationDataException(
            $"{first} ({lonelyImages.Count} of {stems.Count} photographs and {lonelyLabels.Count} of {labels.ByStem.Count} label maps have no partner): " +
            $"{PartnerAdvice.For(images, labels, lonelyImages, lonelyLabels, partners.Count, options)}.");
    }

    /// <summary>What two names of one thing have in common: letters of either case, composed or decomposed, with a photograph's ending left in (<c>a.jpg.png</c>) or not.</summary>
    public static string Alike(string stem)
    {
        string extension = Path.GetExtension(stem);
        bool doubled = FolderListing.ImageExtensions.Contains(extension, StringComparer.OrdinalIgnoreCase);
        return (doubled ? stem[..^extension.Length] : stem).Normalize(NormalizationForm.FormC).ToUpperInvariant();
    }

    private static (FolderListing Images, FolderListing Labels) List(string imageFolder, string labelFolder, FolderOptions options)
    {
        FolderListing images = FolderListing.Of(imageFolder, options.ImageSuffix, FolderListing.ImageExtensions, "photograph");
        string imageRoot = Rooted(imageFolder), labelRoot = Rooted(labelFolder);
        if (imageRoot == labelRoot)
        {
            // In one folder the longer suffix tells.
            bool labelTells = options.LabelSuffix.Length >= options.ImageSuffix.Length;
            FolderListing both = Labels();
            return (images.Sort(file => !labelTells || !both.Ends(file)), both.Sort(file => labelTells || !images.Ends(file)));
        }

        images.Sort(file => !IsIn(file, labelRoot, imageRoot));
        return (images, Labels().Sort(file => !IsIn(file, imageRoot, labelRoot)));

        FolderListing Labels() => FolderListing.Of(labelFolder, options.LabelSuffix, FolderListing.LabelExtensions, "label map");

        static bool IsIn(string file, string root, string other) => root.StartsWith(other, StringComparison.Ordinal) && Path.GetFullPath(file).StartsWith(root, StringComparison.Ordinal);
    }

    private static string Rooted(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar;

    private static void PairAlike(List<string> lonelyImages, HashSet<string> lonelyLabels, FolderListing labels, Dictionary<string, string> partners)
    {
        if (lonelyImages.Count == 0 || lonelyLabels.Count == 0)
        {
            return;
        }

        ILookup<string, string> imagesByName = lonelyImages.ToLookup(Alike), labelsByName = lonelyLabels.ToLookup(Alike);
        foreach (IGrouping<string, string> group in imagesByName)
        {
            string[] found = [.. labelsByName[group.Key]];
            if (group.Count() == 1 && found.Length == 1)
            {
                partners.Add(group.First(), labels.ByStem[found[0]]);
                lonelyImages.Remove(group.First());
                lonelyLabels.Remove(found[0]);
            }
        }
    }
}
