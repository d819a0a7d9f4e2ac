using GSS.Core;
using GSS.Tests;
using GSS.Torch;
using Microsoft.ML;

namespace GSS.ML.Tests;

/// <summary>Training that starts from a saved model, as a user does it.</summary>
[TestClass]
public sealed class StartFromTests
{
    private static readonly SegmentationClasses s_other = new("Other", ["Car", "Sky", "Kite", "Road"]);

    [TestMethod]
    public void A_saved_model_teaches_other_classes_and_the_new_one_gives_its_masks_in_a_fresh_process()
    {
        using var folder = new TemporaryFolder();
        string zip = folder.File("first.zip"), next = folder.File("next.zip");
        using (GenerativeSegmentationTransformer first = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(Options() with { KeepTrainingWeights = true }).Fit(TinyScenes.Data))
        {
            TinyScenes.Segmentation.Save(first, TinyScenes.Data.Schema, zip);
        }

        var lines = new List<string>();
        var context = new MLContext();
        context.Log += (_, line) => lines.Add(line.Message);
        using var start = (GenerativeSegmentationTransformer)context.Segmentation().Load(zip, out _);

        // Used after it was disposed: nothing of it runs.
        start.Dispose();
        IDataView relabelled = Relabelled(folder);
        using GenerativeSegmentationTransformer model = context.Segmentation().Trainers.GenerativeSegmenter(Options() with { StartFrom = start, Seed = 9 }).Fit(relabelled);
        Assert.Contains(line => line.Contains("Training starts from the weights of StartFrom; of 4 classes 3 were known to it", StringComparison.Ordinal), lines, string.Join('\n', lines));
        IReadOnlyList<RgbColor> before = start.Manifest.Palette!.Colors, after = model.Manifest.Palette!.Colors;
        CollectionAssert.AreEqual(new[] { before[2], before[0], before[1] }, new[] { after[0], after[1], after[3] });
        Assert.IsNull(model.Package.TrainingWeights);
        TinyScenes.Segmentation.Save(model, relabelled.Schema, next);
        CollectionAssert.AreEqual(
            OptionsInAFreshProcessTests.Lines(model, OptionsInAFreshProcessTests.Photographs("Image"), "PredictedLabel").ToList(), OptionsInAFreshProcessTests.Score((next, "Image", "PredictedLabel")).ToList());
    }

    [TestMethod]
    public void The_palette_alone_can_be_shared_and_needs_no_weights()
    {
        using GenerativeSegmentationTransformer first = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(Options() with { Palette = MaskigePalette.Random(3, 8) }).Fit(TinyScenes.Data);
        GenerativeSegmenter.Options shared = Options() with { StartFrom = first, StartFromEncoder = false };
        using GenerativeSegmentationTransformer second = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(shared).Fit(TinyScenes.Data);
        Assert.AreEqual(first.Manifest.Palette, second.Manifest.Palette);
        CollectionAssert.AreEqual(first.Package.Prior, second.Package.Prior, "the same palette, seed and data");

        // FF-R draws its own, and a given palette wins.
        using GenerativeSegmentationTransformer random = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(shared with { Variant = MaskigeVariant.FFR }).Fit(TinyScenes.Data);
        Assert.AreEqual(MaskigePalette.Random(3, shared.Seed), random.Manifest.Palette);
    }

    [TestMethod]
    public void What_does_not_fit_is_told_before_training()
    {
        using GenerativeSegmentationTransformer bare = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(Options()).Fit(TinyScenes.Data);
        Assert.AreEqual(
            "The options of GenerativeSegmenter have 2 faults: StartFrom is a model whose tokenizer is compact-vqvae, expected one of the same tokenizer as Tokenizer, compact-vqvae-8. "
            + "StartFrom is a model without the weights of its training, expected one that was trained with KeepTrainingWeights = true, or StartFromEncoder = false, which shares the palette alone.",
            Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(Options() with { StartFrom = bare, Tokenizer = Tokenizers.Compact(8) })).Message);

        using GenerativeSegmentationTransformer kept = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(Options() with { KeepTrainingWeights = true }).Fit(TinyScenes.Data);
        GenerativeSegmenter other = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(Options() with { StartFrom = kept, Encoder = new ResNetEncoder("wide", 18, null, stemChannels: 12, baseChannels: 12) });
        Assert.Contains("has the encoder ResNet-18 of width 8, found wide in the options", Assert.Throws<WeightFileException>(() => other.Fit(TinyScenes.Data)).Message);
    }

    private static GenerativeSegmenter.Options Options() => TinyScenes.Options() with { Epochs = 1, MaskigeColumnName = null, ConfidenceColumnName = null };

    /// <summary>The scenes with their classes in another order and one more.</summary>
    private static IDataView Relabelled(TemporaryFolder folder)
    {
        foreach (string file in Directory.GetFiles(TinyScenes.Labels))
        {
            LabelMap labels = LabelReader.Read(file, TinyScenes.Classes).Relabel([1, 3, 0]);
            LabelWriter.SavePng(labels, s_other, Path.Combine(folder.FullName, "labels", Path.GetFileName(file)));
        }

        return TinyScenes.Segmentation.LoadFromFolders(TinyScenes.Images, Path.Combine(folder.FullName, "labels"), s_other);
    }
}
