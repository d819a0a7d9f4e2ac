using System.Xml.Linq;
using GSS.Tests;

namespace GSS.Core.Tests;

/// <summary>What an audit shows: counts against those of a plain loop, the table, the notebook's form, and how much is listed.</summary>
[TestClass]
public sealed class LabelAuditReportTests
{
    private static readonly SegmentationClasses Classes = new("Three", ["soil", "a<b>", "weed"], [new(1, 2, 3), new(4, 5, 6), new(7, 8, 9)]);

    private static SegmentationFiles Write(TestFolder folder, params int[][] labels)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            folder.Write($"images/{i:d4}.png", TestPng.Rgb(labels[i].Length, 1, (x, y) => ((byte)x, (byte)y, 9)));
            folder.Write($"labels/{i:d4}.png", TestPng.Grey(labels[i].Length, 1, (x, _) => labels[i][x]));
        }

        return SegmentationFiles.FromFolders(folder.File("images"), folder.File("labels"), Classes);
    }

    [TestMethod]
    public void ToString_IsATable_WithFaultsAndWarnings()
    {
        using var folder = new TestFolder();
        SegmentationFiles files = Write(folder, [0, 0, 0, 1, 255], [0, 1, 1], [0, 9], [0, 0]);
        var report = new LabelAuditReport(LabelAudit.OfFiles(files));
        string expected = $"""
            class          pixels  share %  label maps
            ------------------------------------------
            soil                6    60.00           3
            a<b>                3    30.00           2
            weed                0     0.00           0
            void                1    10.00           1
            ------------------------------------------
            4 of 4 label maps looked at: 1 fault, 1 warning
            fault: {Assert.ThrowsExactly<SegmentationDataException>(() => files.ReadLabels(2)).Message}
            warning: 1 of 3 classes have no pixel in 3 label maps (of 4, the others cannot be read) and will never be learned: 'weed'; where files hold such a class under another value, name the value in the classes' JSON, as in "idMap": <7> with all other values, else leave the class out or add images that show it.
            """;
        Assert.AreEqual(expected.ReplaceLineEndings("\n").Replace("<7>", """{ "7": "weed" }""", StringComparison.Ordinal), report.ToString());
        Assert.AreEqual((4, 4, 1), (report.LookedAt, report.Total, report.FaultCount));
        Assert.AreEqual(files.Pairs[2].LabelPath, report.Faults.Single().Source);
        Assert.AreEqual("soil: 60.00 % of the pixels, in 3 label maps", report.PerClass[0].ToString());
    }

    [TestMethod]
    public void Notebook_ShowsARowForEachClassAndVoid_AndWhatWasFound()
    {
        using var folder = new TestFolder();
        var report = new LabelAuditReport(LabelAudit.OfFiles(Write(folder, [0, 0, 0, 1, 255], [0, 1, 1, 2, 1], [9, 9])));
        XElement html = NotebookKernel.Show(report);
        string[][] rows = [.. html.Descendants("tr").Select(row => row.Elements().Select(cell => cell.Value).ToArray())];
        CollectionAssert.AreEqual(new[] { "", "class", "", "share %", "pixels", "label maps" }, rows[0]);
        CollectionAssert.AreEqual(new[] { "", "a<b>", "", "40.0", "4", "2" }, rows[2]);
        CollectionAssert.AreEqual(new[] { "", "void", "", "10.0", "1", "1" }, rows[4]);
        CollectionAssert.AreEqual(new[] { report.ToLine(), $"fault: {report.Faults.Single().Message}" }, html.Elements("div").Select(line => line.Value).ToArray());
    }

    [TestMethod]
    public void NothingReadable_IsDashesAndFaults_AndOnlySomeAreListed()
    {
        using var folder = new TestFolder();
        int count = LabelAuditReport.MostFaults + 3;
        SegmentationFiles files = Write(folder, [.. Enumerable.Repeat(new[] { 9 }, count)]);
        var report = new LabelAuditReport(LabelAudit.OfFiles(files));
        Assert.AreEqual((count, LabelAuditReport.MostFaults), (report.FaultCount, report.Faults.Count));
        CollectionAssert.AreEqual(files.Pairs.Take(LabelAuditReport.MostFaults).Select(pair => pair.LabelPath).ToArray(), report.Faults.Select(fault => fault.Source).ToArray());
        Assert.IsEmpty(report.Warnings, "of what cannot be read nothing is known");
        StringAssert.Contains(report.ToString(), "soil                0        -           0");
        StringAssert.EndsWith(report.ToString(), "\nand 3 more faults");
    }

    [TestMethod]
    public void LargeSet_IsReadEvenlySpread_AndOfTheRestTheHeaders()
    {
        using var folder = new TestFolder();
        int[][] labels = [.. Enumerable.Range(0, 10).Select(_ => new[] { 0, 1, 2 })];
        SegmentationFiles files = Write(folder, labels);

        // Of ten the maps 0, 2, 5 and 7 are read for four: odd values are seen there alone, another size everywhere.
        folder.Write("labels/0002.png", TestPng.Grey(3, 1, (_, _) => 9));
        folder.Write("labels/0003.png", TestPng.Grey(3, 1, (_, _) => 9));
        folder.Write("labels/0008.png", TestPng.Grey(3, 2, (_, _) => 0));
        folder.Write("images/0009.png", [1, 2, 3]);
        var report = new LabelAuditReport(LabelAudit.OfFiles(files, most: 4));
        Assert.AreEqual((4, 10), (report.LookedAt, report.Total));
        Assert.AreEqual((3L, 1 / 3.0, 3), (report.PerClass[1].Pixels, report.PerClass[1].Share, report.PerClass[1].LabelMaps));
        CollectionAssert.AreEqual(
            new[] { "labels/0002.png", "labels/0008.png", "images/0009.png" },
            report.Faults.Select(fault => Path.GetRelativePath(folder.Path, fault.Source).Replace('\\', '/')).ToArray());
        StringAssert.Contains(report.Faults[1].Message, "is 3x2 but its photograph '");
        Assert.ThrowsExactly<OperationCanceledException>(() => LabelAudit.OfFiles(files, cancellationToken: new CancellationToken(canceled: true)));
    }
}
