using GSS.Core;
using GSS.Tests;
using GSS.Torch;
using Microsoft.ML;
using TorchSharp;

namespace GSS.ML.Tests;

/// <summary>A tokenizer that the user trained: from its weight file to masks in another process.</summary>
[TestClass]
public sealed class OwnTokenizerTests
{
    private static readonly TokenizerTrainingOptions s_short = new() { Steps = 6, ContinuousSteps = 2, BatchSize = 1, CropSize = 32, Seed = 2 };

    [TestMethod]
    [DataRow("compact-fsq", 200)]
    [DataRow("compact-vqvae", 1024)]
    public void It_trains_a_model_that_gives_the_same_masks_in_a_fresh_process(string kind, int vocabulary)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        string file = folder.File("own.safetensors"), saved = folder.File("street.zip");
        TrainTo(file, kind);

        var context = new MLContext(seed: 1);
        GenerativeSegmenter.Options options = TinyScenes.Options();
        (options.Tokenizer, options.Epochs, options.LearningRate) = (Tokenizers.FromFile(file), 8, 5e-3);
        using GenerativeSegmentationTransformer model = context.Segmentation().Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data);
        context.Model.Save(model, TinyScenes.Data.Schema, saved);

        // The saved model holds the decoder: the weight file may be gone.
        File.Delete(file);
        Assert.StartsWith($"{kind} sha256 ", model.Manifest.Tokenizer);
        Assert.AreEqual(vocabulary, model.Manifest.VocabularySize);
        LabelMap[] masks = [.. TinyScenes.Column<LabelMap>(model.Transform(TinyScenes.Data), "PredictedLabel")];
        Assert.IsGreaterThan(1, masks.SelectMany(mask => mask.Ids.ToArray()).Distinct().Count(), "one class alone shows nothing");
        string[] lines = ScoringProcess.Run(saved, TinyScenes.Images).Split('\n');
        CollectionAssert.AreEqual(masks.Select(ScoringProcess.Line).ToArray(), lines[..masks.Length]);
    }

    private static void TrainTo(string file, string kind)
    {
        using FileStream stream = File.Create(file);
        if (kind == "compact-fsq")
        {
            using CompactFsqVae network = TinyTokenizers.Trainable();
            TokenizerTraining.Run(network, s_short);
            network.Save(stream);
        }
        else
        {
            using CompactVqVae network = CompactVqVae.FromPackage();
            foreach (var parameter in network.Encoder.parameters().Concat(network.Decoder.parameters()))
            {
                parameter.requires_grad = true;
            }

            TokenizerTraining.Run(network, s_short with { ContinuousSteps = 0, GoOn = true });
            network.Save(stream);
        }
    }
}
