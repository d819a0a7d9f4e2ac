namespace GSS.Core;

/// <summary>What to do about photographs and label maps without a partner, from what the names look like.</summary>
internal static class PartnerAdvice
{
    private static readonly string[] LikelyWords = ["labelIds", "mask", "label", "_L", "seg", "gt"];

    /// <summary>The end of a sentence.</summary>
    public static string For(FolderListing images, FolderListing labels, List<string> lonelyImages, HashSet<string> lonelyLabels, int pairs, FolderOptions options)
    {
        if (lonelyLabels.Order(StringComparer.Ordinal).Select(images.FindInOtherFormat).FirstOrDefault(file => file is not null) is { } photograph)
        {
            return $"'{photograph}' seems to be its photograph, but {images.Formats}: convert it";
        }

        if (lonelyImages.Select(labels.FindInOtherFormat).FirstOrDefault(file => file is not null && !images.ByStem.ContainsValue(file)) is { } labelMap)
        {
            return $"'{labelMap}' seems to be its label map, but {labels.Formats}: save it as PNG";
        }

        if (FindSuffixes(lonelyImages, lonelyLabels, options) is { } found)
        {
            string[] set =
            [
                .. found.Image == options.ImageSuffix ? Array.Empty<string>() : [$"the image suffix \"{found.Image}\""],
                .. found.Label == options.LabelSuffix ? Array.Empty<string>() : [$"the label suffix \"{found.Label}\""],
            ];
            return $"with {string.Join(" and ", set)} {found.Pairs} of them pair, so set FolderOptions.{(found.Image == options.ImageSuffix ? "LabelSuffix" : found.Label == options.LabelSuffix ? "ImageSuffix" : "ImageSuffix and LabelSuffix")}";
        }

        string? alike = lonelyImages.Count == 0 ? null : lonelyLabels.Order(StringComparer.Ordinal).FirstOrDefault(label => FolderPairs.Alike(label) == FolderPairs.Alike(lonelyImages[0]));
        return alike is not null ? $"'{labels.ByStem[alike]}' is its likely partner, but other files have nearly the same name: give partners exactly the same name"
            : lonelyLabels.Count == 0 && pairs > 0 ? "set FolderOptions.OnlyLabelled to leave such photographs out, or FolderOptions.SplitList to a list of those to take"
            : "give partners the same name without extension, remove the others, or list the pairs yourself";
    }

    /// <summary>The suffixes that would pair most of what is left, longer than those that are set.</summary>
    private static (string Image, string Label, int Pairs)? FindSuffixes(List<string> lonelyImages, HashSet<string> lonelyLabels, FolderOptions options)
    {
        if (lonelyImages.Count == 0 || lonelyLabels.Count == 0)
        {
            return null;
        }

        var candidates = new HashSet<(string Image, string Label)>();
        foreach (string label in lonelyLabels)
        {
            string image = lonelyImages[0];
            int common = image.AsSpan().CommonPrefixLength(label);
            for (int cut = common; cut > 0; cut--)
            {
                if (IsSuffix(image[cut..]) && IsSuffix(label[cut..]) && image[cut - 1] != '/')
                {
                    candidates.Add((image[cut..], label[cut..]));
                    break;
                }
            }
        }

        return candidates
            .Select(candidate => (candidate.Image, candidate.Label, Pairs: lonelyImages.Count(image => image.EndsWith(candidate.Image, StringComparison.Ordinal)
                && lonelyLabels.Contains(image[..^candidate.Image.Length] + candidate.Label))))
            .Where(candidate => candidate.Pairs > 1 || candidate.Image.Length == 0 || lonelyImages.Count == 1)
            .OrderByDescending(candidate => candidate.Pairs)
            .ThenBy(candidate => Array.FindIndex(LikelyWords, word => candidate.Label.Contains(word, StringComparison.OrdinalIgnoreCase)) is var rank and >= 0 ? rank : LikelyWords.Length)
            .ThenBy(candidate => candidate.Label, StringComparer.Ordinal)
            .Select(candidate => ((string, string, int)?)(candidate.Image + options.ImageSuffix, candidate.Label + options.LabelSuffix, candidate.Pairs))
            .FirstOrDefault();
    }

    private static bool IsSuffix(string end) => end.Length == 0 || (end[0] is '_' or '-' or '.' or ' ' && !end.Contains('/') && end.AsSpan().IndexOfAnyInRange('0', '9') != 1);
}
