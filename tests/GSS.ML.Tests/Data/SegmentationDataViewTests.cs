using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

[TestClass]
public sealed class SegmentationDataViewTests
{
    [TestMethod]
    public void Columns_hold_what_the_files_hold()
    {
        using var folder = new StreetFolder();
        IDataView view = folder.Load();
        CollectionAssert.AreEqual(new[] { "ImagePath", "Image", "LabelPath", "Label" }, view.Schema.Select(column => column.Name).ToArray());
        Assert.AreEqual(5L, view.GetRowCount());
        List<LabelMap> labels = StreetFolder.Read<LabelMap>(view, "Label");
        List<MLImage> images = StreetFolder.Read<MLImage>(view, "Image");
        List<ReadOnlyMemory<char>> paths = StreetFolder.Read<ReadOnlyMemory<char>>(view, "LabelPath");
        for (int i = 0; i < folder.Count; i++)
        {
            Assert.AreEqual(StreetFolder.LabelMapOf(6 + i, 5, seed: i), labels[i]);
            Assert.AreEqual(LabelReader.Read(folder.LabelPath(i), StreetFolder.Classes), labels[i]);
            Assert.IsTrue(StreetFolder.Photograph(6 + i, 5, seed: i).Pixels.SequenceEqual(MLImages.ToRgb(images[i]).Pixels));
            Assert.AreEqual(folder.ImagePath(i), images[i].Tag);
            Assert.AreEqual(folder.LabelPath(i), paths[i].ToString());
            images[i].Dispose();
        }
    }

    [TestMethod]
    public void Labels_carry_their_classes()
    {
        using var folder = new StreetFolder(1);
        DataViewSchema.Column column = folder.Load().Schema["Label"];
        Assert.AreEqual(StreetFolder.Classes, ColumnAnnotations.RequireClasses(column));
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        CollectionAssert.AreEqual(new[] { "Sky", "Road", "Car" }, names.DenseValues().Select(name => name.ToString()).ToArray());
        VBuffer<byte> colors = default;
        column.Annotations.GetValue("ClassColors", ref colors);
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3, 40, 50, 60, 255, 0, 7 }, colors.DenseValues().ToArray());
    }

    [TestMethod]
    public void Only_what_is_asked_for_is_read()
    {
        using var folder = new StreetFolder(2);
        IDataView view = folder.Load();
        File.WriteAllText(folder.ImagePath(1), "no photograph");
        Assert.HasCount(2, StreetFolder.Read<LabelMap>(view, "Label"));
        string message = Assert.ThrowsExactly<SegmentationDataException>(() => StreetFolder.Read<MLImage>(view, "Image")).Message;
        StringAssert.Contains(message, folder.ImagePath(1));

        ImageWriter.SavePng(StreetFolder.Photograph(7, 5, 1), folder.ImagePath(1));
        File.Delete(folder.LabelPath(1));
        Assert.HasCount(2, StreetFolder.Read<MLImage>(view, "Image"));
        message = Assert.ThrowsExactly<SegmentationDataException>(() => StreetFolder.Read<LabelMap>(view, "Label")).Message;
        StringAssert.Contains(message, folder.LabelPath(1));
    }

    [TestMethod]
    public void Exif_orientation_is_applied()
    {
        using var folder = new StreetFolder(1);
        string path = Path.Combine(folder.Root, "turned.jpg");
        File.WriteAllBytes(path, StreetFolder.TurnedJpeg());
        IDataView view = new MLContext().Segmentation().LoadFromFiles([(path, folder.LabelPath(0))], StreetFolder.Classes);
        using MLImage image = StreetFolder.Read<MLImage>(view, "Image")[0];
        Assert.AreEqual((16, 32), (image.Width, image.Height));
        RgbImage rgb = MLImages.ToRgb(image);
        // The left half of the file is the upper half of the upright picture.
        Assert.IsGreaterThan(200, rgb.Pixels[3 * ((4 * 16) + 8)]);
        Assert.IsLessThan(60, rgb.Pixels[3 * ((28 * 16) + 8)]);
    }

    [TestMethod]
    public void Two_cursors_do_not_disturb_each_other()
    {
        using var folder = new StreetFolder(3);
        IDataView view = folder.Load();
        using DataViewRowCursor first = view.GetRowCursor(view.Schema), second = view.GetRowCursor(view.Schema);
        Assert.IsTrue(first.MoveNext() && first.MoveNext() && second.MoveNext());
        LabelMap ofFirst = null!, ofSecond = null!;
        first.GetGetter<LabelMap>(view.Schema["Label"])(ref ofFirst);
        second.GetGetter<LabelMap>(view.Schema["Label"])(ref ofSecond);
        CollectionAssert.AreEqual(new[] { 1, 0 }, folder.Indices([ofFirst, ofSecond]));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(4)]
    [DataRow(9)]
    public void A_set_of_cursors_shares_the_rows_and_says_their_order(int n)
    {
        using var folder = new StreetFolder();
        IDataView view = folder.Load();
        foreach (Random? random in new[] { null, new Random(5) })
        {
            var rows = new List<(long Batch, ulong Id)>();
            foreach (DataViewRowCursor cursor in view.GetRowCursorSet([view.Schema["Label"]], n, random))
            {
                using (cursor)
                {
                    ValueGetter<DataViewRowId> readId = cursor.GetIdGetter();
                    for (long position = 0; cursor.MoveNext(); position++)
                    {
                        Assert.AreEqual(position, cursor.Position);
                        DataViewRowId id = default;
                        readId(ref id);
                        rows.Add((cursor.Batch, id.Low));
                    }
                }
            }

            Assert.HasCount(rows.Count, rows.Select(row => row.Batch).Distinct().ToList());
            ulong[] inOrder = [.. rows.OrderBy(row => row.Batch).Select(row => row.Id)];
            CollectionAssert.AreEqual(Enumerable.Range(0, 5).Select(i => (ulong)i).ToArray(), inOrder.Order().ToArray());
            Assert.AreEqual(random is null, inOrder.SequenceEqual(inOrder.Order()));
        }
    }

    [TestMethod]
    public void Take_skip_and_filter_work()
    {
        using var folder = new StreetFolder(8);
        var ml = new MLContext(seed: 1);
        IDataView view = folder.Load(ml);
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, folder.Indices(StreetFolder.Read<LabelMap>(ml.Data.TakeRows(view, 3), "Label")));
        CollectionAssert.AreEqual(new[] { 6, 7 }, folder.Indices(StreetFolder.Read<LabelMap>(ml.Data.SkipRows(view, 6), "Label")));
        // ML.NET leaves out the rows for which the predicate is true.
        IDataView filtered = ml.Data.FilterByCustomPredicate<PathRow>(view, row => row.ImagePath.EndsWith("3.png", StringComparison.Ordinal));
        Assert.HasCount(7, StreetFolder.Read<LabelMap>(filtered, "Label"));
    }

    [TestMethod]
    public void Rows_are_shuffled_by_the_seed()
    {
        using var folder = new StreetFolder(8);
        IDataView view = folder.Load();
        List<int> shuffled = folder.Indices(StreetFolder.Read<LabelMap>(view, "Label", new Random(4)));
        CollectionAssert.AreEqual(shuffled, folder.Indices(StreetFolder.Read<LabelMap>(view, "Label", new Random(4))));
        CollectionAssert.AreNotEqual(Enumerable.Range(0, 8).ToList(), shuffled);
        CollectionAssert.AreEqual(Enumerable.Range(0, 8).ToList(), shuffled.Order().ToList());
    }

    [TestMethod]
    public void ShuffleRows_keeps_the_paths_and_LoadLabelMaps_goes_on_from_there()
    {
        using var folder = new StreetFolder(8);
        var ml = new MLContext(seed: 1);
        IDataView shuffled = ml.Data.ShuffleRows(folder.Load(ml), seed: 4);
        IDataView loaded = ml.Segmentation().Transforms.LoadLabelMaps("Label", null, "LabelPath", StreetFolder.Classes).Fit(shuffled).Transform(shuffled);
        List<int> order = folder.Indices(StreetFolder.Read<LabelMap>(loaded, "Label"));
        CollectionAssert.AreNotEqual(Enumerable.Range(0, 8).ToList(), order);
        CollectionAssert.AreEqual(Enumerable.Range(0, 8).ToList(), order.Order().ToList());
    }

    [TestMethod]
    public void Rows_as_objects()
    {
        using var folder = new StreetFolder(3);
        var ml = new MLContext();
        List<LabelRow> rows = [.. ml.Data.CreateEnumerable<LabelRow>(folder.Load(ml), reuseRowObject: false)];
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, folder.Indices(rows.Select(row => row.Label)));
    }

    [TestMethod]
    public void Values_before_the_first_row_and_columns_not_asked_for_are_errors()
    {
        using var folder = new StreetFolder(1);
        IDataView view = folder.Load();
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Label"]]);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<MLImage>(view.Schema["Image"])).Message, "'Image'");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<int>(view.Schema["Label"])).Message, "LabelMap");
        ValueGetter<LabelMap> read = cursor.GetGetter<LabelMap>(view.Schema["Label"]);
        LabelMap label = null!;
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => read(ref label)).Message, "MoveNext");
        Assert.IsTrue(cursor.MoveNext());
        read(ref label);
        Assert.IsFalse(cursor.MoveNext());
        Assert.IsFalse(cursor.MoveNext());
    }

    [TestMethod]
    public void A_missing_partner_and_an_empty_folder_are_named()
    {
        using var folder = new StreetFolder(2);
        File.Delete(folder.LabelPath(1));
        StringAssert.Contains(Assert.ThrowsExactly<SegmentationDataException>(() => folder.Load()).Message, "1.png");
        Directory.CreateDirectory(Path.Combine(folder.Root, "empty"));
        string message = Assert.ThrowsExactly<SegmentationDataException>(
            () => new MLContext().Segmentation().LoadFromFolders(Path.Combine(folder.Root, "empty"), folder.Labels, StreetFolder.Classes)).Message;
        StringAssert.Contains(message, "empty");
    }

    private sealed class PathRow
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class LabelRow
    {
        [LabelMapType]
        public LabelMap Label { get; set; } = null!;
    }
}
