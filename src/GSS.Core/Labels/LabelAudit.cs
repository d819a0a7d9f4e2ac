namespace GSS.Core;

/// <summary>Looks over the label maps of a training set before training and says what is likely to be a mistake that no single file shows.</summary>
/// <remarks>
/// Of files the label maps alone are read, and the headers of the photographs; of other samples whole ones. Of a large set some are looked at, evenly spread:
/// <see cref="MostFiles"/> files, <see cref="MostOthers"/> other samples.
/// </remarks>
internal sealed class LabelAudit
{
    /// <summary>How many label files are read at most.</summary>
    public const int MostFiles = 2000;

    /// <summary>How many samples are read at most that are no files.</summary>
    public const int MostOthers = 200;

    private readonly Lock _lock = new();
    private readonly List<PaletteConflict> _conflicts = [];
    private readonly long[] _pixels = new long[256];
    private int _blackAndWhite;
    private int _turned;
    private string _firstTurned = "";

    private LabelAudit(SegmentationClasses classes, int count, int total) => (Classes, Count, Total) = (classes, count, total);

    public SegmentationClasses Classes { get; }

    /// <summary>How many label maps are looked at.</summary>
    public int Count { get; }

    /// <summary>How many there are.</summary>
    public int Total { get; }

    /// <summary>Pixels of each class id and, at 255, of void.</summary>
    public IReadOnlyList<long> Pixels => _pixels;

    /// <summary>Files whose only values are 0 and 255, where 255 means void.</summary>
    public int BlackAndWhite => _blackAndWhite;

    /// <summary>Photographs that are turned or mirrored by their EXIF orientation as they are read, and the first of them.</summary>
    public (int Count, string First) Turned => (_turned, _firstTurned);

    /// <summary>For each file with a palette that gives a class another one's colour the first such index, in the order of the paths.</summary>
    public IReadOnlyList<PaletteConflict> Conflicts => [.. _conflicts.OrderBy(conflict => conflict.Path, StringComparer.Ordinal)];

    /// <summary>Looks over samples on all processors.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="classes">Their classes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SegmentationDataException">A label map cannot be used: the first such one is told before training begins.</exception>
    public static LabelAudit Of(ISegmentationSamples samples, SegmentationClasses classes, CancellationToken cancellationToken = default)
    {
        int count = Math.Min(samples.Count, samples is SegmentationFiles ? MostFiles : MostOthers);
        var audit = new LabelAudit(classes, count, samples.Count);
        var faults = new SegmentationDataException?[count];
        Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            int index = (int)((long)i * samples.Count / count);
            try
            {
                if (samples is SegmentationFiles files)
                {
                    audit.AddFile(files.Pairs[index]);
                }
                else
                {
                    audit.Add(Histogram(samples.Read(index).Labels));
                }
            }
            catch (SegmentationDataException fault)
            {
                faults[i] = fault;
            }
        });

        return faults.FirstOrDefault(fault => fault is not null) is { } first ? throw new SegmentationDataException(first.Message, first) : audit;
    }

    private static long[] Histogram(LabelMap labels)
    {
        long[] pixels = new long[256];
        foreach (byte id in labels.Ids)
        {
            pixels[id]++;
        }

        return pixels;
    }

    private void Add(long[] pixels)
    {
        lock (_lock)
        {
            for (int id = 0; id < pixels.Length; id++)
            {
                _pixels[id] += pixels[id];
            }
        }
    }

    private void AddFile((string ImagePath, string LabelPath) pair)
    {
        (LabelMap labels, PngImage png) = LabelReader.ReadWithFile(pair.LabelPath, Classes);
        long[] pixels = Histogram(labels);
        bool blackAndWhite = IsBlackAndWhite(png, pixels);
        PaletteConflict? conflict = PaletteConflict.Find(png, pair.LabelPath, Classes);
        bool turned = ImageReader.IsTurned(pair.ImagePath);
        lock (_lock)
        {
            _blackAndWhite += blackAndWhite ? 1 : 0;
            if (conflict is not null)
            {
                _conflicts.Add(conflict);
            }

            if (turned)
            {
                _firstTurned = _turned++ == 0 || string.CompareOrdinal(pair.ImagePath, _firstTurned) < 0 ? pair.ImagePath : _firstTurned;
            }
        }

        Add(pixels);
    }

    private bool IsBlackAndWhite(PngImage png, long[] pixels)
    {
        bool byValue = png.Header.SamplesPerPixel == 1 && png.Header.BitDepth == 8 && (png.Header.ColorType == PngColorType.Grey || Classes.ColorMap is null);
        return byValue && Classes.VoidIndex == byte.MaxValue && pixels[LabelMap.Void] > 0 && !png.Samples.AsSpan().ContainsAnyExcept((byte)0, byte.MaxValue);
    }
}

/// <summary>An index of a palette file that means one class and has the colour of another: an editor has put the palette into another order.</summary>
/// <param name="Path">The file.</param>
/// <param name="Index">The index.</param>
/// <param name="Meant">What the index means, a class id or void.</param>
/// <param name="Shown">Whose colour it has.</param>
internal sealed record PaletteConflict(string Path, int Index, byte Meant, byte Shown)
{
    /// <summary>The lowest such index that has pixels, or null.</summary>
    public static PaletteConflict? Find(PngImage png, string path, SegmentationClasses classes)
    {
        if (png.Header.ColorType != PngColorType.Palette || classes.ColorMap is not null || classes.HasDefaultColors || classes.FindColorLookup() is not { } lookup)
        {
            return null;
        }

        for (int index = 0; index < png.Palette.Length; index++)
        {
            byte meant = classes.IdOfValue[index];
            if (lookup.TryGetValue(png.Palette[index], out byte shown) && shown != meant && shown != LabelMap.Void && png.Samples.AsSpan().Contains((byte)index))
            {
                return new(path, index, meant, shown);
            }
        }

        return null;
    }
}
