using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>Training through the ML.NET face.</summary>
[TestClass]
public sealed class GenerativeSegmenterTests
{
    [TestMethod]
    public void Fit_tells_the_log_and_the_callbacks_and_measures_the_validation_set()
    {
        var context = new MLContext();
        var lines = new List<string>();
        context.Log += (_, e) => lines.Add(e.Message);
        var steps = new List<TrainingProgress>();
        var metrics = new List<SegmentationMetrics>();
        GenerativeSegmenter.Options options = TinyScenes.Options();
        options.ValidationSet = TinyScenes.Data;
        options.Progress = steps.Add;
        options.MetricsCallback = metrics.Add;
        using GenerativeSegmentationTransformer model = context.Segmentation().Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data);

        Assert.HasCount(2, metrics);
        Assert.IsGreaterThanOrEqualTo(metrics.Max(m => m.MeanIoU), model.ValidationMetrics!.MeanIoU, "the best epoch, with the best way to decide between tokens");
        Assert.IsTrue(lines.Any(line => line.Contains("TokenDecoding.") && line.Contains("MostLikely ") && line.Contains("Agreement ") && line.Contains("Expected ")), string.Join('\n', lines));
        Assert.AreEqual(steps[^1].Steps, steps[^1].Step);
        Assert.IsTrue(lines.Any(line => line.Contains("Epoch 2/2") && line.Contains("loss")), string.Join('\n', lines));
        Assert.IsTrue(lines.Any(line => line.Contains("mIoU")), string.Join('\n', lines));
        Assert.AreEqual("FF", model.Manifest.Variant);
        Assert.AreEqual(TinyScenes.Classes, model.Classes);
    }

    [TestMethod]
    public void A_model_chooses_from_the_tokens_that_are_kept_and_the_log_says_how_many()
    {
        (SegmentationModelPackage all, string? silent) = Fit(1);
        (SegmentationModelPackage some, string? told) = Fit(0.6);
        Assert.IsNull(silent);
        Assert.Contains("of 1024 tokens", told!);
        int kept = int.Parse(told!.Split("chooses from ")[1].Split(' ')[0]);
        Assert.IsTrue(kept is >= 16 and < 512, told);
        Assert.IsLessThan(all.Prior!.Length, some.Prior!.Length);
        using var model = new SegmentationModel(some);
        int[] predicted = [.. model.PredictTokens([.. Enumerable.Range(0, TinyScenes.Count).Select(i => TinyScenes.Draw(i).Image)]).SelectMany(tokens => tokens.Ids.ToArray()).Distinct()];
        Assert.IsLessThanOrEqualTo(kept, predicted.Length);

        static (SegmentationModelPackage Package, string? Line) Fit(double share)
        {
            var context = new MLContext();
            var lines = new List<string>();
            context.Log += (_, e) => lines.Add(e.Message);
            GenerativeSegmenter.Options options = TinyScenes.Options();
            options.KeptTokenShare = share;
            using GenerativeSegmentationTransformer model = context.Segmentation().Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data);
            return (model.Package, lines.SingleOrDefault(line => line.Contains("chooses from", StringComparison.Ordinal)));
        }
    }

    [TestMethod]
    [DataRow(TokenDecoding.MostLikely)]
    [DataRow(TokenDecoding.Expected)]
    [DataRow(TokenDecoding.Agreement)]
    [DataRow(TokenDecoding.Validated)]
    public void What_evaluate_measures_is_what_training_measured(TokenDecoding decoding)
    {
        GenerativeSegmenter.Options options = TinyScenes.Options();
        options.TokenDecoding = decoding;
        options.ValidationSet = TinyScenes.Data;
        options.Variant = MaskigeVariant.FFR;
        using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data);
        SegmentationMetrics evaluated = TinyScenes.Segmentation.Evaluate(model.Transform(TinyScenes.Data));
        Assert.AreEqual(model.ValidationMetrics!.MeanIoU, evaluated.MeanIoU, 5e-4);
        Assert.AreEqual("FF-R", model.Manifest.Variant);
        Assert.IsTrue(decoding == TokenDecoding.Validated ? model.Manifest.TokenDecoding is "MostLikely" or "Expected" or "Agreement" : model.Manifest.TokenDecoding == $"{decoding}", model.Manifest.TokenDecoding);
        Assert.AreEqual(MaskigePalette.Random(3, options.Seed), model.Manifest.Palette);
    }

    [TestMethod]
    [DoNotParallelize]
    public void Any_view_trains_through_a_temporary_file_that_is_deleted()
    {
        string[] Files() => Directory.GetFiles(Path.GetTempPath(), $"gss-training-{Environment.ProcessId}-*");
        string[] during = [];
        IDataView notOurs = TinyScenes.Context.Data.TakeRows(TinyScenes.Data, 100);
        GenerativeSegmenter.Options options = TinyScenes.Options();
        options.Progress = _ => during = Files();
        using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(notOurs);
        CollectionAssert.AreEqual(
            TinyScenes.Column<LabelMap>(TinyScenes.Model.Transform(TinyScenes.Data), "PredictedLabel"),
            TinyScenes.Column<LabelMap>(model.Transform(TinyScenes.Data), "PredictedLabel"));
        Assert.HasCount(1, during);
        Assert.IsEmpty(Files());
    }

    [TestMethod]
    public void LoadImages_and_LoadLabelMaps_feed_the_trainer_in_one_chain()
    {
        MLContext context = TinyScenes.Context;
        IDataView table = context.Data.LoadFromEnumerable(Enumerable.Range(0, TinyScenes.Count).Select(i => new FileRow { Photograph = $"{i}.png", Truth = $"{i}.png" }));
        var chain = context.Transforms.LoadImages("Image", TinyScenes.Images, "Photograph")
            .Append(TinyScenes.Segmentation.Transforms.LoadLabelMaps("Label", TinyScenes.Labels, "Truth", TinyScenes.Classes))
            .Append(TinyScenes.Segmentation.Trainers.GenerativeSegmenter(TinyScenes.Options()));
        ITransformer model = chain.Fit(table);
        List<LabelMap> expected = TinyScenes.Column<LabelMap>(TinyScenes.Model.Transform(TinyScenes.Data), "PredictedLabel");
        CollectionAssert.AreEqual(expected, TinyScenes.Column<LabelMap>(model.Transform(table), "PredictedLabel"));
        SegmentationMetrics metrics = TinyScenes.Segmentation.Evaluate(model.Transform(table));
        Assert.AreEqual(TinyScenes.Segmentation.Evaluate(TinyScenes.Model.Transform(TinyScenes.Data)).MeanIoU, metrics.MeanIoU);

        // The whole chain goes into a file; photographs without labels can be scored with it.
        using var zip = new MemoryStream();
        context.Model.Save(model, table.Schema, zip);
        ITransformer loaded = new MLContext().Model.Load(new MemoryStream(zip.ToArray()), out _);
        IDataView photographs = context.Data.LoadFromEnumerable(Enumerable.Range(0, TinyScenes.Count).Select(i => new PhotographRow { Photograph = $"{i}.png" }));
        CollectionAssert.AreEqual(expected, TinyScenes.Column<LabelMap>(loaded.Transform(photographs), "PredictedLabel"));
    }

    [TestMethod]
    public void Labels_that_replace_those_of_the_files_are_the_ones_trained_on()
    {
        // Road and sky are one class here; a trainer that went to the files behind the view would find three.
        var merged = new SegmentationClasses("Merged", ["Ground", "Car"], idMap: new Dictionary<int, byte> { [0] = 0, [1] = 0, [2] = 1 });
        IDataView data = TinyScenes.Segmentation.Transforms.LoadLabelMaps("Label", null, "LabelPath", merged).Fit(TinyScenes.Data).Transform(TinyScenes.Data);
        GenerativeSegmenter.Options options = TinyScenes.Options();
        options.Epochs = 1;
        using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(data);
        Assert.AreEqual(merged, model.Classes);
        Assert.AreEqual(2, TinyScenes.Segmentation.Evaluate(model.Transform(data)).PerClass.Count);
    }

    [TestMethod]
    public void A_validation_set_of_other_classes_is_refused()
    {
        GenerativeSegmenter.Options options = TinyScenes.Options();
        options.ValidationSet = TinyScenes.Segmentation.LoadFromFolders(TinyScenes.Images, TinyScenes.Labels, new SegmentationClasses("Other", ["Sky", "Road", "Bus"]));
        var error = Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data));
        StringAssert.StartsWith(error.Message, "ValidationSet has the classes of 'Other' (3), the training data those of 'Tiny' (3)");
    }

    [TestMethod]
    public void A_short_side_changes_what_the_network_sees_but_not_the_size_of_the_masks()
    {
        GenerativeSegmenter.Options options = TinyScenes.Options();
        (options.ShortSide, options.Epochs) = (40, 1);
        using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data);
        Assert.AreEqual(40, model.Manifest.ShortSide);
        LabelMap mask = TinyScenes.Column<LabelMap>(model.Transform(TinyScenes.Data), "PredictedLabel", atMost: 1)[0];
        Assert.AreEqual((48, 36), (mask.Width, mask.Height));

        using ViewSamples samples = ViewSamples.Of(TinyScenes.Data, "Image", "Label", shortSide: 40, default);
        (RgbImage image, LabelMap labels) = samples.Samples.Read(0);
        Assert.AreEqual((53, 40), (image.Width, image.Height));
        Assert.AreEqual((53, 40), (labels.Width, labels.Height));
    }

    [TestMethod]
    public void Cancellation_ends_training_at_once()
    {
        using var cancellation = new CancellationTokenSource();
        GenerativeSegmenter.Options options = TinyScenes.Options();
        long steps = 0;
        options.Epochs = 1000;
        options.CancellationToken = cancellation.Token;
        options.Progress = progress =>
        {
            steps = progress.Step;
            cancellation.Cancel();
        };
        Assert.Throws<OperationCanceledException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data));
        Assert.AreEqual(1, steps);
    }

    [TestMethod]
    public void Options_are_checked_all_at_once()
    {
        var options = new GenerativeSegmenter.Options
        {
            ImageColumnName = "",
            Epochs = 0,
            LearningRate = double.NaN,
            ShortSide = 8,
            MaskigeColumnName = "PredictedLabel",
            ScoringBatchSize = 0,
            Variant = (MaskigeVariant)9,
        };
        var error = Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options));
        Assert.AreEqual(
            "The options of GenerativeSegmenter have 7 faults: ImageColumnName is empty, expected the name of a column. Epochs is 0, expected at least 1. "
            + "LearningRate is NaN, expected a number above 0. ShortSide is 8, expected null or at least 32. ScoringBatchSize is 0, expected at least 1. "
            + "PredictedLabelColumnName and MaskigeColumnName are both PredictedLabel, expected names that differ. Variant is 9, expected FF, FFR, FT, FTW, TF or TT.",
            error.Message);
    }

    [TestMethod]
    public void Options_are_copied()
    {
        GenerativeSegmenter.Options options = TinyScenes.Options();
        var epochs = new HashSet<int>();
        options.Epochs = 1;
        options.Progress = progress => epochs.Add(progress.Epochs);
        GenerativeSegmenter trainer = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options);
        options.Epochs = 0;
        options.ImageColumnName = "Nothing";
        trainer.Fit(TinyScenes.Data).Dispose();
        CollectionAssert.AreEqual(new[] { 1 }, epochs.ToArray());
        Assert.AreEqual((0, "Nothing"), (options.Epochs, options.ImageColumnName), "The caller's options are left alone.");
    }

    [TestMethod]
    public void A_label_column_of_pictures_is_refused_with_the_way_out()
    {
        IDataView data = TinyScenes.Context.Data.LoadFromEnumerable([new { Label = 1f, Name = "a" }]);
        IDataView pictures = TinyScenes.Context.Transforms.CopyColumns("Label", "Image").Fit(TinyScenes.Data).Transform(TinyScenes.Data);
        GenerativeSegmenter trainer = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(TinyScenes.Options());
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => trainer.Fit(pictures)).Message, "LoadLabelMaps");
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => trainer.Fit(data)).Message, "'Image'");
    }

    [TestMethod]
    public void A_palette_of_another_number_of_colours_is_refused()
    {
        GenerativeSegmenter.Options options = TinyScenes.Options();
        options.Palette = MaskigePalette.MaximalDistance(5);
        var error = Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data));
        StringAssert.Contains(error.Message, "The palette has 5 colours but 'Tiny' has 3 classes");
    }

    [TestMethod]
    public void The_output_schema_is_known_before_there_is_data()
    {
        SchemaShape shape = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(TinyScenes.Options()).GetOutputSchema(SchemaShapes.Of(TinyScenes.Data.Schema));
        Assert.AreEqual(LabelMapDataViewType.Instance, shape.Single(column => column.Name == "PredictedLabel").ItemType);
        Assert.AreEqual(SchemaShape.Column.VectorKind.VariableVector, shape.Single(column => column.Name == "Confidence").Kind);
    }

    private sealed class FileRow
    {
        public string Photograph { get; set; } = "";

        public string Truth { get; set; } = "";
    }

    private sealed class PhotographRow
    {
        public string Photograph { get; set; } = "";
    }
}
