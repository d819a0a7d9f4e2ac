using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;
using ConfusionMatrix = GSS.Core.ConfusionMatrix;

namespace GSS.ML.Tests;

/// <summary>What a tokenizer leaves to be reached, against the parts of the method one by one.</summary>
[TestClass]
public sealed class TokenizerEvaluationTests
{
    [TestMethod]
    public void Label_maps_without_void_come_out_as_encoder_and_decoder_give_them_one_after_the_other()
    {
        SegmentationSample[] rows = [.. Enumerable.Range(0, 4).Select(i =>
        {
            (RgbImage image, LabelMap labels) = TinyScenes.Draw(i);
            return new SegmentationSample { Image = TinyScenes.ToMLImage(image), Label = WithoutVoid(labels) };
        })];
        IDataView data = TinyScenes.Segmentation.LoadFromEnumerable(rows, TinyScenes.Classes);
        IDataView encoded = TinyScenes.Segmentation.Transforms.MaskigeEncoder().Fit(data).Transform(data);
        IDataView rebuilt = TinyScenes.Segmentation.Transforms.LatentTokenDecoder("Tokens", "Rebuilt").Fit(encoded).Transform(encoded);
        IDataView scored = TinyScenes.Model.Transform(rebuilt);

        TokenizerCeiling found = TinyScenes.Segmentation.EvaluateTokenizer(TinyScenes.Model, scored);
        AssertEqual(TinyScenes.Segmentation.Evaluate(rebuilt, "Label", "Rebuilt"), found.Reconstruction);
        AssertEqual(TinyScenes.Segmentation.Evaluate(scored), found.Prediction!);
        AssertEqual(TinyScenes.Segmentation.Evaluate(scored, "Rebuilt"), found.PredictionAgainstReconstruction!);
        Assert.IsGreaterThan(0.5, found.Reconstruction.MeanIoU, "The tokenizer is trained.");
        Assert.IsLessThan(1, found.Reconstruction.PixelAccuracy, "Otherwise this test could not tell the truth from what went through the tokenizer.");
        foreach (SegmentationSample row in rows)
        {
            row.Image!.Dispose();
        }
    }

    [TestMethod]
    public void Void_is_filled_before_encoding_and_counts_nowhere()
    {
        TokenizerCeiling found = TinyScenes.Segmentation.EvaluateTokenizer(TinyScenes.Model, TinyScenes.Model.Transform(TinyScenes.Data));
        AssertEqual(ByHand(TinyScenes.Model, TinyScenes.Data), found.Reconstruction);
        long labelled = Enumerable.Range(0, TinyScenes.Count).Sum(i => TinyScenes.Draw(i).Labels.Ids.ToArray().Count(id => id != LabelMap.Void));
        foreach (SegmentationMetrics metrics in new[] { found.Reconstruction, found.Prediction!, found.PredictionAgainstReconstruction! })
        {
            Assert.AreEqual(labelled, metrics.PerClass.Sum(c => c.TruthPixels));
        }
    }

    [TestMethod]
    public void Label_maps_go_through_the_tokenizer_at_the_size_that_the_model_works_at()
    {
        GenerativeSegmenter.Options options = TinyScenes.Options() with { ShortSide = 32, Epochs = 1 };
        using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data);
        SegmentationMetrics small = TinyScenes.Segmentation.EvaluateTokenizer(model, TinyScenes.Data).Reconstruction;
        AssertEqual(ByHand(model, TinyScenes.Data), small);
        Assert.IsLessThan(ByHand(TinyScenes.Model, TinyScenes.Data).MeanIoU, small.MeanIoU, "A smaller size keeps less.");
    }

    [TestMethod]
    public void Without_predictions_there_is_the_ceiling_alone()
    {
        TokenizerCeiling found = TinyScenes.Segmentation.EvaluateTokenizer(TinyScenes.Model, TinyScenes.Data);
        Assert.IsTrue(found is { Prediction: null, PredictionAgainstReconstruction: null });
        Assert.AreEqual("Car", found.Reconstruction.PerClass[2].Name);
    }

    [TestMethod]
    public void What_does_not_belong_together_is_refused()
    {
        Assert.StartsWith(
            "The model predicts tokens of the tokenizer 'compact-vqvae', found 'mean colors', expected the same".Replace("mean colors", new MeanColors().Name, StringComparison.Ordinal),
            Assert.ThrowsExactly<ArgumentException>(() => TinyScenes.Segmentation.EvaluateTokenizer(TinyScenes.Model, TinyScenes.Data, new MeanColors())).Message);
        using var folder = new StreetFolder(1);
        var other = new SegmentationClasses("Other3", ["Sky", "Road", "Cat"], voidIndex: 11);
        Assert.StartsWith(
            "Column 'Label' has the classes Other3: 3 classes, the model has Tiny: 3 classes, expected the same class names",
            Assert.ThrowsExactly<ArgumentException>(() => TinyScenes.Segmentation.EvaluateTokenizer(TinyScenes.Model, TinyScenes.Segmentation.LoadFromFolders(folder.Images, folder.Labels, other))).Message);
        IDataView empty = TinyScenes.Segmentation.LoadFromEnumerable(Array.Empty<SegmentationSample>(), TinyScenes.Classes);
        Assert.StartsWith(
            "The data with the column 'Label' has no rows",
            Assert.ThrowsExactly<SegmentationDataException>(() => TinyScenes.Segmentation.EvaluateTokenizer(TinyScenes.Model, empty)).Message);
    }

    /// <summary>The same with the parts below ML.NET.</summary>
    private static SegmentationMetrics ByHand(GenerativeSegmentationTransformer model, IDataView data)
    {
        SegmentationModelManifest manifest = model.Manifest;
        using TokenizerNetwork network = Tokenizers.Compact().CreateNetwork();
        using var encoder = new MaskigeTokenizer(TokenizerExport.EncoderToBytes(network));
        using var decoder = new MaskigeDecoder(TokenizerExport.DecoderToBytes(network), manifest.Palette!, manifest.Stride, manifest.VocabularySize);
        var confusion = new ConfusionMatrix(manifest.Classes.Count);
        foreach (LabelMap truth in TinyScenes.Column<LabelMap>(data, "Label"))
        {
            (int width, int height) = WorkingSize.Of(truth.Width, truth.Height, manifest.ShortSide);
            RgbImage maskige = manifest.Palette!.Colorize(WithoutVoid(truth.Resize(width, height)));
            confusion.Add(truth, decoder.Decode(encoder.Encode([maskige]))[0].Labels.Resize(truth.Width, truth.Height));
        }

        return confusion.ToMetrics(manifest.Classes);
    }

    /// <summary>The first column of a scene is void: it takes the class of the pixel before it, which ends the row above.</summary>
    private static LabelMap WithoutVoid(LabelMap labels)
    {
        byte[] ids = labels.Ids.ToArray();
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = ids[i] != LabelMap.Void ? ids[i] : i == 0 ? ids.First(id => id != LabelMap.Void) : ids[i - 1];
        }

        return new LabelMap(labels.Width, labels.Height, ids);
    }

    private static void AssertEqual(SegmentationMetrics expected, SegmentationMetrics actual)
    {
        for (int truth = 0; truth < expected.PerClass.Count; truth++)
        {
            for (int predicted = 0; predicted < expected.PerClass.Count; predicted++)
            {
                Assert.AreEqual(expected.ConfusionMatrix[truth, predicted], actual.ConfusionMatrix[truth, predicted], $"{truth} as {predicted}");
            }
        }
    }
}
