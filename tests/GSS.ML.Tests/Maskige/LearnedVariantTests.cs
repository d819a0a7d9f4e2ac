using GSS.Core;
using GSS.Onnx;
using GSS.Tests;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>Variants that learn X, X⁻¹ or both, as a user trains them: from files through Fit, Save, a fresh process, Load and Transform.</summary>
[TestClass]
public sealed class LearnedVariantTests
{
    [TestMethod]
    public void Every_variant_trains_saves_and_gives_the_same_masks_in_a_fresh_process()
    {
        using var folder = new TemporaryFolder();
        (MaskigeVariant Variant, string Name, InverseTraining Training)[] variants =
        [
            (MaskigeVariant.FT, "FT", InverseTraining.Reconstructions), (MaskigeVariant.FT, "FT", InverseTraining.Predictions), (MaskigeVariant.FTW, "FT-W", InverseTraining.Reconstructions),
            (MaskigeVariant.TF, "TF", InverseTraining.Reconstructions), (MaskigeVariant.TT, "TT", InverseTraining.Reconstructions),
        ];
        var expected = new List<string>();
        var models = new List<(string, string, string)>();
        foreach ((MaskigeVariant variant, string name, InverseTraining training) in variants)
        {
            using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(Options(variant, training)).Fit(TinyScenes.Data);
            Assert.AreEqual(name, model.Manifest.Variant);
            Assert.AreEqual(variant.LearnsPalette(), !model.Manifest.Palette!.Equals(MaskigePalette.MaximalDistance(3)), name);

            // Training measures with TorchSharp, the transformer scores in ONNX Runtime.
            Assert.AreEqual(model.ValidationMetrics!.MeanIoU, TinyScenes.Segmentation.Evaluate(model.Transform(TinyScenes.Data)).MeanIoU, 5e-3, $"{name}, {training}");
            string zip = folder.File($"{models.Count}.zip");
            TinyScenes.Segmentation.Save(model, TinyScenes.Data.Schema, zip);
            models.Add((zip, "Image", "PredictedLabel"));
            expected.AddRange(OptionsInAFreshProcessTests.Lines(model, OptionsInAFreshProcessTests.Photographs("Image"), "PredictedLabel"));

            // The package by itself, through a file.
            model.Package.Save(folder.File("model.gss"));
            SegmentationModelPackage loaded = SegmentationModelPackage.Load(folder.File("model.gss"));
            CollectionAssert.AreEqual(model.Package.InverseWeights, loaded.InverseWeights);
            Assert.AreEqual(variant.Inverse() != InverseKind.NearestColor, loaded.InverseWeights is not null, name);
        }

        CollectionAssert.AreEqual(expected, OptionsInAFreshProcessTests.Score([.. models]));
    }

    [TestMethod]
    public void The_three_parts_hand_on_what_was_learned_and_give_the_masks_of_the_one()
    {
        using var folder = new TemporaryFolder();
        foreach (MaskigeVariant variant in new[] { MaskigeVariant.FT, MaskigeVariant.TT })
        {
            GenerativeSegmenter.Options one = Options(variant);
            using GenerativeSegmentationTransformer expected = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(one).Fit(TinyScenes.Data);
            TransformerChain<LatentTokenDecodingTransformer> chain = TinyScenes.Segmentation.Transforms.MaskigeEncoder(Encoding(variant))
                .Append(TinyScenes.Segmentation.Trainers.LatentPrior(LikeOf(one)))
                .Append(TinyScenes.Segmentation.Transforms.LatentTokenDecoder())
                .Fit(TinyScenes.Data);
            List<LabelMap> masks = TinyScenes.Column<LabelMap>(expected.Transform(TinyScenes.Data), "PredictedLabel");
            CollectionAssert.AreEqual(masks, TinyScenes.Column<LabelMap>(chain.Transform(TinyScenes.Data), "PredictedLabel"), $"{variant}");
            CollectionAssert.AreEqual(expected.Package.InverseWeights, chain.OfType<LatentPriorTransformer>().Single().Package.InverseWeights, $"{variant}");
            Assert.AreEqual(variant.ToString(), chain.OfType<LatentPriorTransformer>().Single().Package.Manifest.Variant);

            // A saved chain hands on the same: a decoder fitted on a loaded encoder reads X⁻¹ from its tokens.
            TinyScenes.Context.Model.Save(chain, TinyScenes.Data.Schema, folder.File("chain.zip"));
            var loaded = (TransformerChain<ITransformer>)new MLContext().Model.Load(folder.File("chain.zip"), out _);
            CollectionAssert.AreEqual(masks, TinyScenes.Column<LabelMap>(loaded.Transform(TinyScenes.Data), "PredictedLabel"), $"{variant}");
            IDataView tokens = loaded.First().Transform(TinyScenes.Data);
            var options = new LatentTokenDecoder.Options { PredictedTokensColumnName = "Tokens" };
            using LatentTokenDecodingTransformer decoder = TinyScenes.Segmentation.Transforms.LatentTokenDecoder(options).Fit(tokens);
            IDataView first = chain.First().Transform(TinyScenes.Data);
            using LatentTokenDecodingTransformer before = TinyScenes.Segmentation.Transforms.LatentTokenDecoder(options).Fit(first);
            CollectionAssert.AreEqual(
                TinyScenes.Column<LabelMap>(before.Transform(first), "PredictedLabel"), TinyScenes.Column<LabelMap>(decoder.Transform(tokens), "PredictedLabel"), $"{variant}: reconstructions");
        }
    }

    [TestMethod]
    public void Stage_I_alone_reports_what_it_reconstructs_and_its_X_inverse_is_a_file_for_later()
    {
        using var folder = new TemporaryFolder();
        using MaskigeEncodingTransformer encoder = TinyScenes.Segmentation.Transforms.MaskigeEncoder(Encoding(MaskigeVariant.FT)).Fit(TinyScenes.Data);

        // The same, counted from the columns.
        IDataView tokens = encoder.Transform(TinyScenes.Data);
        using LatentTokenDecodingTransformer decoder = TinyScenes.Segmentation.Transforms.LatentTokenDecoder(new LatentTokenDecoder.Options { PredictedTokensColumnName = "Tokens" }).Fit(tokens);
        SegmentationMetrics counted = TinyScenes.Segmentation.Evaluate(decoder.Transform(tokens));
        Assert.AreEqual(encoder.Reconstruction!.MeanIoU, counted.MeanIoU, 5e-3);
        Assert.IsGreaterThan(0.6, counted.MeanIoU, "it began as the nearest colour");

        string file = folder.File("inverse.safetensors");
        encoder.SaveInverse(file);
        GenerativeSegmenter.Options read = Options(MaskigeVariant.FT);
        read.InverseWeights = file;
        using GenerativeSegmentationTransformer fromFile = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(read).Fit(TinyScenes.Data);
        using GenerativeSegmentationTransformer trained = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(Options(MaskigeVariant.FT)).Fit(TinyScenes.Data);
        CollectionAssert.AreEqual(
            TinyScenes.Column<LabelMap>(trained.Transform(TinyScenes.Data), "PredictedLabel"), TinyScenes.Column<LabelMap>(fromFile.Transform(TinyScenes.Data), "PredictedLabel"));

        using MaskigeEncodingTransformer plain = TinyScenes.Segmentation.Transforms.MaskigeEncoder().Fit(TinyScenes.Data);
        Assert.AreEqual("GSS-FF decodes to the nearest colour and has no X⁻¹ to save; the variants FT, FTW and TT have one.", Assert.Throws<InvalidOperationException>(() => plain.SaveInverse(file)).Message);
        Assert.IsNull(plain.Reconstruction);
    }

    [TestMethod]
    public void A_view_that_can_only_be_read_front_to_back_teaches_the_same()
    {
        IDataView rows = TinyScenes.Context.Data.TakeRows(TinyScenes.Data, TinyScenes.Count);
        using MaskigeEncodingTransformer fromFiles = TinyScenes.Segmentation.Transforms.MaskigeEncoder(Encoding(MaskigeVariant.TF)).Fit(TinyScenes.Data);
        using MaskigeEncodingTransformer fromRows = TinyScenes.Segmentation.Transforms.MaskigeEncoder(Encoding(MaskigeVariant.TF)).Fit(rows);
        Assert.AreEqual(fromFiles.Palette, fromRows.Palette);
        Assert.AreNotEqual(MaskigePalette.MaximalDistance(3), fromRows.Palette);
    }

    [TestMethod]
    public void Wrong_options_are_told_together()
    {
        var options = new GenerativeSegmenter.Options { Variant = MaskigeVariant.TF, Posterior = new PosteriorOptions { Steps = 0, LearningRate = -1, InverseTraining = InverseTraining.Predictions } };
        Assert.AreEqual(
            "The options of GenerativeSegmenter have 3 faults: Posterior.LearningRate is -1, expected a number above 0. Posterior.Steps is 0, expected at least 1. "
            + "Posterior.InverseTraining is Predictions, expected Reconstructions, but for GenerativeSegmenter with the variants FT and FTW: predictions need photographs and a palette that is given.",
            Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options)).Message);
        Assert.Contains("Posterior is null, expected options.", Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(new GenerativeSegmenter.Options { Posterior = null! })).Message);
        var encoding = new MaskigeEncoder.Options { Variant = (MaskigeVariant)9, Threads = 0, WorkspacePath = " ", Device = (TrainingDevice)7, Posterior = new() { InverseTraining = InverseTraining.Predictions } };
        string message = Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Transforms.MaskigeEncoder(encoding)).Message;
        foreach (string sentence in new[] { "Variant is 9, expected FF, FFR, FT, FTW, TF or TT.", "Threads is 0,", "WorkspacePath is empty,", "Device is 7,", "Posterior.InverseTraining is Predictions," })
        {
            Assert.Contains(sentence, message);
        }
    }

    [TestMethod]
    public void Options_are_copied_and_a_second_fit_in_the_workspace_has_nothing_to_do()
    {
        using var folder = new TemporaryFolder();
        GenerativeSegmenter.Options options = Options(MaskigeVariant.FT);
        options.WorkspacePath = folder.File("workspace");
        int steps = 0;
        options.Posterior.Progress = _ => steps++;
        GenerativeSegmenter trainer = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options);
        options.Posterior.Steps = -5;
        using GenerativeSegmentationTransformer first = trainer.Fit(TinyScenes.Data);
        Assert.IsGreaterThan(0, steps);
        steps = 0;
        using GenerativeSegmentationTransformer second = trainer.Fit(TinyScenes.Data);
        Assert.AreEqual(0, steps);
        CollectionAssert.AreEqual(first.Package.Decoder, second.Package.Decoder);
        CollectionAssert.AreEqual(first.Package.Prior, second.Package.Prior);
    }

    [TestMethod]
    public void One_ONNX_file_holds_a_learned_palette_and_X_inverse()
    {
        using var folder = new TemporaryFolder();
        foreach (MaskigeVariant variant in new[] { MaskigeVariant.TF, MaskigeVariant.TT })
        {
            using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(Options(variant)).Fit(TinyScenes.Data);
            string file = folder.File($"{variant}.onnx");
            OnnxExportResult result = model.ExportToOnnx(file, null, TinyScenes.Data);
            Assert.IsGreaterThan(0, result.ComparedImages, $"{variant}");
            Assert.IsGreaterThanOrEqualTo(0.9995, result.EqualShare, $"{variant}");

            // In int8 the weights of X⁻¹ stay with the model.
            using GenerativeSegmentationTransformer bytes = model.Quantize(TinyScenes.Data);
            CollectionAssert.AreEqual(model.Package.InverseWeights, bytes.Package.InverseWeights, $"{variant}");
            Assert.AreEqual(model.Manifest.Palette, bytes.Manifest.Palette);
            Assert.HasCount(TinyScenes.Count, TinyScenes.Column<LabelMap>(bytes.Transform(TinyScenes.Data), "PredictedLabel"));
        }
    }

    private static GenerativeSegmenter.Options Options(MaskigeVariant variant, InverseTraining training = InverseTraining.Reconstructions)
    {
        GenerativeSegmenter.Options options = TinyScenes.Options();
        (options.Variant, options.Epochs, options.ValidationSet, options.MaskigeColumnName, options.ConfidenceColumnName) = (variant, 1, TinyScenes.Data, null, null);
        options.Posterior = Posterior(training);
        return options;
    }

    private static LatentPriorTrainer.Options LikeOf(GenerativeSegmenter.Options one)
    {
        var options = new LatentPriorTrainer.Options { Encoder = one.Encoder, Epochs = one.Epochs, BatchSize = one.BatchSize, ValidationSet = TinyScenes.Data };
        (options.CropWidth, options.CropHeight, options.Device, options.Seed) = (one.CropWidth, one.CropHeight, one.Device, one.Seed);
        return options;
    }

    private static MaskigeEncoder.Options Encoding(MaskigeVariant variant) =>
        new() { Variant = variant, Seed = TinyScenes.Options().Seed, Device = TrainingDevice.Cpu, ValidationSet = TinyScenes.Data, Posterior = Posterior(InverseTraining.Reconstructions) };

    // Fast enough to move a colour by a step.
    private static PosteriorOptions Posterior(InverseTraining training) => new() { Steps = 4, BatchSize = 2, CropSize = 32, LearningRate = 0.02, InverseTraining = training };
}
