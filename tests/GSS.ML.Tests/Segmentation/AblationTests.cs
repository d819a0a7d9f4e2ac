using GSS.Core;
using GSS.Onnx;
using GSS.Tests;
using GSS.Torch;

namespace GSS.ML.Tests;

/// <summary>What the paper's Table 3 takes away, as options of a user: from files through Fit, Save, a fresh process, Load and Transform.</summary>
[TestClass]
public sealed class AblationTests
{
    [TestMethod]
    public void Coarse_tokens_one_level_and_no_auxiliary_head_train_and_score_in_a_fresh_process()
    {
        using var folder = new TemporaryFolder();
        GenerativeSegmenter.Options options = TinyScenes.Options() with { Epochs = 1, MaskigeColumnName = null, ConfidenceColumnName = null, ValidationSet = TinyScenes.Data };
        (GenerativeSegmenter.Options Options, string Tokenizer, int Stride)[] runs =
        [
            (options with { Tokenizer = Tokenizers.Compact(8) }, "compact-vqvae-8", 8),
            (options with { TokenHead = TokenHeads.Light(multiLevel: false) }, "compact-vqvae", 4),
            (options with { AuxiliaryLossWeight = 0 }, "compact-vqvae", 4),
            (options with { Tokenizer = Tokenizers.Compact(8), TokenHead = TokenHeads.Light(multiLevel: false), AuxiliaryLossWeight = 0 }, "compact-vqvae-8", 8),
        ];
        var expected = new List<string>();
        var models = new List<(string, string, string)>();
        foreach ((GenerativeSegmenter.Options run, string tokenizer, int stride) in runs)
        {
            using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(run).Fit(TinyScenes.Data);
            Assert.AreEqual((tokenizer, stride), (model.Manifest.Tokenizer, model.Manifest.Stride));
            Assert.AreEqual(model.ValidationMetrics!.MeanIoU, TinyScenes.Segmentation.Evaluate(model.Transform(TinyScenes.Data)).MeanIoU, 5e-3, $"{run.TokenHead}, {tokenizer}");
            OnnxExportResult exported = model.ExportToOnnx(folder.File("one.onnx"), null, TinyScenes.Data);
            Assert.IsGreaterThanOrEqualTo(0.9995, exported.EqualShare, $"{run.TokenHead}, {tokenizer}: one ONNX file");
            models.Add((folder.File($"{models.Count}.zip"), "Image", "PredictedLabel"));
            TinyScenes.Segmentation.Save(model, TinyScenes.Data.Schema, models[^1].Item1);
            expected.AddRange(OptionsInAFreshProcessTests.Lines(model, OptionsInAFreshProcessTests.Photographs("Image"), "PredictedLabel"));
        }

        CollectionAssert.AreEqual(expected, OptionsInAFreshProcessTests.Score([.. models]));
    }
}
