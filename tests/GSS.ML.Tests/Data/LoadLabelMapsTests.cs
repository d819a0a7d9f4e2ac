using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

[TestClass]
public sealed class LoadLabelMapsTests
{
    [TestMethod]
    public void Works_after_LoadImages_and_comes_back_from_a_file()
    {
        using var folder = new StreetFolder(3);
        var ml = new MLContext();
        IDataView table = Table(ml, 3);
        var chain = ml.Transforms.LoadImages("Image", folder.Images, "File")
            .Append(ml.Segmentation().Transforms.LoadLabelMaps("Label", folder.Labels, "File", StreetFolder.Classes));
        SchemaShape shape = chain.GetOutputSchema(ShapeOf(table));
        Assert.IsInstanceOfType<LabelMapDataViewType>(shape.Single(column => column.Name == "Label").ItemType);
        var fitted = chain.Fit(table);
        Check(folder, fitted.Transform(table));

        string path = Path.Combine(folder.Root, "chain.zip");
        ml.Model.Save(fitted, table.Schema, path);
        ITransformer loaded = new MLContext().Model.Load(path, out _);
        Check(folder, loaded.Transform(table));
    }

    [TestMethod]
    public void A_folder_is_optional_and_the_column_can_take_the_place_of_the_paths()
    {
        using var folder = new StreetFolder(2);
        var ml = new MLContext();
        IDataView table = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 2).Select(i => new Row { File = folder.LabelPath(i) }));
        IDataView loaded = ml.Segmentation().Transforms.LoadLabelMaps("File", null, null, StreetFolder.Classes).Fit(table).Transform(table);
        CollectionAssert.AreEqual(new[] { 0, 1 }, folder.Indices(StreetFolder.Read<LabelMap>(loaded, "File")));
    }

    [TestMethod]
    public void Nothing_is_read_before_it_is_asked_for()
    {
        using var folder = new StreetFolder(1);
        var ml = new MLContext();
        IDataView table = Table(ml, 3);
        IDataView loaded = ml.Segmentation().Transforms.LoadLabelMaps("Label", folder.Labels, "File", StreetFolder.Classes).Fit(table).Transform(table);
        Assert.HasCount(3, StreetFolder.Read<ReadOnlyMemory<char>>(loaded, "File"));
        string message = Assert.ThrowsExactly<SegmentationDataException>(() => StreetFolder.Read<LabelMap>(loaded, "Label")).Message;
        StringAssert.Contains(message, folder.LabelPath(1));
    }

    [TestMethod]
    public void Data_without_paths_passes_through()
    {
        using var folder = new StreetFolder(1);
        var ml = new MLContext();
        LabelMapLoadingTransformer transformer = ml.Segmentation().Transforms.LoadLabelMaps("Label", folder.Labels, "File", StreetFolder.Classes).Fit(Table(ml, 1));
        IDataView other = ml.Data.LoadFromEnumerable([new NumberRow { Number = 7 }]);
        IDataView passed = transformer.Transform(other);
        Assert.IsNull(passed.Schema.GetColumnOrNull("Label"));
        Assert.AreEqual(7, StreetFolder.Read<int>(passed, "Number")[0]);
    }

    [TestMethod]
    public void Wrong_columns_and_empty_paths_are_named()
    {
        var ml = new MLContext();
        LabelMapLoader loader = ml.Segmentation().Transforms.LoadLabelMaps("Label", "labels", "Number", StreetFolder.Classes);
        IDataView numbers = ml.Data.LoadFromEnumerable([new NumberRow()]), table = Table(ml, 1);
        string wrongType = Assert.ThrowsExactly<ArgumentException>(() => loader.Fit(numbers)).Message;
        Assert.AreEqual("Column 'Number' is of type Int32, expected text: name the column of the paths of the label files in inputColumnName.", wrongType);
        Assert.AreEqual(wrongType, Assert.ThrowsExactly<ArgumentException>(() => loader.GetOutputSchema(ShapeOf(numbers))).Message);
        string missing = Assert.ThrowsExactly<ArgumentException>(() => loader.Fit(table)).Message;
        Assert.AreEqual("Column 'Number' was not found (there are: File), expected a column of text: name the column of the paths of the label files in inputColumnName.", missing);

        IDataView blank = ml.Data.LoadFromEnumerable([new Row { File = " " }]);
        IDataView loaded = ml.Segmentation().Transforms.LoadLabelMaps("Label", "labels", "File", StreetFolder.Classes).Fit(blank).Transform(blank);
        StringAssert.StartsWith(Assert.ThrowsExactly<SegmentationDataException>(() => StreetFolder.Read<LabelMap>(loaded, "Label")).Message, "Column 'File' is empty in row 0");
    }

    private static void Check(StreetFolder folder, IDataView view)
    {
        Assert.AreEqual(StreetFolder.Classes, ColumnAnnotations.RequireClasses(view.Schema["Label"]));
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, folder.Indices(StreetFolder.Read<LabelMap>(view, "Label")));
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<MLImage> readImage = cursor.GetGetter<MLImage>(view.Schema["Image"]);
        MLImage image = null!;
        for (int i = 0; cursor.MoveNext(); i++)
        {
            readImage(ref image);
            Assert.IsTrue(StreetFolder.Photograph(6 + i, 5, seed: i).Pixels.SequenceEqual(MLImages.ToRgb(image).Pixels));
        }

        image.Dispose();
    }

    private static IDataView Table(MLContext ml, int count) => ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Row { File = $"{i}.png" }));

    private static SchemaShape ShapeOf(IDataView view) => SchemaShapes.Add(new SchemaShape([]), view.Schema.Select(column => new DataViewSchema.DetachedColumn(column)));

    private sealed class Row
    {
        public string File { get; set; } = "";
    }

    private sealed class NumberRow
    {
        public int Number { get; set; }
    }
}
