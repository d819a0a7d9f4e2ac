using System.Globalization;
using System.Text;

namespace GSS.Core;

/// <summary>
/// What is found in the label maps of a data set before anything is trained on them: pixels of each class, files that cannot be used, and likely mistakes that no single file shows.
/// <c>segmentation.Audit(data)</c> makes it.
/// </summary>
[TypeFormatterSource(typeof(LabelAuditReportHtml))]
public sealed class LabelAuditReport
{
    /// <summary>How many faults are listed at most.</summary>
    internal const int MostFaults = 100;

    internal LabelAuditReport(LabelAudit audit)
    {
        (Classes, LookedAt, Total) = (audit.Classes, audit.LookedAt, audit.Total);
        long all = audit.Pixels.Sum();
        ClassShare Of(int id, string name) => new(name, audit.Pixels[id], all, audit.Maps[id]);
        PerClass = Array.AsReadOnly([.. Classes.Names.Select((name, id) => Of(id, name))]);
        Void = Of(LabelMap.Void, "void");
        Warnings = Array.AsReadOnly([.. LabelWarnings.Of(audit)]);
        IReadOnlyList<(string Source, SegmentationDataException Fault)> faults = audit.Faults;
        FaultCount = faults.Count;
        Faults = Array.AsReadOnly([.. faults.Take(MostFaults).Select(fault => new LabelFault(fault.Source, fault.Fault.Message))]);
    }

    /// <summary>The classes that the label maps were read with.</summary>
    public SegmentationClasses Classes { get; }

    /// <summary>How many label maps were read, those with a fault among them: all files up to 2000, and that many, evenly spread, of more; all rows of data that is no list of files.</summary>
    public int LookedAt { get; }

    /// <summary>How many label maps the data has.</summary>
    public int Total { get; }

    /// <summary>Pixels of each class in the label maps that were read, in id order.</summary>
    public IReadOnlyList<ClassShare> PerClass { get; }

    /// <summary>Pixels of void, which no loss and no metric counts.</summary>
    public ClassShare Void { get; }

    /// <summary>A sentence for each likely mistake, with what to write or do: the same that a trainer's <c>Fit</c> logs. None where all is well.</summary>
    /// <remarks>They speak of label maps without fault alone, so look again when the faults are mended.</remarks>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Files or rows that cannot be used, in the order of the data; training would stop at one of them. At most 100 are listed, <see cref="FaultCount"/> counts them all.</summary>
    public IReadOnlyList<LabelFault> Faults { get; }

    /// <summary>How many files or rows cannot be used.</summary>
    public int FaultCount { get; }

    /// <summary>A table with pixels, their share in percent, and label maps of each class and of void; below it a line with the counts, and a line for each fault and warning. A share of nothing shows as a dash.</summary>
    public override string ToString()
    {
        ClassShare[] rows = [.. PerClass, Void];
        int width = rows.Append(new("class", 0, 0, 0)).Max(row => row.Name.Length);
        var table = new StringBuilder();
        table.Append("class".PadRight(width)).Append("          pixels  share %  label maps\n");
        table.Append('-', width + 37).Append('\n');
        foreach (ClassShare row in rows)
        {
            string share = double.IsNaN(row.Share) ? "-" : (100 * row.Share).ToString("0.00", CultureInfo.InvariantCulture);
            table.Append(CultureInfo.InvariantCulture, $"{row.Name.PadRight(width)}{row.Pixels,16}{share,9}{row.LabelMaps,12}\n");
        }

        table.Append('-', width + 37).Append('\n').Append(ToLine());
        foreach (string line in Findings())
        {
            table.Append('\n').Append(line);
        }

        return table.ToString();
    }

    /// <summary>The counts in one line, as <c>367 of 367 label maps looked at: 0 faults, 1 warning</c>.</summary>
    public string ToLine() => string.Create(CultureInfo.InvariantCulture, $"{LookedAt} of {Total} label maps looked at: {Count(FaultCount, "fault")}, {Count(Warnings.Count, "warning")}");

    /// <summary>A line for each fault and each warning.</summary>
    internal IEnumerable<string> Findings() =>
    [
        .. Faults.Select(fault => $"fault: {fault}"),
        .. FaultCount > Faults.Count ? [string.Create(CultureInfo.InvariantCulture, $"and {Count(FaultCount - Faults.Count, "more fault")}")] : Array.Empty<string>(),
        .. Warnings.Select(warning => $"warning: {warning}"),
    ];

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}

/// <summary>How much of the label maps a class, or void, has.</summary>
public sealed class ClassShare
{
    internal ClassShare(string name, long pixels, long allPixels, int labelMaps) => (Name, Pixels, Share, LabelMaps) = (name, pixels, (double)pixels / allPixels, labelMaps);

    /// <summary>The class's name, or <c>void</c>.</summary>
    public string Name { get; }

    /// <summary>Pixels in all label maps that were read.</summary>
    public long Pixels { get; }

    /// <summary>These as a share of all pixels, void among them, 0..1; not a number where no pixel was read.</summary>
    public double Share { get; }

    /// <summary>How many label maps have such a pixel.</summary>
    public int LabelMaps { get; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Name}: {100 * Share:0.00} % of the pixels, in {LabelMaps} label maps");
}

/// <summary>A file or row that cannot be used.</summary>
public sealed class LabelFault
{
    internal LabelFault(string source, string message) => (Source, Message) = (source, message);

    /// <summary>The path of the file, a label map or a photograph, or the row where the data is no list of files, as <c>row 3</c>.</summary>
    public string Source { get; }

    /// <summary>A sentence with what was found, what was expected and how to mend it.</summary>
    public string Message { get; }

    /// <summary>The sentence, and the source before it where the sentence does not name it.</summary>
    public override string ToString() => Message.Contains(Source, StringComparison.OrdinalIgnoreCase) ? Message : $"{Source}: {Message}";
}
