using GSS.Core;
using GSS.Tests;
using GSS.Torch;
using Microsoft.ML;
using TorchSharp;

namespace GSS.ML.Tests;

/// <summary>Tokenizer, token head and X⁻¹ as choices in the options.</summary>
[TestClass]
public sealed class NetworkChoiceTests
{
    [TestMethod]
    public void Wrong_combinations_are_told_at_once()
    {
        var options = new GenerativeSegmenter.Options { Variant = MaskigeVariant.FTW, Tokenizer = Tokenizers.DalleDVae("a/encoder.pkl", "a/decoder.pkl"), TokenHead = null! };
        var error = Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options));
        Assert.AreEqual(
            "The options of GenerativeSegmenter have 3 faults: "
            + "Tokenizer is dalle-dvae-8 with the encoder file 'a/encoder.pkl', which does not exist, expected OpenAI's encoder.pkl or the same weights in another format. "
            + "Tokenizer is dalle-dvae-8 with the decoder file 'a/decoder.pkl', which does not exist, expected OpenAI's decoder.pkl or the same weights in another format. "
            + "TokenHead is null, expected one of TokenHeads.",
            error.Message);

        options = new GenerativeSegmenter.Options { InverseWeights = "b.safetensors", Recipe = (TrainingRecipe)7 };
        error = Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options));
        Assert.AreEqual(
            "The options of GenerativeSegmenter have 3 faults: Recipe is 7, expected Balanced or Reference. "
            + "InverseWeights is 'b.safetensors', which does not exist, expected null or a file of X⁻¹'s weights. "
            + "InverseWeights is b.safetensors, expected null, since the variant FF takes the nearest colour (FT and FTW read a trained X⁻¹).",
            error.Message);

        options = new GenerativeSegmenter.Options { Variant = MaskigeVariant.TT, InverseWeights = typeof(NetworkChoiceTests).Assembly.Location };
        error = Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options));
        Assert.Contains("expected null, since the variant TT learns X⁻¹ together with the palette (FT and FTW read a trained X⁻¹).", error.Message);
        error = Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Transforms.LatentTokenDecoder(new LatentTokenDecoder.Options { InverseWeights = "b.safetensors" }));
        Assert.Contains("InverseWeights is 'b.safetensors', which does not exist", error.Message);
    }

    [TestMethod]
    public void A_trained_inverse_decides_the_classes_in_training_and_in_scoring()
    {
        using var folder = new TemporaryFolder();
        string file = WriteInverse(folder, classes: 3);
        GenerativeSegmenter.Options options = TinyScenes.Options();
        (options.Variant, options.InverseWeights, options.Epochs, options.ValidationSet) = (MaskigeVariant.FT, file, 1, TinyScenes.Data);
        using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data);
        Assert.AreEqual("FT", model.Manifest.Variant);
        SegmentationMetrics evaluated = TinyScenes.Segmentation.Evaluate(model.Transform(TinyScenes.Data));
        Assert.AreEqual(model.ValidationMetrics!.MeanIoU, evaluated.MeanIoU, 5e-4);

        // This X⁻¹ sees class 1 everywhere, whatever the colour.
        List<LabelMap> masks = TinyScenes.Column<LabelMap>(model.Transform(TinyScenes.Data), "PredictedLabel");
        Assert.IsTrue(masks.All(mask => mask.Ids.IndexOfAnyExcept((byte)1) < 0));
    }

    [TestMethod]
    public void The_decoder_of_the_chain_takes_a_trained_inverse_too()
    {
        using var folder = new TemporaryFolder();
        using MaskigeEncodingTransformer encoder = TinyScenes.Segmentation.Transforms.MaskigeEncoder().Fit(TinyScenes.Data);
        IDataView encoded = encoder.Transform(TinyScenes.Data);
        var options = new LatentTokenDecoder.Options { PredictedTokensColumnName = "Tokens", InverseWeights = WriteInverse(folder, classes: 3) };
        using LatentTokenDecodingTransformer decoder = TinyScenes.Segmentation.Transforms.LatentTokenDecoder(options).Fit(encoded);
        Assert.IsTrue(TinyScenes.Column<LabelMap>(decoder.Transform(encoded), "PredictedLabel").All(mask => mask.Ids.IndexOfAnyExcept((byte)1) < 0));
        options.InverseWeights = WriteInverse(folder, classes: 4);
        var error = Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Transforms.LatentTokenDecoder(options).Fit(encoded));
        Assert.Contains("holds X⁻¹ for 4 classes and 'Tiny' has 3", error.Message);
    }

    [TestMethod]
    public void Both_ends_of_the_chain_tell_what_they_read_from_weight_files()
    {
        using var folder = new TemporaryFolder();
        string dalle = SharedData.Require("reference", "golden", "b_dalle_small.safetensors"), inverse = WriteInverse(folder, classes: 3);
        var tokenizer = new DalleTokenizer(dalle, dalle, 8, new DalleSize(16, 24, 64));
        var context = new MLContext();
        var lines = new List<string>();
        context.Log += (_, line) => lines.Add(line.Message);
        using MaskigeEncodingTransformer encoder = context.Segmentation().Transforms.MaskigeEncoder(new MaskigeEncoder.Options { Tokenizer = tokenizer }).Fit(TinyScenes.Data);
        Assert.AreEqual(2, Told(dalle), "encoder and decoder");
        Assert.AreEqual(0, Told(inverse));
        var options = new LatentTokenDecoder.Options { PredictedTokensColumnName = "Tokens", Tokenizer = tokenizer, InverseWeights = inverse };
        using LatentTokenDecodingTransformer decoder = context.Segmentation().Transforms.LatentTokenDecoder(options).Fit(encoder.Transform(TinyScenes.Data));
        Assert.AreEqual(4, Told(dalle));
        Assert.AreEqual(1, Told(inverse));

        int Told(string file) => lines.Count(line => line.Contains($" entries of '{file}' were read into ", StringComparison.Ordinal));
    }

    [TestMethod]
    public void The_file_of_another_variant_is_refused()
    {
        using var folder = new TemporaryFolder();
        GenerativeSegmenter.Options options = TinyScenes.Options();
        (options.Variant, options.InverseWeights) = (MaskigeVariant.FTW, WriteInverse(folder, classes: 3));
        var error = Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data));
        Assert.Contains("holds X⁻¹ of FT, Variant is FTW, expected that of FT-W", error.Message);
    }

    [TestMethod]
    public void The_references_head_and_recipe_train_and_score()
    {
        GenerativeSegmenter.Options options = TinyScenes.Options();
        (options.Epochs, options.ValidationSet, options.Recipe) = (1, TinyScenes.Data, TrainingRecipe.Reference);
        options.TokenHead = new ReferenceTokenHead(new ReferenceHeadSize(8, 16, 24, Heads: 2, Depth: 2), auxiliaryOnFused: false);
        using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data);
        SegmentationMetrics evaluated = TinyScenes.Segmentation.Evaluate(model.Transform(TinyScenes.Data));
        Assert.AreEqual(model.ValidationMetrics!.MeanIoU, evaluated.MeanIoU, 5e-4);
    }

    [TestMethod]
    [DataRow(8)]
    [DataRow(4)]
    public void The_dVAE_trains_and_scores_at_both_strides(int stride)
    {
        string file = SharedData.Require("reference", "golden", "b_dalle_small.safetensors");
        GenerativeSegmenter.Options options = TinyScenes.Options();
        (options.Epochs, options.ValidationSet) = (1, TinyScenes.Data);
        options.Tokenizer = new DalleTokenizer(file, file, stride, new DalleSize(16, 24, 64));
        using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data);
        Assert.AreEqual((stride, 64, $"dalle-dvae-{stride}"), (model.Manifest.Stride, model.Manifest.VocabularySize, model.Manifest.Tokenizer));
        SegmentationMetrics evaluated = TinyScenes.Segmentation.Evaluate(model.Transform(TinyScenes.Data));
        Assert.AreEqual(model.ValidationMetrics!.MeanIoU, evaluated.MeanIoU, 5e-4);
    }

    /// <summary>Three convolutions whose last bias alone speaks, for class 1.</summary>
    internal static string WriteInverse(TemporaryFolder folder, int classes)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = torch.no_grad();
        using var network = new ConvolutionInverse(classes, width: 4);
        network.Layers[2].weight!.zero_();
        network.Layers[2].bias!.zero_();
        network.Layers[2].bias![1] = torch.tensor(3f);
        string path = folder.File($"inverse{classes}.safetensors");
        using FileStream stream = File.Create(path);
        SafeTensorsWriter.Write(stream, [.. network.state_dict().Select(p => (p.Key, p.Value))], null);
        return path;
    }
}
