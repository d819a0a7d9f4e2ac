using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>Photographs and label maps that an application has in memory.</summary>
[TestClass]
public sealed class InMemoryRowsTests
{
    private static SegmentationSample[] Samples() =>
        [.. Enumerable.Range(0, TinyScenes.Count).Select(TinyScenes.Draw).Select(scene => new SegmentationSample { Image = TinyScenes.ToMLImage(scene.Image), Label = scene.Labels })];

    [TestMethod]
    public void They_train_as_the_same_scenes_in_files_do()
    {
        IDataView data = TinyScenes.Segmentation.LoadFromEnumerable(Samples(), TinyScenes.Classes);
        GenerativeSegmenter.Options options = TinyScenes.Options();
        options.ValidationSet = data;
        using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(data);
        options.ValidationSet = TinyScenes.Data;
        using GenerativeSegmentationTransformer ofFiles = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data);
        CollectionAssert.AreEqual(TinyScenes.Column<LabelMap>(ofFiles.Transform(TinyScenes.Data), "PredictedLabel"), TinyScenes.Column<LabelMap>(model.Transform(data), "PredictedLabel"));
        Assert.AreEqual(model.ValidationMetrics!.MeanIoU, TinyScenes.Segmentation.Evaluate(model.Transform(data)).MeanIoU, 5e-4);
    }

    [TestMethod]
    public void Rows_of_ones_own_class_know_their_classes_through_splits()
    {
        IDataView data = TinyScenes.Segmentation.LoadFromEnumerable(Samples().Select((sample, i) => new Own { Photo = sample.Image, Truth = sample.Label, Guess = sample.Label, Name = $"{i}" }), TinyScenes.Classes);
        Assert.AreEqual(1, TinyScenes.Segmentation.Evaluate(data, "Truth", "Guess").MeanIoU);
        IDataView part = TinyScenes.Context.Data.TrainTestSplit(data, 0.4, seed: 1).TestSet;
        Assert.AreEqual(TinyScenes.Classes, ColumnAnnotations.RequireClasses(part.Schema["Truth"]));
        Assert.IsNull(data.Schema.GetColumnOrNull(InMemoryRows.RowColumnName));
    }

    [TestMethod]
    public void What_Cache_and_ShuffleRows_leave_out_is_said_with_what_to_do_instead()
    {
        MLContext context = TinyScenes.Context;
        GenerativeSegmenter trainer = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(TinyScenes.Options());
        foreach (IDataView data in new[] { TinyScenes.Segmentation.LoadFromEnumerable(Samples(), TinyScenes.Classes), TinyScenes.Data })
        {
            foreach (IDataView poorer in new[] { context.Data.Cache(data), context.Data.ShuffleRows(data) })
            {
                string message = Assert.ThrowsExactly<ArgumentException>(() => trainer.Fit(poorer)).Message;
                StringAssert.StartsWith(message, "Column 'Image' was not found (there are: ");
                StringAssert.EndsWith(message, "or leave out ML.NET's Cache and ShuffleRows, which drop images and label maps (trainers shuffle by themselves and keep decoded photographs in memory).");
            }
        }
    }

    [TestMethod]
    public void A_class_id_out_of_range_names_row_column_and_place()
    {
        var labels = new LabelMap(4, 2, [0, 1, 2, 255, 0, 7, 0, 0]);
        IDataView data = TinyScenes.Segmentation.LoadFromEnumerable([new SegmentationSample { Label = TinyScenes.Draw(0).Labels }, new SegmentationSample { Label = labels }], TinyScenes.Classes);
        Assert.AreEqual(
            "The label map in row 1 of column 'Label' has the class id 7 at (1, 1), 'Tiny' has the classes 0 to 2 and 255 for void: make the label map with these ids, or name the classes that it has.",
            Assert.ThrowsExactly<SegmentationDataException>(() => TinyScenes.Column<LabelMap>(data, "Label")).Message);
    }

    [TestMethod]
    public void Rows_without_label_maps_are_refused() => StringAssert.Contains(
        Assert.ThrowsExactly<ArgumentException>(() => TinyScenes.Segmentation.LoadFromEnumerable([new Photo()], TinyScenes.Classes)).Message,
        "expected at least one property of type LabelMap with [LabelMapType]");

    [TestMethod]
    public void Label_maps_of_a_step_of_ones_own_get_classes_in_a_chain_that_is_saved()
    {
        MLContext context = TinyScenes.Context;
        IDataView bare = context.Data.LoadFromEnumerable(Samples());
        var chain = TinyScenes.Segmentation.Transforms.AttachClasses("Label", TinyScenes.Classes).Append(TinyScenes.Segmentation.Transforms.MaskigeEncoder());
        chain.GetOutputSchema(SchemaShapes.Of(bare.Schema));
        ITransformer fitted = chain.Fit(bare);
        string path = Path.Combine(Directory.CreateTempSubdirectory("gss-attached-").FullName, "chain.zip");
        TinyScenes.Segmentation.Save(fitted, bare.Schema, path);
        ITransformer loaded = new MLContext().Model.Load(path, out DataViewSchema? schema);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        Assert.IsNull(schema, "ML.NET can save no column of these.");
        Assert.AreEqual(TinyScenes.Classes, ColumnAnnotations.RequireClasses(loaded.Transform(bare).Schema["Label"]));
        CollectionAssert.AreEqual(TinyScenes.Column<LatentTokens>(fitted.Transform(bare), "Tokens"), TinyScenes.Column<LatentTokens>(loaded.Transform(bare), "Tokens"));

        // Photographs alone pass.
        Assert.IsNull(loaded.Transform(context.Data.LoadFromEnumerable([new Photo()])).Schema.GetColumnOrNull("Tokens"));
    }

    [TestMethod]
    public void A_prediction_engine_reads_maskiges_into_a_class_with_any_size_or_a_stated_one()
    {
        RgbImage image = TinyScenes.Draw(2).Image;
        RgbImage expected = TinyScenes.Model.Model.Predict(image, SegmentationOutputs.Maskige).Maskige!;
        var keep = new PredictionEngineOptions { OwnsTransformer = false };
        using var engine = TinyScenes.Context.Model.CreatePredictionEngine<SegmentationSample, WithMaskige>(TinyScenes.Model, keep);
        using var sized = TinyScenes.Context.Model.CreatePredictionEngine<SegmentationSample, WithSizedMaskige>(TinyScenes.Model, keep);
        var photo = new SegmentationSample { Image = TinyScenes.ToMLImage(image) };
        for (int time = 0; time < 2; time++)
        {
            WithMaskige prediction = engine.Predict(photo);
            Assert.IsTrue(expected.Pixels.SequenceEqual(MLImages.ToRgb(prediction.Maskige!).Pixels));
            Assert.IsTrue(expected.Pixels.SequenceEqual(MLImages.ToRgb(sized.Predict(photo).Maskige!).Pixels));
            Assert.HasCount(image.Width * image.Height, prediction.Confidence!);
        }
    }

    private sealed class Own
    {
        [MLImageType]
        public MLImage? Photo { get; set; }

        [LabelMapType]
        public LabelMap? Truth { get; set; }

        [LabelMapType]
        public LabelMap? Guess { get; set; }

        public string Name { get; set; } = "";
    }

    private sealed class WithMaskige
    {
        [MLImageType]
        public MLImage? Maskige { get; set; }

        [LabelMapType]
        public LabelMap? PredictedLabel { get; set; }

        public float[]? Confidence { get; set; }
    }

    private sealed class WithSizedMaskige
    {
        [Microsoft.ML.Transforms.Image.ImageType(48, 64)]
        public MLImage? Maskige { get; set; }
    }
}
