using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>What a fitted model does with rows.</summary>
[TestClass]
public sealed class TransformerTests
{
    [TestMethod]
    public void Masks_are_those_of_the_model_underneath_in_row_order_at_the_size_of_each_image()
    {
        List<LabelMap> masks = TinyScenes.Column<LabelMap>(TinyScenes.Model.Transform(TinyScenes.Data), "PredictedLabel");
        Assert.HasCount(TinyScenes.Count, masks);
        for (int i = 0; i < masks.Count; i++)
        {
            RgbImage image = TinyScenes.Draw(i).Image;
            Assert.AreEqual((image.Width, image.Height), (masks[i].Width, masks[i].Height));
            Assert.AreEqual(TinyScenes.Model.Model.Predict(image).Labels, masks[i]);
        }
    }

    [TestMethod]
    public void Maskige_and_confidence_are_given_on_request()
    {
        IDataView scored = TinyScenes.Model.Transform(TinyScenes.Data);
        SegmentationResult expected = TinyScenes.Model.Model.Predict(TinyScenes.Draw(2).Image, SegmentationOutputs.Maskige | SegmentationOutputs.Confidence);
        CollectionAssert.AreEqual(expected.Confidence, TinyScenes.Column<VBuffer<float>>(scored, "Confidence")[2].DenseValues().ToArray());
        using MLImage maskige = TinyScenes.Column<MLImage>(scored, "Maskige")[2];
        Assert.IsTrue(TinyScenes.ToMLImage(expected.Maskige!).Pixels.SequenceEqual(maskige.Pixels));
    }

    [TestMethod]
    public void The_predicted_label_column_carries_the_class_names()
    {
        DataViewSchema.Column column = TinyScenes.Model.GetOutputSchema(TinyScenes.Data.Schema)["PredictedLabel"];
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        CollectionAssert.AreEqual(TinyScenes.Classes.Names.ToArray(), names.DenseValues().Select(name => name.ToString()).ToArray());
    }

    [TestMethod]
    public void Columns_that_nobody_asks_for_are_never_computed()
    {
        // Without an image nothing could be computed.
        IDataView data = TinyScenes.Context.Data.LoadFromEnumerable([new Photo { Name = "a" }, new Photo { Name = "b" }]);
        List<ReadOnlyMemory<char>> names = TinyScenes.Column<ReadOnlyMemory<char>>(TinyScenes.Model.Transform(data), "Name");
        CollectionAssert.AreEqual(new[] { "a", "b" }, names.Select(name => name.ToString()).ToArray());
    }

    [TestMethod]
    public void Columns_that_pass_through_keep_to_their_rows_beside_predictions()
    {
        // An image, a vector, a text and the row's id, read together with what is computed for whole batches.
        IDataView numbered = TinyScenes.Context.Transforms.CustomMapping<Photo, Numbered>((photo, number) => number.Numbers = [photo.Name.Length, 7], null)
            .Fit(Photos()).Transform(Photos());
        IDataView scored = TinyScenes.Model.Transform(numbered);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        ValueGetter<MLImage> readImage = cursor.GetGetter<MLImage>(scored.Schema["Image"]);
        ValueGetter<VBuffer<float>> readNumbers = cursor.GetGetter<VBuffer<float>>(scored.Schema["Numbers"]);
        ValueGetter<ReadOnlyMemory<char>> readName = cursor.GetGetter<ReadOnlyMemory<char>>(scored.Schema["Name"]);
        ValueGetter<LabelMap> readMask = cursor.GetGetter<LabelMap>(scored.Schema["PredictedLabel"]);
        ValueGetter<DataViewRowId> readId = cursor.GetIdGetter();
        var ids = new HashSet<DataViewRowId>();
        MLImage image = null!;
        VBuffer<float> numbers = default;
        ReadOnlyMemory<char> name = default;
        LabelMap mask = null!;
        DataViewRowId id = default;
        int row = 0;
        for (; cursor.MoveNext(); row++)
        {
            readMask(ref mask);
            readImage(ref image);
            readNumbers(ref numbers);
            readName(ref name);
            readId(ref id);
            RgbImage drawn = TinyScenes.Draw(row).Image;
            Assert.IsTrue(drawn.Pixels.SequenceEqual(MLImages.ToRgb(image).Pixels), $"image of row {row}");
            Assert.AreEqual(new string('x', row), name.ToString());
            CollectionAssert.AreEqual(new float[] { row, 7 }, numbers.DenseValues().ToArray());
            Assert.AreEqual(TinyScenes.Model.Model.Predict(drawn).Labels, mask);
            Assert.AreEqual(row, cursor.Position);
            Assert.IsTrue(ids.Add(id), $"id of row {row}");
        }

        Assert.AreEqual(TinyScenes.Count, row);
        image.Dispose();

        static IDataView Photos() => TinyScenes.Context.Data.LoadFromEnumerable(
            Enumerable.Range(0, TinyScenes.Count).Select(i => new Photo { Image = TinyScenes.ToMLImage(TinyScenes.Draw(i).Image), Name = new string('x', i) }));
    }

    [TestMethod]
    public void A_row_without_image_is_one_error_that_names_column_and_row()
    {
        IDataView data = TinyScenes.Context.Data.LoadFromEnumerable([new Photo { Image = TinyScenes.ToMLImage(TinyScenes.Draw(0).Image) }, new Photo()]);
        var error = Assert.Throws<InvalidOperationException>(() => TinyScenes.Column<LabelMap>(TinyScenes.Model.Transform(data), "PredictedLabel"));
        Assert.AreEqual("Column 'Image' has no image in row 1 (null), expected one in every row: fill the column, or remove the row before this step.", error.Message);
    }

    [TestMethod]
    public void Taking_a_row_reads_one_batch()
    {
        int read = 0;
        IEnumerable<Photo> Photos()
        {
            for (int i = 0; i < 100; i++)
            {
                read++;
                yield return new Photo { Image = TinyScenes.ToMLImage(TinyScenes.Draw(i).Image) };
            }
        }

        IDataView scored = TinyScenes.Model.Transform(TinyScenes.Context.Data.LoadFromEnumerable(Photos()));
        Assert.HasCount(1, TinyScenes.Column<LabelMap>(TinyScenes.Context.Data.TakeRows(scored, 1), "PredictedLabel"));
        Assert.IsInRange(1, 4, read);
    }

    [TestMethod]
    public void A_prediction_engine_predicts_one_image_after_the_other()
    {
        using PredictionEngine<Photo, Prediction> engine = TinyScenes.Context.Model.CreatePredictionEngine<Photo, Prediction>(TinyScenes.Model, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < 4; i++)
        {
            RgbImage image = TinyScenes.Draw(i).Image;
            LabelMap? mask = engine.Predict(new Photo { Image = TinyScenes.ToMLImage(image) }).PredictedLabel;
            Assert.AreEqual(TinyScenes.Model.Model.Predict(image).Labels, mask);
        }
    }

    [TestMethod]
    public void Many_threads_get_the_same_masks()
    {
        List<LabelMap> expected = TinyScenes.Column<LabelMap>(TinyScenes.Model.Transform(TinyScenes.Data), "PredictedLabel");
        Parallel.For(0, 4, _ => CollectionAssert.AreEqual(expected, TinyScenes.Column<LabelMap>(TinyScenes.Model.Transform(TinyScenes.Data), "PredictedLabel")));
    }

    [TestMethod]
    public void A_column_of_another_type_is_named_with_what_was_found_and_expected()
    {
        IDataView data = TinyScenes.Context.Data.LoadFromEnumerable([new { Image = "a.png" }]);
        var error = Assert.Throws<ArgumentException>(() => TinyScenes.Model.Transform(data));
        StringAssert.Contains(error.Message, "'Image'");
        StringAssert.Contains(error.Message, "String");
    }

    [TestMethod]
    public void A_missing_column_is_named()
    {
        IDataView data = TinyScenes.Context.Data.LoadFromEnumerable([new { Picture = 1f }]);
        var error = Assert.Throws<ArgumentException>(() => TinyScenes.Model.Transform(data));
        StringAssert.Contains(error.Message, "'Image'");
        StringAssert.Contains(error.Message, "Picture");
    }

    private sealed class Numbered
    {
        [VectorType(2)]
        public float[] Numbers { get; set; } = [];
    }
}
