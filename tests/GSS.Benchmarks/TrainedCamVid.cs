using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>A model that samples/CamVid or the benchmark <c>camvid</c> trained, as a network of TorchSharp: what a saved model no longer holds.</summary>
internal static class TrainedCamVid
{
    /// <summary>Blocks of the last stage of its encoder.</summary>
    public const int LastBlocks = 3;

    /// <summary>Opens the best weights of a finished run.</summary>
    /// <param name="workspace">The run's workspace.</param>
    /// <param name="options">Its decision between tokens.</param>
    public static TrainedPrior Open(string workspace, GenerativeOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        TokenizerNetwork tokenizer = Tokenizers.Compact().CreateNetwork();
        SegmentationClasses classes = SegmentationClasses.CamVid;
        var network = new LatentPriorNetwork(new ResNet(18, form: ResNetForm.Featurizer), tokenizer.VocabularySize, classes.Count, options.Seed);
        network.Head.TieTokens();
        using SafeTensorsFile file = SafeTensorsFile.Open(Path.Combine(workspace, TrainingCheckpoint.FileName));
        foreach ((string name, Tensor value) in network.state_dict())
        {
            value.copy_(file.Read(TrainingCheckpoint.Best + name));
        }

        network.eval();
        network.KeepBeyondScopes();
        var trained = new TrainedPrior(network, tokenizer, classes, MaskigePalette.MaximalDistance(classes.Count), options, CPU);
        trained.KeepAgreementCodes(file.Read(TrainingCheckpoint.Objective + "agreement_codes"));
        return trained;
    }

    /// <summary>A part of CamVid.</summary>
    public static SegmentationFiles Split(string root, string name) =>
        SegmentationFiles.FromFolders(Path.Combine(root, name, "images"), Path.Combine(root, name, "labels"), SegmentationClasses.CamVid);
}
