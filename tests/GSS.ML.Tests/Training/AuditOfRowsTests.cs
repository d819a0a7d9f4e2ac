using GSS.Core;
using GSS.Tests;
using Microsoft.ML;

namespace GSS.ML.Tests;

/// <summary>Data that is no list of files through <c>Audit</c>: rows in memory, rows that were filtered, ML.NET's own pictures beside our label maps.</summary>
[TestClass]
public sealed class AuditOfRowsTests
{
    private static SegmentationCatalog Segmentation => TinyScenes.Segmentation;

    private static SegmentationSample Sample(int number)
    {
        (RgbImage image, LabelMap labels) = TinyScenes.Draw(number);
        return new() { Image = TinyScenes.ToMLImage(image), Label = labels };
    }

    private static string Counts(LabelAuditReport report) => string.Join(' ', report.PerClass.Append(report.Void).Select(row => $"{row.Pixels}/{row.LabelMaps}"));

    [TestMethod]
    public void Rows_in_memory_and_filtered_rows_are_counted_as_the_same_files_are()
    {
        LabelAuditReport files = Segmentation.Audit(TinyScenes.Data);
        long[] expected = new long[256];
        foreach (byte id in Enumerable.Range(0, TinyScenes.Count).SelectMany(i => TinyScenes.Draw(i).Labels.Ids.ToArray()))
        {
            expected[id]++;
        }

        Assert.AreEqual($"{expected[0]}/7 {expected[1]}/7 {expected[2]}/7 {expected[255]}/7", Counts(files));
        LabelAuditReport rows = Segmentation.Audit(Segmentation.LoadFromEnumerable(Enumerable.Range(0, TinyScenes.Count).Select(Sample), TinyScenes.Classes));
        Assert.AreEqual(files.ToString(), rows.ToString());
        DataOperationsCatalog.TrainTestData parts = TinyScenes.Context.Data.TrainTestSplit(TinyScenes.Data, 0.4, seed: 1);
        LabelAuditReport train = Segmentation.Audit(parts.TrainSet), test = Segmentation.Audit(parts.TestSet);
        Assert.AreEqual((TinyScenes.Count, files.Void.Pixels), (train.Total + test.Total, train.Void.Pixels + test.Void.Pixels));
    }

    [TestMethod]
    public void Every_faulty_row_is_told()
    {
        SegmentationSample[] samples = [.. Enumerable.Range(0, 6).Select(Sample)];
        samples[1].Label = new LabelMap(2, 2, [0, 1, 2, 255]);
        samples[2].Label = null;
        samples[3].Image = null;
        samples[4].Label = new LabelMap(48, 36, [.. Enumerable.Repeat((byte)7, 48 * 36)]);
        LabelAuditReport report = Segmentation.Audit(Segmentation.LoadFromEnumerable(samples, TinyScenes.Classes));
        string[] expected =
        [
            "row 1: The label map in row 1 of the columns 'Image' and 'Label' is 2x2 but its image is 48x36: resize one of them",
            "row 2: Column 'Label' has no LabelMap in row 2 (null)",
            "row 3: Column 'Image' has no image in row 3 (null)",
            "row 4: The label map in row 4 of column 'Label' has the class id 7 at (0, 0)",
        ];
        string[] found = [.. report.Faults.Select(fault => $"{fault.Source}: {fault.Message}")];
        Assert.HasCount(expected.Length, found, string.Join('\n', found));
        for (int i = 0; i < expected.Length; i++)
        {
            StringAssert.StartsWith(found[i], expected[i]);
        }

        Assert.AreEqual((6, 6, 2), (report.Total, report.LookedAt, report.PerClass[0].LabelMaps));
    }

    [TestMethod]
    public void Files_in_a_pipeline_of_ML_NET_are_told_too()
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < 5; i++)
        {
            (RgbImage image, LabelMap labels) = TinyScenes.Draw(i);
            ImageWriter.SavePng(image, folder.File($"photo{i}.png"));
            LabelWriter.SavePng(labels, TinyScenes.Classes, folder.File($"label{i}.png"));
        }

        File.WriteAllText(folder.File("photo1.png"), "no picture");
        File.Delete(folder.File("photo2.png"));
        File.WriteAllText(folder.File("label3.png"), "no label map");
        var ml = new MLContext();
        IDataView table = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 5).Select(i => new Row { Photo = $"photo{i}.png", Truth = $"label{i}.png" }));
        IDataView data = ml.Transforms.LoadImages("Picture", folder.FullName, "Photo")
            .Append(ml.Segmentation().Transforms.LoadLabelMaps("Labels", folder.FullName, "Truth", TinyScenes.Classes)).Fit(table).Transform(table);
        LabelAuditReport report = ml.Segmentation().Audit(data, "Picture", "Labels");
        CollectionAssert.AreEqual(new[] { "row 1", "row 2", "row 3" }, report.Faults.Select(fault => fault.Source).ToArray());
        StringAssert.Contains(report.Faults[2].Message, "label3.png' cannot be read");
        Assert.IsTrue(report.Faults.All(fault => fault.Message.Length > 10), string.Join('\n', report.Faults));
    }

    [TestMethod]
    public void What_cannot_be_looked_at_is_refused()
    {
        IDataView data = TinyScenes.Data;
        string Message<T>(IDataView? view, string image = "Image", string labels = "Label")
            where T : Exception => Assert.ThrowsExactly<T>(() => Segmentation.Audit(view!, image, labels)).Message;
        StringAssert.Contains(Message<ArgumentException>(data, image: "Photo"), "name another column in imageColumnName");
        StringAssert.Contains(Message<ArgumentException>(data, labels: "Truth"), "name another column in labelColumnName");
        StringAssert.Contains(Message<ArgumentException>(data, labels: "Image"), "a label map is never a picture");
        Message<ArgumentNullException>(null);
        StringAssert.Contains(Message<ArgumentException>(TinyScenes.Context.Data.LoadFromEnumerable(new[] { Sample(0) })), "does not say what its class ids mean");
        StringAssert.Contains(Message<SegmentationDataException>(TinyScenes.Context.Data.SkipRows(data, TinyScenes.Count)), "has no rows");
        var cancelled = new CancellationToken(canceled: true);
        Assert.ThrowsExactly<OperationCanceledException>(() => Segmentation.Audit(data, cancellationToken: cancelled));
        Assert.ThrowsExactly<OperationCanceledException>(() => Segmentation.Audit(TinyScenes.Context.Data.TakeRows(data, 1), cancellationToken: cancelled));
    }

    private sealed class Row
    {
        public string Photo { get; set; } = "";

        public string Truth { get; set; } = "";
    }
}
