using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>Each value of the input is read once a row, whoever asks for it, and an error stays in its row.</summary>
[TestClass]
public sealed class RowReadingTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void A_photograph_is_decoded_once_for_image_and_prediction_together(int batchSize)
    {
        IDataView data = TinyScenes.Data;
        var watched = new WatchedView(data);
        using GenerativeSegmentationTransformer model = WithBatchSize(batchSize);
        IDataView scored = model.Transform(watched);
        using (DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Image"], scored.Schema["PredictedLabel"], scored.Schema["Maskige"]]))
        {
            ValueGetter<MLImage> readImage = cursor.GetGetter<MLImage>(scored.Schema["Image"]), readMaskige = cursor.GetGetter<MLImage>(scored.Schema["Maskige"]);
            ValueGetter<LabelMap> readMask = cursor.GetGetter<LabelMap>(scored.Schema["PredictedLabel"]);
            MLImage image = null!, maskige = null!;
            LabelMap mask = null!;
            for (int row = 0; cursor.MoveNext(); row++)
            {
                readImage(ref image);
                readMask(ref mask);
                readMaskige(ref maskige);
                readImage(ref image);
                Assert.IsTrue(TinyScenes.Draw(row).Image.Pixels.SequenceEqual(MLImages.ToRgb(image).Pixels));
                Assert.AreEqual(Path.Combine(TinyScenes.Images, $"{row}.png"), image.Tag);
                Assert.AreEqual(TinyScenes.Model.Model.Predict(TinyScenes.Draw(row).Image).Labels, mask);
            }

            image.Dispose();
            maskige.Dispose();
        }

        Assert.AreEqual(TinyScenes.Count, watched.Reads["Image"]);
        Assert.AreEqual(TinyScenes.Count, ((SegmentationDataView)data).PhotographsRead);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void A_photograph_that_nobody_asked_for_never_becomes_an_MLImage(int batchSize)
    {
        var watched = new WatchedView(TinyScenes.Data);
        using GenerativeSegmentationTransformer model = WithBatchSize(batchSize);
        IDataView behindOthers = TinyScenes.Segmentation.Transforms.LoadLabelMaps("Again", null, "LabelPath", TinyScenes.Classes).Fit(watched).Transform(watched);
        IDataView scored = model.Transform(behindOthers);
        Assert.HasCount(TinyScenes.Count, TinyScenes.Column<LabelMap>(scored, "PredictedLabel"));
        Assert.AreEqual((TinyScenes.Count, 0), (watched.Reads["Image"], watched.ImagesMade));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void A_file_that_cannot_be_read_is_an_error_of_its_own_row_and_no_row_is_lost(int batchSize)
    {
        string folder = Directory.CreateTempSubdirectory("gss-broken-").FullName;
        string[] images = [.. Enumerable.Range(0, TinyScenes.Count).Select(i => Path.Combine(folder, $"{i}.png"))];
        foreach (string image in images)
        {
            File.Copy(Path.Combine(TinyScenes.Images, Path.GetFileName(image)), image);
        }

        IDataView data = TinyScenes.Segmentation.LoadFromFiles(images.Select(image => (image, Path.Combine(TinyScenes.Labels, Path.GetFileName(image)))), TinyScenes.Classes);
        File.WriteAllText(images[1], "no picture");
        using GenerativeSegmentationTransformer model = WithBatchSize(batchSize);
        IDataView scored = model.Transform(data);
        var seen = new List<string>();
        using (DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["ImagePath"], scored.Schema["PredictedLabel"]]))
        {
            ValueGetter<ReadOnlyMemory<char>> readPath = cursor.GetGetter<ReadOnlyMemory<char>>(scored.Schema["ImagePath"]);
            ValueGetter<LabelMap> readMask = cursor.GetGetter<LabelMap>(scored.Schema["PredictedLabel"]);
            while (cursor.MoveNext())
            {
                ReadOnlyMemory<char> path = default;
                LabelMap mask = null!;
                readPath(ref path);
                if (cursor.Position == 1)
                {
                    StringAssert.Contains(Assert.ThrowsExactly<SegmentationDataException>(() => readMask(ref mask)).Message, images[1]);
                    StringAssert.Contains(Assert.ThrowsExactly<SegmentationDataException>(() => readMask(ref mask)).Message, images[1]);
                }
                else
                {
                    readMask(ref mask);
                    Assert.AreEqual(TinyScenes.Model.Model.Predict(TinyScenes.Draw((int)cursor.Position).Image).Labels, mask);
                }

                seen.Add(path.ToString());
            }
        }

        CollectionAssert.AreEqual(images, seen);
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    public void A_row_that_cannot_be_computed_leaves_the_others_of_its_batch()
    {
        IDataView data = TinyScenes.Context.Data.LoadFromEnumerable(Enumerable.Range(0, 5).Select(i => new Number { Value = i }));
        IDataView halves = new Halves(data.Schema, refused: 3).View(data);
        using DataViewRowCursor cursor = halves.GetRowCursor(halves.Schema);
        ValueGetter<float> read = cursor.GetGetter<float>(halves.Schema["Half"]);
        for (int row = 0; row < 5; row++)
        {
            Assert.IsTrue(cursor.MoveNext());
            float half = float.NaN;
            if (row == 3)
            {
                Assert.AreEqual("3 is refused", Assert.ThrowsExactly<ArithmeticException>(() => read(ref half)).Message);
            }
            else
            {
                read(ref half);
                Assert.AreEqual(row / 2f, half);
            }
        }

        Assert.IsFalse(cursor.MoveNext());
    }

    [TestMethod]
    public void Where_the_source_itself_fails_the_rows_before_come_first()
    {
        IDataView data = TinyScenes.Context.Data.LoadFromEnumerable(Enumerable.Range(0, 9).Select(i => i < 5 ? new Number { Value = i } : throw new IOException("cut")));
        IDataView halves = new Halves(data.Schema, refused: -1).View(data);
        using DataViewRowCursor cursor = halves.GetRowCursor(halves.Schema);
        ValueGetter<float> read = cursor.GetGetter<float>(halves.Schema["Half"]);
        for (int row = 0; row < 5; row++)
        {
            Assert.IsTrue(cursor.MoveNext());
            float half = 0;
            read(ref half);
            Assert.AreEqual(row / 2f, half);
        }

        Assert.AreEqual("cut", Assert.ThrowsExactly<IOException>(() => cursor.MoveNext()).Message);
        float after = 0;
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => read(ref after)).Message, "at no row");
    }

    private static GenerativeSegmentationTransformer WithBatchSize(int size) =>
        new(TransformerScoring.Of(new MLContext()), TinyScenes.Model.Package, new SegmentationColumns("Image", "PredictedLabel", "Maskige", null, size));

    private sealed class Number
    {
        public float Value { get; set; }
    }

    /// <summary>Batches of four numbers; one number spoils its whole batch.</summary>
    private sealed class Halves(DataViewSchema schema, float refused) : RowMapping<float, float>(schema, [schema["Value"]], [new("Half", NumberDataViewType.Single)], 4)
    {
        public override float Read(IReadOnlyList<ColumnBuffer> inputs, int slot, long row) => inputs[0].Value<float>(slot);

        public override IReadOnlyList<float> Compute(IReadOnlyList<float> inputs, bool[] active) =>
            inputs.Contains(refused) ? throw new ArithmeticException($"{refused} is refused") : [.. inputs.Select(value => value / 2)];

        public override Delegate Getter(int added, Func<float> current) => (ValueGetter<float>)((ref float value) => value = current());
    }
}
