using GSS.Core;
using GSS.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

[TestClass]
public sealed class EvaluateTests
{
    private static readonly MLContext _ml = new();

    [TestMethod]
    [DataRow("plain")]
    [DataRow("absent_both")]
    [DataRow("absent_gt")]
    [DataRow("reduce_zero")]
    public void Metrics_equal_the_reference(string scene)
    {
        GoldenFile golden = GoldenFile.Open("h_metrics.safetensors");
        int classCount = (int)golden.Shape($"{scene}.areas0")[1];
        var rows = Enumerable.Range(0, (int)golden.Longs($"{scene}.n")[0]).Select(i => new Pair
        {
            Label = Map(golden.Longs($"{scene}.gt{i}"), golden.Shape($"{scene}.gt{i}"), scene == "reduce_zero"),
            PredictedLabel = Map(golden.Longs($"{scene}.pred{i}"), golden.Shape($"{scene}.gt{i}"), reduceZero: false),
        });
        var classes = new SegmentationClasses("Golden", [.. Enumerable.Range(0, classCount).Select(i => $"c{i}")]);
        SegmentationMetrics metrics = _ml.Segmentation().Evaluate(View(rows, classes, null));
        AssertClose(golden.Floats($"{scene}.aAcc"), [metrics.PixelAccuracy]);
        AssertClose(golden.Floats($"{scene}.IoU"), metrics.PerClass.Select(c => c.IoU));
        AssertClose(golden.Floats($"{scene}.Acc"), metrics.PerClass.Select(c => c.Accuracy));
        Assert.AreEqual("c1", metrics.PerClass[1].Name);
    }

    [TestMethod]
    public void Real_files_against_themselves_are_perfect()
    {
        using var folder = new StreetFolder();
        SegmentationMetrics metrics = _ml.Segmentation().Evaluate(folder.Load(_ml), predictedLabelColumnName: "Label");
        Assert.AreEqual(1.0, metrics.MeanIoU);
        Assert.AreEqual("Road", metrics.PerClass[1].Name);
    }

    [TestMethod]
    public void Class_names_come_from_the_prediction_where_the_labels_have_none()
    {
        SegmentationMetrics metrics = _ml.Segmentation().Evaluate(View([Row(0)], null, StreetFolder.Classes));
        Assert.AreEqual("Car", metrics.PerClass[2].Name);
    }

    [TestMethod]
    public void Photographs_are_not_read()
    {
        using var folder = new StreetFolder(2);
        IDataView view = folder.Load(_ml);
        File.WriteAllText(folder.ImagePath(1), "no photograph");
        Assert.AreEqual(1.0, _ml.Segmentation().Evaluate(view, "Label", "Label").PixelAccuracy);
    }

    [TestMethod]
    public void A_label_column_of_pictures_is_refused()
    {
        using var folder = new StreetFolder(1);
        Assert.AreEqual(
            "Column 'Image' holds pictures (MLImage), expected label maps (LabelMap): a label map is never a picture, because decoding, resizing and alpha change class ids without a word; "
            + "load it from its path with Transforms.LoadLabelMaps, or with LoadFromFolders.",
            Refused<ArgumentException>(folder.Load(_ml), "Image", "Label"));
    }

    [TestMethod]
    public void Missing_and_wrong_columns_are_named()
    {
        using var folder = new StreetFolder(1);
        Assert.AreEqual(
            "Column 'PredictedLabel' was not found (there are: ImagePath, Image, LabelPath, Label), expected a column of label maps (LabelMap): pass what model.Transform gives, or name another column in predictedLabelColumnName.",
            Refused<ArgumentException>(folder.Load(_ml), "Label", "PredictedLabel"));
        StringAssert.StartsWith(Refused<ArgumentException>(folder.Load(_ml), "LabelPath", "Label"), "Column 'LabelPath' is of type String, expected label maps (LabelMap): ");
    }

    [TestMethod]
    public void Rows_that_cannot_be_compared_are_named()
    {
        Pair other = Row(1);
        other.PredictedLabel = StreetFolder.LabelMapOf(4, 4, 0);
        string size = Refused<SegmentationDataException>(View([Row(0), other], StreetFolder.Classes, null));
        StringAssert.StartsWith(size, "Row 1, columns 'Label' and 'PredictedLabel': Found a prediction of 4x4 for a label map of 7x5");
        StringAssert.StartsWith(Refused<SegmentationDataException>(View([new Pair { Label = Row(0).Label }], StreetFolder.Classes, null)), "Row 0: column 'PredictedLabel' has no label map");
        StringAssert.Contains(Refused<SegmentationDataException>(View([], StreetFolder.Classes, null)), "has no rows");
    }

    [TestMethod]
    public void Unknown_and_different_classes_are_refused()
    {
        StringAssert.Contains(Refused<ArgumentException>(View([Row(0)], null, null)), "'SegmentationClasses' is missing");
        StringAssert.Contains(Refused<ArgumentException>(View([Row(0)], StreetFolder.Classes, SegmentationClasses.CamVid)), "CamVid11");
    }

    [TestMethod]
    public void Label_maps_of_ones_own_need_their_classes_for_training()
    {
        DataViewSchema schema = View([Row(0)], null, null).Schema;
        DataViewSchema.Column column = SchemaChecks.RequireLabelMap(schema, "Label");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => ColumnAnnotations.RequireClasses(column)).Message, "LoadLabelMaps");
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => SchemaChecks.RequireImage(schema, "Label")).Message, "Column 'Label' is of type LabelMap, expected images (MLImage)");
    }

    private static string Refused<TException>(IDataView view, string label = "Label", string predicted = "PredictedLabel")
        where TException : Exception =>
        Assert.ThrowsExactly<TException>(() => _ml.Segmentation().Evaluate(view, label, predicted)).Message;

    private static Pair Row(int i) => new() { Label = StreetFolder.LabelMapOf(6 + i, 5, i), PredictedLabel = StreetFolder.LabelMapOf(6 + i, 5, i) };

    private static IDataView View(IEnumerable<Pair> rows, SegmentationClasses? ofLabel, SegmentationClasses? ofPrediction)
    {
        var definition = SchemaDefinition.Create(typeof(Pair));
        foreach ((string column, SegmentationClasses? classes) in new[] { (nameof(Pair.Label), ofLabel), (nameof(Pair.PredictedLabel), ofPrediction) })
        {
            if (classes is not null)
            {
                definition[column].AddAnnotation("SegmentationClasses", classes.ToJson().AsMemory(), TextDataViewType.Instance);
            }
        }

        return _ml.Data.LoadFromEnumerable(rows, definition);
    }

    private static LabelMap Map(long[] values, long[] shape, bool reduceZero) =>
        new((int)shape[1], (int)shape[0], [.. values.Select(value => !reduceZero || value == LabelMap.Void ? (byte)value : value == 0 ? LabelMap.Void : (byte)(value - 1))]);

    private static void AssertClose(float[] expected, IEnumerable<double> found)
    {
        double[] values = [.. found];
        Assert.HasCount(expected.Length, values);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.IsTrue(double.IsNaN(values[i]) ? float.IsNaN(expected[i]) : Math.Abs(expected[i] - values[i]) <= 1e-6, $"{i}: expected {expected[i]}, found {values[i]}");
        }
    }

    private sealed class Pair
    {
        [LabelMapType]
        public LabelMap? Label { get; set; }

        [LabelMapType]
        public LabelMap? PredictedLabel { get; set; }
    }
}
