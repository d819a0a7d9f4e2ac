using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>The ordinary head, through the ML.NET face.</summary>
[TestClass]
public sealed class PerPixelSegmenterTests
{
    private static readonly Lazy<PerPixelSegmentationTransformer> s_model = new(() => TinyScenes.Segmentation.Trainers.PerPixelSegmenter(Options()).Fit(TinyScenes.Data));

    [TestMethod]
    public void It_learns_and_what_evaluate_measures_is_what_training_measured()
    {
        SegmentationMetrics evaluated = TinyScenes.Segmentation.Evaluate(s_model.Value.Transform(TinyScenes.Data));
        Assert.AreEqual(s_model.Value.ValidationMetrics!.MeanIoU, evaluated.MeanIoU, 5e-4);
        Assert.IsGreaterThan(0.5, evaluated.PixelAccuracy, "Sky above road is soon learned.");
        Assert.AreEqual(SegmentationMethod.PerPixel, s_model.Value.Manifest.Method);
        Assert.IsNull(s_model.Value.Manifest.Palette);
    }

    [TestMethod]
    public void Masks_and_confidences_are_those_of_the_model_underneath_and_there_is_no_maskige()
    {
        IDataView scored = s_model.Value.Transform(TinyScenes.Data);
        CollectionAssert.AreEqual(new[] { "PredictedLabel", "Confidence" }, scored.Schema.Skip(TinyScenes.Data.Schema.Count).Select(column => column.Name).ToArray());
        Assert.AreEqual(TinyScenes.Classes, ColumnAnnotations.RequireClasses(scored.Schema["PredictedLabel"]));
        List<LabelMap> masks = TinyScenes.Column<LabelMap>(scored, "PredictedLabel");
        List<VBuffer<float>> confidences = TinyScenes.Column<VBuffer<float>>(scored, "Confidence");
        for (int i = 0; i < TinyScenes.Count; i++)
        {
            SegmentationResult expected = s_model.Value.Model.Predict(TinyScenes.Draw(i).Image, SegmentationOutputs.Confidence);
            Assert.AreEqual(expected.Labels, masks[i]);
            CollectionAssert.AreEqual(expected.Confidence, confidences[i].DenseValues().ToArray());
            Assert.IsTrue(expected.Confidence!.All(share => share is >= 1f / 3 and <= 1.000001f), "The largest of three probabilities.");
        }
    }

    [TestMethod]
    public void Package_and_zip_give_the_same_masks()
    {
        string folder = Directory.CreateTempSubdirectory("gss-per-pixel-").FullName;
        string package = Path.Combine(folder, "street.gss"), zip = Path.Combine(folder, "street.zip");
        s_model.Value.Package.Save(package);
        TinyScenes.Segmentation.Save(s_model.Value, TinyScenes.Data.Schema, zip);
        List<LabelMap> masks = TinyScenes.Column<LabelMap>(s_model.Value.Transform(TinyScenes.Data), "PredictedLabel");
        using (SegmentationModel model = SegmentationModel.Load(package))
        {
            CollectionAssert.AreEqual(masks, Enumerable.Range(0, TinyScenes.Count).Select(i => model.Predict(TinyScenes.Draw(i).Image).Labels).ToList());
        }

        ITransformer loaded = new MLContext().Model.Load(zip, out _);
        Assert.IsInstanceOfType<PerPixelSegmentationTransformer>(loaded);
        CollectionAssert.AreEqual(masks, TinyScenes.Column<LabelMap>(loaded.Transform(TinyScenes.Data), "PredictedLabel"));
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    public void Disposed_early_and_used_again_it_goes_on_and_so_do_its_engines()
    {
        PerPixelSegmentationTransformer model = TinyScenes.Segmentation.Trainers.PerPixelSegmenter(Options() with { Epochs = 1 }).Fit(TinyScenes.Data);
        SegmentationSample photo = new() { Image = TinyScenes.ToMLImage(TinyScenes.Draw(1).Image) };
        PredictionEngine<SegmentationSample, Prediction> first = TinyScenes.Context.Model.CreatePredictionEngine<SegmentationSample, Prediction>(model);
        using PredictionEngine<SegmentationSample, Prediction> second = TinyScenes.Context.Model.CreatePredictionEngine<SegmentationSample, Prediction>(model);
        LabelMap expected = first.Predict(photo).PredictedLabel!;
        first.Dispose();
        model.Dispose();
        Assert.AreEqual(expected, second.Predict(photo).PredictedLabel);
        LabelMap? ofThread = null;
        var thread = new Thread(() => ofThread = TinyScenes.Column<LabelMap>(model.Transform(TinyScenes.Data), "PredictedLabel")[1]);
        thread.Start();
        thread.Join();
        Assert.AreEqual(expected, ofThread);
    }

    [TestMethod]
    public void Options_are_checked_all_at_once_and_the_schema_is_known_before_there_is_data()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => TinyScenes.Segmentation.Trainers.PerPixelSegmenter(new PerPixelSegmenter.Options { Epochs = 0, Head = null!, ConfidenceColumnName = "PredictedLabel" }));
        Assert.AreEqual(
            "The options of PerPixelSegmenter have 3 faults: Epochs is 0, expected at least 1. Head is null, expected one of TokenHeads. "
            + "PredictedLabelColumnName and ConfidenceColumnName are both PredictedLabel, expected names that differ.",
            error.Message);
        SchemaShape shape = TinyScenes.Segmentation.Trainers.PerPixelSegmenter().GetOutputSchema(SchemaShapes.Of(TinyScenes.Data.Schema));
        Assert.AreEqual(LabelMapDataViewType.Instance, shape.Single(column => column.Name == "PredictedLabel").ItemType);
    }

    [TestMethod]
    public void A_short_side_above_what_is_compared_after_training_is_no_difference()
    {
        using PerPixelSegmentationTransformer model = TinyScenes.Segmentation.Trainers.PerPixelSegmenter(Options() with { Epochs = 4, CropWidth = 192, CropHeight = 192, LearningRate = 3e-3, ShortSide = 540, ValidationSet = null }).Fit(TinyScenes.Data);
        Assert.AreEqual(540, model.Manifest.ShortSide);
        (RgbImage image, LabelMap labels) = TinyScenes.Draw(0);
        LabelMap found = model.Model.Predict(image).Labels;
        Assert.AreEqual((labels.Width, labels.Height), (found.Width, found.Height));
        Assert.IsGreaterThan(1, found.Ids.ToArray().Distinct().Count(), "one class alone shows nothing");
    }

    private static PerPixelSegmenter.Options Options() => new()
    {
        Encoder = TinyScenes.Encoder,
        Epochs = 6,
        BatchSize = 2,
        CropWidth = 32,
        CropHeight = 32,
        Seed = 3,
        ConfidenceColumnName = "Confidence",
        ScoringBatchSize = 3,
        ValidationSet = TinyScenes.Data,
    };
}
