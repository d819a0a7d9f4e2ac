namespace GSS.Core;

/// <summary>Photographs and label maps in files, paired and read one at a time when asked for.</summary>
/// <remarks>Making the list looks at names only; a file is opened when its sample is read. Thread-safe.</remarks>
public sealed class SegmentationFiles : ISegmentationSamples
{
    private SegmentationFiles(IReadOnlyList<(string ImagePath, string LabelPath)> pairs, SegmentationClasses classes)
    {
        Pairs = Array.AsReadOnly([.. pairs]);
        Classes = classes;
    }

    /// <summary>What the values in the label files mean.</summary>
    public SegmentationClasses Classes { get; }

    /// <summary>The files, in the order of the samples.</summary>
    public IReadOnlyList<(string ImagePath, string LabelPath)> Pairs { get; }

    /// <inheritdoc/>
    public int Count => Pairs.Count;

    /// <summary>
    /// Pairs the files of two folders by stem: <c>images/a/1.jpg</c> with <c>labels/a/1.png</c>, subfolders included, in ordinal order of the stems.
    /// </summary>
    /// <param name="imageFolder">Holds the photographs: .jpg, .jpeg, .png, .webp or .bmp; other files are not looked at.</param>
    /// <param name="labelFolder">Holds the label maps: .png; other files are not looked at.</param>
    /// <param name="classes">What the values in the label files mean.</param>
    /// <param name="imageSuffix">The end of the stems that pairing leaves out, such as <c>_leftImg8bit</c>; photographs without it are left out. Empty by default.</param>
    /// <param name="labelSuffix">The same for the label maps, such as <c>_gtFine_labelIds</c>. Empty by default.</param>
    /// <exception cref="SegmentationDataException">A folder is missing or empty, a file has no partner, or two files have one stem; the message counts them and names the first.</exception>
    public static SegmentationFiles FromFolders(string imageFolder, string labelFolder, SegmentationClasses classes, string imageSuffix = "", string labelSuffix = "")
    {
        ArgumentNullException.ThrowIfNull(imageSuffix);
        ArgumentNullException.ThrowIfNull(labelSuffix);
        return FromFolders(imageFolder, labelFolder, classes, new FolderOptions { ImageSuffix = imageSuffix, LabelSuffix = labelSuffix });
    }

    /// <summary>Pairs the files of two folders, or of one, by stem as the options say; subfolders included.</summary>
    /// <remarks>
    /// Names that differ only in case, in their Unicode form (composed or not), or by a photograph's ending that was left in the label map's name (<c>a.jpg</c> with
    /// <c>a.jpg.png</c>) are paired too, where no other file has nearly that name.
    /// </remarks>
    /// <param name="imageFolder">Holds the photographs: .jpg, .jpeg, .png, .webp or .bmp; other files are not looked at, nor the label folder where it lies inside.</param>
    /// <param name="labelFolder">Holds the label maps: .png; other files are not looked at.</param>
    /// <param name="classes">What the values in the label files mean.</param>
    /// <param name="options">Suffixes, a split list, and whether photographs without a label map are left out.</param>
    /// <exception cref="SegmentationDataException">A folder is missing or empty, a file has no partner, or two files have one stem; the message counts them, names the first, and proposes what to set.</exception>
    public static SegmentationFiles FromFolders(string imageFolder, string labelFolder, SegmentationClasses classes, FolderOptions options)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(options);
        return new(FolderPairs.Find(imageFolder, labelFolder, options), classes);
    }

    /// <summary>Takes pairs as they are given, in their order.</summary>
    /// <param name="pairs">The path of each photograph and of its label map.</param>
    /// <param name="classes">What the values in the label files mean.</param>
    /// <exception cref="SegmentationDataException">There is no pair, a path is empty, or a file does not exist; the message counts them and names the first.</exception>
    public static SegmentationFiles FromPairs(IEnumerable<(string ImagePath, string LabelPath)> pairs, SegmentationClasses classes)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(classes);
        var list = pairs.ToList();
        if (list.Count == 0)
        {
            throw new SegmentationDataException("The list of photographs and label maps is empty, expected at least one pair of paths.");
        }

        int empty = list.FindIndex(pair => string.IsNullOrWhiteSpace(pair.ImagePath) || string.IsNullOrWhiteSpace(pair.LabelPath));
        if (empty >= 0)
        {
            throw new SegmentationDataException($"Pair {empty} of photographs and label maps has an empty path, expected two paths: ('{list[empty].ImagePath}', '{list[empty].LabelPath}').");
        }

        var missing = list.SelectMany(pair => new[] { pair.ImagePath, pair.LabelPath }).Where(path => !File.Exists(path)).ToList();
        return missing.Count == 0
            ? new(list, classes)
            : throw new SegmentationDataException(
                $"'{missing[0]}' was not found ({missing.Count} of {2 * list.Count} files of the list are missing): check the paths, relative ones start at the folder '{Environment.CurrentDirectory}'.");
    }

    /// <inheritdoc/>
    public string Describe(int index) => Pairs[index].ImagePath;

    /// <inheritdoc/>
    public (RgbImage Image, LabelMap Labels) Read(int index)
    {
        (string imagePath, string labelPath) = Pairs[index];
        RgbImage image = ImageReader.Read(imagePath);
        LabelMap labels = LabelReader.Read(labelPath, Classes);
        return image.Width == labels.Width && image.Height == labels.Height
            ? (image, labels)
            : throw SizeMismatch(index, (image.Width, image.Height), (labels.Width, labels.Height));
    }

    /// <inheritdoc/>
    public LabelMap ReadLabels(int index) => LabelReader.Read(Pairs[index].LabelPath, Classes);

    /// <inheritdoc/>
    /// <remarks>Covers the files' names without folders, so that a data set may be moved.</remarks>
    public string Fingerprint => SamplesFingerprint.OfFiles(Pairs, Classes);

    /// <summary>Compares the sizes of all photographs and label maps from their headers: a few thousand pairs a second, so that training does not stop halfway.</summary>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="SegmentationDataException">A label map has another size than its photograph, or a file cannot be read.</exception>
    public void CheckSizes(CancellationToken cancellationToken = default)
    {
        for (int index = 0; index < Count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var image = ImageReader.ReadSize(Pairs[index].ImagePath);
            var labels = LabelReader.ReadSize(Pairs[index].LabelPath);
            if (image != labels)
            {
                throw SizeMismatch(index, image, labels);
            }
        }
    }

    /// <summary>The sentence for a label map of another size than its photograph.</summary>
    /// <param name="pair">The files.</param>
    /// <param name="image">The size of the photograph, upright.</param>
    /// <param name="labels">The size of the label map.</param>
    /// <param name="inAll">What to add in brackets, with a blank before it.</param>
    internal static string DescribeMismatch((string ImagePath, string LabelPath) pair, (int Width, int Height) image, (int Width, int Height) labels, string inAll = "")
    {
        bool turned = image.Width == labels.Height && image.Height == labels.Width;
        string advice = turned
            ? "the label map may have been drawn on the photograph before its EXIF orientation was applied, turn one of them"
            : "resize one of them, label maps only by nearest neighbour";
        return $"Label map '{pair.LabelPath}' is {labels.Width}x{labels.Height} but its photograph '{pair.ImagePath}' is {image.Width}x{image.Height}{inAll}: {advice}.";
    }

    private SegmentationDataException SizeMismatch(int index, (int Width, int Height) image, (int Width, int Height) labels) =>
        new(DescribeMismatch(Pairs[index], image, labels, $" ({CountMismatches()} of {Count} pairs differ in size)"));

    private int CountMismatches() => Pairs.Count(pair =>
    {
        try
        {
            return ImageReader.ReadSize(pair.ImagePath) != LabelReader.ReadSize(pair.LabelPath);
        }
        catch (SegmentationDataException)
        {
            return false; // Another fault, told when that sample is read.
        }
    });
}
