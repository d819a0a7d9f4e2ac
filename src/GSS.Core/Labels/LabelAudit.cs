namespace GSS.Core;

/// <summary>Looks over label maps before training: what cannot be used, how many pixels each class has, and what is likely to be a mistake that no single file shows.</summary>
/// <remarks>Of files the label maps alone are read, and the headers of the photographs.</remarks>
internal sealed partial class LabelAudit
{
    /// <summary>How many label files are read at most.</summary>
    public const int MostFiles = 2000;

    /// <summary>How many samples are read at most that are no files, before training.</summary>
    public const int MostOthers = 200;

    private readonly Lock _lock = new();
    private readonly List<PaletteConflict> _conflicts = [];
    private readonly List<(int Index, string Source, SegmentationDataException Fault)> _faults = [];
    private readonly long[] _pixels = new long[256];
    private readonly int[] _maps = new int[256];
    private int _lookedAt;
    private int _count;
    private int _blackAndWhite;
    private int _turned;
    private string _firstTurned = "";

    private LabelAudit(SegmentationClasses classes, int total) => (Classes, Total) = (classes, total);

    public SegmentationClasses Classes { get; }

    /// <summary>How many label maps were to be read, those with a fault among them.</summary>
    public int LookedAt => _lookedAt;

    /// <summary>How many of these could be.</summary>
    public int Count => _count;

    /// <summary>How many there are.</summary>
    public int Total { get; private set; }

    /// <summary>Pixels of each class id and, at 255, of void.</summary>
    public IReadOnlyList<long> Pixels => _pixels;

    /// <summary>In how many label maps each class id has pixels.</summary>
    public IReadOnlyList<int> Maps => _maps;

    /// <summary>Files whose only values are 0 and 255, where 255 means void.</summary>
    public int BlackAndWhite => _blackAndWhite;

    /// <summary>Photographs that are turned or mirrored by their EXIF orientation as they are read, and the first of them.</summary>
    public (int Count, string First) Turned => (_turned, _firstTurned);

    /// <summary>For each file with a palette that gives a class another one's colour the first such index, in the order of the paths.</summary>
    public IReadOnlyList<PaletteConflict> Conflicts => [.. _conflicts.OrderBy(conflict => conflict.Path, StringComparer.Ordinal)];

    /// <summary>What cannot be used, in the order of the samples: the file or the row, and what was said of it.</summary>
    public IReadOnlyList<(string Source, SegmentationDataException Fault)> Faults => [.. _faults.OrderBy(fault => fault.Index).Select(fault => (fault.Source, fault.Fault))];

    /// <summary>Looks over samples on all processors, of a large set over some that are evenly spread.</summary>
    /// <exception cref="SegmentationDataException">A sample cannot be used: the first such one is told before training begins.</exception>
    public static LabelAudit Of(ISegmentationSamples samples, SegmentationClasses classes, CancellationToken cancellationToken = default)
    {
        int count = Math.Min(samples.Count, samples is SegmentationFiles ? MostFiles : MostOthers);
        var audit = new LabelAudit(classes, samples.Count);
        InParallel(count, cancellationToken, i =>
        {
            int index = Spread(i, count, samples.Count);
            if (samples is SegmentationFiles files)
            {
                audit.AddPair(index, files, reads: true);
            }
            else
            {
                audit.AddLabels(index, samples.Describe(index), () => samples.Read(index).Labels);
            }
        });
        return audit.Faults is [(_, { } first), ..] ? throw new SegmentationDataException(first.Message, first) : audit;
    }

    /// <summary>Looks over files on all processors and keeps what is wrong with them: at the headers of all, and into label maps that are evenly spread.</summary>
    /// <param name="files">The files.</param>
    /// <param name="most">How many label maps are read at most.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static LabelAudit OfFiles(SegmentationFiles files, int most = MostFiles, CancellationToken cancellationToken = default)
    {
        int count = Math.Min(files.Count, most);
        HashSet<int> chosen = [.. Enumerable.Range(0, count).Select(i => Spread(i, count, files.Count))];
        var audit = new LabelAudit(files.Classes, files.Count);
        InParallel(files.Count, cancellationToken, index => audit.AddPair(index, files, chosen.Contains(index)));
        return audit;
    }

    /// <summary>Looks over all rows, one after the other, and keeps what is wrong with them.</summary>
    /// <param name="rows">What to call each row, and its label map.</param>
    /// <param name="classes">Their classes.</param>
    public static LabelAudit OfRows(IEnumerable<(string Name, Func<LabelMap> Read)> rows, SegmentationClasses classes)
    {
        var audit = new LabelAudit(classes, 0);
        foreach ((string name, Func<LabelMap> read) in rows)
        {
            audit.AddLabels(audit.Total++, name, read);
        }

        return audit;
    }

    private static int Spread(int i, int count, int total) => (int)((long)i * total / count);

    private static void InParallel(int count, CancellationToken cancellationToken, Action<int> body) =>
        Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, body);
}
