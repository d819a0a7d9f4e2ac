using GSS.Core;
using GSS.Onnx;
using GSS.Tests;
using GSS.Torch;
using Microsoft.ML;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.ML.Tests;

/// <summary>A new encoder and a new tokenizer need nothing outside their own files: training, weight files, export and scoring ask them.</summary>
[TestClass]
public sealed class OwnNetworksTests
{
    [TestMethod]
    public void A_new_encoder_and_a_new_tokenizer_train_and_score_as_TorchSharp_does()
    {
        using DisposeScope scope = TorchTest.NewScope();
        SegmentationFiles samples = SegmentationFiles.FromFolders(TinyScenes.Images, TinyScenes.Labels, TinyScenes.Classes);
        MaskigePalette palette = MaskigePalette.MaximalDistance(3);
        var options = new GenerativeOptions
        {
            Encoder = new FiveConvolutions(),
            Tokenizer = new MeanColors(),
            Epochs = 3,
            BatchSize = 2,
            CropWidth = 32,
            CropHeight = 32,
            LearningRate = 5e-3,
            Device = TrainingDevice.Cpu,
        };
        using TrainedPrior trained = LatentPriorTraining.Run(samples, TinyScenes.Classes, palette, options);
        var manifest = new SegmentationModelManifest
        {
            Variant = "FF",
            Classes = TinyScenes.Classes,
            Palette = palette,
            Tokenizer = "mean-colors",
            Stride = 4,
            VocabularySize = 64,
            Encoder = "five convolutions",
            Mean = trained.Network.Encoder.InputMean,
            StandardDeviation = trained.Network.Encoder.InputDeviation,
        };
        using var model = new SegmentationModel(new SegmentationModelPackage(manifest, PriorExport.ToBytes(trained.Network), TokenizerExport.DecoderToBytes(trained.Tokenizer)));
        for (int i = 0; i < TinyScenes.Count; i++)
        {
            RgbImage image = TinyScenes.Draw(i).Image;
            byte[] expected = trained.Predict(image).Ids.ToArray();
            Assert.IsGreaterThan(1, expected.Distinct().Count(), "one class alone shows nothing");
            CollectionAssert.AreEqual(expected, model.Predict(image).Labels.Ids.ToArray(), $"photograph {i}");
        }
    }

    [TestMethod]
    public void They_pass_through_Fit_with_weights_under_names_of_their_author()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        string file = folder.File("five.safetensors");
        using (EncoderNetwork network = new FiveConvolutions().CreateNetwork())
        using (FileStream stream = File.Create(file))
        {
            SafeTensorsWriter.Write(stream, [.. network.state_dict().Select(p => ("layer-" + p.Key, p.Value)), ("classifier.bias", zeros(3)), ("classifier.weight", zeros(3)), ("epoch", zeros(1)), ("step", zeros(1))]);
        }

        var context = new MLContext();
        var lines = new List<string>();
        context.Log += (_, e) => lines.Add(e.Message);
        GenerativeSegmenter.Options options = TinyScenes.Options();
        (options.Encoder, options.Tokenizer, options.Epochs, options.ValidationSet) = (new FiveConvolutions(file), new MeanColors(), 1, TinyScenes.Data);
        using GenerativeSegmentationTransformer model = context.Segmentation().Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data);
        Assert.AreEqual(("five convolutions", "mean-colors", 64), (model.Manifest.Encoder, model.Manifest.Tokenizer, model.Manifest.VocabularySize));
        SegmentationMetrics evaluated = TinyScenes.Segmentation.Evaluate(model.Transform(TinyScenes.Data));
        Assert.AreEqual(model.ValidationMetrics!.MeanIoU, evaluated.MeanIoU, 5e-4);
        string line = lines.Single(l => l.Contains(file, StringComparison.Ordinal) && l.Contains("entries", StringComparison.Ordinal));
        Assert.EndsWith($"10 entries of '{file}' were read into five convolutions; 4 more are not its own and were ignored ('classifier.bias', 'classifier.weight', 'epoch', …).", line);
    }

    [TestMethod]
    public void The_new_tokenizer_encodes_in_ONNX_Runtime_too()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TokenizerNetwork tokenizer = new MeanColors().CreateNetwork();
        using MaskigeEncodingTransformer encoder = TinyScenes.Segmentation.Transforms.MaskigeEncoder(new MaskigeEncoder.Options { Tokenizer = new MeanColors() }).Fit(TinyScenes.Data);
        List<LatentTokens> found = TinyScenes.Column<LatentTokens>(encoder.Transform(TinyScenes.Data), "Tokens");
        MaskigePalette palette = MaskigePalette.MaximalDistance(3);
        for (int i = 0; i < TinyScenes.Count; i++)
        {
            LabelMap labels = TinyScenes.Draw(i).Labels;
            float[] maskige = new float[3 * labels.Ids.Length];
            palette.Colorize(labels.Ids, maskige);
            Tensor expected = tokenizer.Encode(tensor(maskige, [1, 3, labels.Height, labels.Width]));
            CollectionAssert.AreEqual(expected.data<long>().ToArray(), found[i].Ids.ToArray().Select(id => (long)id).ToArray(), $"label map {i}");
        }
    }
}
