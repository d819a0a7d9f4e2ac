using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Training that starts from a trained prior.</summary>
[TestClass]
public sealed class StartWeightsTests
{
    [TestMethod]
    public void The_same_classes_get_all_weights_and_others_the_rows_of_those_with_the_same_name()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TrainedPrior first = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null));
        StartWeights start = Of(first);
        using (LatentPriorNetwork same = Network(3, seed: 99))
        {
            Assert.AreEqual("Training starts from the weights of StartFrom; of 3 classes 3 were known to it.", start.FillIn(same, TinyTraining.Classes, "narrow"));
            foreach ((string name, Tensor value) in same.state_dict())
            {
                Assert.IsTrue(value.eq(first.Network.state_dict()[name]).all().item<bool>(), name);
            }
        }

        using LatentPriorNetwork other = Network(4, seed: 99), untouched = Network(4, seed: 99);
        SegmentationClasses classes = new("more bars", ["tall bar", "kite", "ground", "balloon"]);
        Assert.AreEqual("Training starts from the weights of StartFrom; of 4 classes 2 were known to it; 1 tensors of the head begin anew, since its shape or its tokenizer is another.", start.FillIn(other, classes, "narrow"));
        Tensor expected = first.Network.Head.Auxiliary!.weight!, found = other.Head.Auxiliary!.weight!, fresh = untouched.Head.Auxiliary!.weight!;
        foreach ((int row, Tensor of) in new[] { (0, expected.select(0, 2)), (1, fresh.select(0, 1)), (2, expected.select(0, 0)), (3, fresh.select(0, 3)) })
        {
            Assert.IsTrue(found.select(0, row).eq(of).all().item<bool>(), $"row {row}");
        }

        Assert.IsTrue(other.Classifier.weight!.eq(first.Network.Classifier.weight!).all().item<bool>(), "tokens mean the same for all classes");
    }

    [TestMethod]
    public void Another_tokenizer_shares_what_lies_before_its_tokens_and_another_encoder_is_refused()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TrainedPrior first = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null) with { Epochs = 1 });
        using var few = new LatentPriorNetwork(TinyTraining.Options(null).Encoder.CreateNetwork(), 64, 3, seed: 1);
        Assert.Contains("2 tensors of the head begin anew", Of(first).FillIn(few, TinyTraining.Classes, "narrow"));
        using var wide = new LatentPriorNetwork(new ResNetEncoder("wide", 18, null, stemChannels: 8, baseChannels: 8).CreateNetwork(), 1024, 3, seed: 1);
        string message = Assert.Throws<WeightFileException>(() => Of(first).FillIn(wide, TinyTraining.Classes, "wide")).Message;
        StringAssert.StartsWith(message, "The model in StartFrom has the encoder narrow ResNet-18, found wide in the options, expected the same network ('encoder.");
    }

    [TestMethod]
    public void A_run_begins_where_the_other_ended_and_its_workspace_knows_from_where()
    {
        using var folder = new TemporaryFolder();
        using DisposeScope scope = TorchTest.NewScope();
        using TrainedPrior first = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null) with { Epochs = 20 });
        double anew = double.NaN, further = double.NaN, last = double.NaN;
        GenerativeOptions options = TinyTraining.Options(null) with { Epochs = 1, WarmUpSteps = 0 };
        TinyTraining.Run(TinyTraining.Samples(), options with { Progress = progress => anew = double.IsNaN(anew) ? progress.Loss : anew }).Dispose();
        TinyTraining.Run(TinyTraining.Samples(), options with { Start = Of(first), WorkspacePath = folder.FullName, Progress = progress => further = double.IsNaN(further) ? progress.Loss : further }).Dispose();
        TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null) with { Epochs = 20, Progress = progress => last = progress.Loss }).Dispose();
        Assert.IsLessThan((anew + last) / 2, further, $"{anew} anew, {further} further, {last} at the end of the first run");
        Assert.Contains("start", Assert.Throws<WorkspaceException>(() => TinyTraining.Run(TinyTraining.Samples(), options with { WorkspacePath = folder.FullName })).Message);
    }

    private static StartWeights Of(TrainedPrior prior) => new(StartWeights.Of(prior.Network), prior.Classes.Names, prior.Options.Encoder.Name);

    private static LatentPriorNetwork Network(int classes, int seed)
    {
        var network = new LatentPriorNetwork(TinyTraining.Options(null).Encoder.CreateNetwork(), 1024, classes, seed);
        network.Head.TieTokens();
        return network;
    }
}
