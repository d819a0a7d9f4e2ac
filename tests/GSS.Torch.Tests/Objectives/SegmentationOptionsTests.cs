using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Options of networks that segment, each through a real run.</summary>
[TestClass]
public sealed class SegmentationOptionsTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Frozen_stages_keep_weights_and_statistics_bit_for_bit(int frozen)
    {
        using DisposeScope scope = TorchTest.NewScope();
        PerPixelOptions options = TinyTraining.PerPixel(null) with { FrozenStages = frozen, LearningRate = 0.01, WarmUpSteps = 0 };
        using LatentPriorNetwork fresh = SegmentationRun.CreateNetwork(options, 3, 0, options.Head, 4, CPU);
        using TrainedPerPixel trained = TinyTraining.Run(TinyTraining.Samples(), options);
        Dictionary<string, Tensor> after = trained.Network.Encoder.state_dict();
        foreach ((string name, Tensor before) in fresh.Encoder.state_dict())
        {
            bool same = before.equal(after[name]).all().item<bool>();
            bool counter = name.EndsWith("num_batches_tracked", StringComparison.Ordinal);
            Assert.AreEqual(counter || trained.Network.Encoder.StageOf(name) < frozen, same, name);
        }
    }

    [TestMethod]
    public void Earlier_stages_of_the_encoder_learn_slower()
    {
        // The first step of AdamW moves every weight by the learning rate, whatever the size of its gradient.
        using DisposeScope scope = TorchTest.NewScope();
        PerPixelOptions options = TinyTraining.PerPixel(null) with { EncoderLayerDecay = 0.5, LearningRate = 0.01, WarmUpSteps = 0, WeightDecay = 0, Epochs = 1, BatchSize = 9 };
        using LatentPriorNetwork fresh = SegmentationRun.CreateNetwork(options, 3, 0, options.Head, 4, CPU);
        using TrainedPerPixel trained = TinyTraining.Run(TinyTraining.Samples(), options);
        Dictionary<string, Tensor> after = trained.Network.state_dict();
        foreach ((string name, double factor) in new[]
        {
            ("head.fusion.conv.weight", 1), ("encoder.layer4.1.bn2.weight", 0.5), ("encoder.layer3.1.bn2.weight", 0.25), ("encoder.layer1.0.bn2.weight", 0.0625), ("encoder.conv1.weight", 0.03125),
        })
        {
            double moved = (after[name] - fresh.state_dict()[name]).abs().max().item<float>();
            Assert.AreEqual(0.01 * factor, moved, 0.02 * 0.01 * factor, name);
        }
    }

    [TestMethod]
    public void Stages_are_what_the_levels_are_made_of()
    {
        using DisposeScope scope = TorchTest.NewScope();
        foreach (EncoderNetwork network in new EncoderNetwork[] { new ResNet(18, 4, 4), new ResNet(50, 4, 4, ResNetForm.DilatedV1c), new MobileNetV2(0.25), new SwinTransformer(8, [1, 1, 1, 1], [1, 1, 1, 1], 4), HrNet.OfWidth(4) })
        {
            using (network)
            {
                CollectionAssert.AreEquivalent(new[] { 0, 1, 2, 3, 4 }, network.named_parameters().Select(p => network.StageOf(p.name)).Distinct().ToArray(), network.GetName());
                for (int level = 0; level < 4 && network is not HrNet; level++)
                {
                    foreach (Tensor parameter in network.parameters())
                    {
                        parameter.grad = null;
                    }

                    network.call(rand(2, 3, 64, 64))[level].square().sum().backward();
                    int reached = network.named_parameters().Where(p => p.parameter.grad is not null).Max(p => network.StageOf(p.name));
                    Assert.AreEqual(level + 1, reached, $"{network.GetName()}, level {level}");
                }
            }
        }
    }

    [TestMethod]
    public void Weights_of_classes_are_their_formulas()
    {
        long[] counts = [60, 30, 10, 0];
        float[] frequency = ClassFrequencies.Weights(ClassWeighting.Frequency, counts), enet = ClassFrequencies.Weights(ClassWeighting.Enet, counts);
        double[] shares = [0.6, 0.3, 0.1, 0.1];
        for (int i = 0; i < 4; i++)
        {
            Assert.AreEqual(1 / (3 * shares[i]), frequency[i], 1e-5);
            Assert.AreEqual(1 / Math.Log(1.02 + shares[i]), enet[i], 1e-5);
        }

        Assert.AreEqual(1, shares.Take(3).Zip(frequency).Sum(pair => pair.First * pair.Second), 1e-5, "the mean over pixels");
    }

    [TestMethod]
    public void A_weighted_loss_is_the_weighted_mean_over_labelled_pixels()
    {
        using DisposeScope scope = TorchTest.NewScope();
        Tensor logits = randn(2, 3, 4, 5), labels = randint(0, 3, [2, 4, 5], dtype: ScalarType.Int64), weights = tensor(new[] { 0.5f, 2f, 7f });
        labels[0, 0, 0] = LabelMap.Void;
        Tensor expected = nn.functional.cross_entropy(logits, labels, weights, LabelMap.Void, nn.Reduction.Mean);
        TorchTest.AssertClose(expected, PriorLosses.CrossEntropy(logits, labels, LabelMap.Void, TrainingRecipe.Balanced, weights), 1e-6, "loss");
    }

    // Written out a second time: the target has 1 - s + s / C of the whole, every other class s / C.
    [TestMethod]
    [DataRow(TrainingRecipe.Balanced, true)]
    [DataRow(TrainingRecipe.Balanced, false)]
    [DataRow(TrainingRecipe.Reference, true)]
    public void A_smoothed_loss_spreads_its_share_over_all_classes(TrainingRecipe recipe, bool weighted)
    {
        using DisposeScope scope = TorchTest.NewScope();
        const double Share = 0.3;
        Tensor logits = randn(2, 3, 4, 5), labels = randint(0, 3, [2, 4, 5], dtype: ScalarType.Int64);
        float[] weights = weighted ? [0.5f, 2f, 7f] : [1f, 1f, 1f];
        labels[0, 0, 0] = LabelMap.Void;
        float[] logProbabilities = nn.functional.log_softmax(logits, 1).permute(0, 2, 3, 1).contiguous().data<float>().ToArray();
        long[] targets = labels.data<long>().ToArray();
        (double sum, double mass) = (0, 0);
        for (int i = 0; i < targets.Length; i++)
        {
            if (targets[i] != LabelMap.Void)
            {
                double loss = Enumerable.Range(0, 3).Sum(c => -logProbabilities[(3 * i) + c] * ((Share / 3) + (c == targets[i] ? 1 - Share : 0)));
                (sum, mass) = (sum + (weights[targets[i]] * loss), mass + weights[targets[i]]);
            }
        }

        double found = PriorLosses.CrossEntropy(logits, labels, LabelMap.Void, recipe, weighted ? tensor(weights) : null, Share).item<float>();
        Assert.AreEqual(sum / (recipe == TrainingRecipe.Reference ? targets.Length : mass), found, 1e-5);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(0.25)]
    public void Tokens_are_smoothed_whether_all_cells_count_or_some(double interiorShare)
    {
        GenerativeOptions options = TinyTraining.Options(null) with { InteriorTokenShare = interiorShare };
        double plain = TinyTraining.FirstTokenLoss(options), half = TinyTraining.FirstTokenLoss(options with { LabelSmoothing = 0.5 }), most = TinyTraining.FirstTokenLoss(options with { LabelSmoothing = 0.8 });

        // The loss is linear in the share.
        Assert.AreNotEqual(plain, half, 0.01);
        Assert.AreEqual((half - plain) / 0.5, (most - plain) / 0.8, 1e-3 * Math.Abs(half));
    }

    [TestMethod]
    [DataRow(ClassWeighting.Frequency, 1)]
    [DataRow(ClassWeighting.Enet, 1)]
    [DataRow(ClassWeighting.Enet, 0.4)]
    public void Class_weights_change_a_run_and_go_on_with_it(ClassWeighting weighting, double finalPower)
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        PerPixelOptions options = TinyTraining.PerPixel(null) with { ClassWeights = weighting, FinalClassWeightPower = finalPower };
        using TrainedPerPixel plain = TinyTraining.Run(TinyTraining.Samples(), finalPower == 1 ? TinyTraining.PerPixel(null) : options with { FinalClassWeightPower = 1 }), weighted = TinyTraining.Run(TinyTraining.Samples(), options);
        Assert.AreNotEqual(TinyTraining.Hash(plain), TinyTraining.Hash(weighted));

        options = options with { WorkspacePath = folder.FullName };
        Assert.Throws<OperationCanceledException>(() => TinyTraining.Run(TinyTraining.Samples(), options with { CancellationToken = cancellation.Token, Progress = _ => cancellation.Cancel() }));
        using TrainedPerPixel continued = TinyTraining.Run(TinyTraining.Samples(), options);
        Assert.AreEqual(TinyTraining.Hash(weighted), TinyTraining.Hash(continued));
    }

    // From 16 and 81 at the first step to their roots at the end of eight steps, the power falling by a sixteenth each.
    [TestMethod]
    [DataRow(0, 16f, 81f)]
    [DataRow(4, 8f, 27f)]
    [DataRow(8, 4f, 9f)]
    [DataRow(9, 4f, 9f)]
    public void Class_weights_fall_to_their_power_at_the_end(long step, float first, float second)
    {
        using DisposeScope scope = TorchTest.NewScope();
        TorchTest.AssertClose(tensor(new[] { first, second }), ClassFrequencies.AtStep(tensor(new[] { 16f, 81f }), 0.5, step, 8), 1e-4, "weights");
    }

    [TestMethod]
    public void A_run_of_one_step_knows_the_full_class_weights_alone()
    {
        GenerativeOptions options = TinyTraining.Options(null) with { ClassWeights = ClassWeighting.Enet };
        double Loss(double power) => TinyTraining.FirstTokenLoss(options with { FinalClassWeightPower = power });
        Assert.AreEqual(Loss(1), Loss(0.4));
    }

    [TestMethod]
    public void Batches_of_a_step_are_those_of_one_large_batch()
    {
        // Batch normalisation sees each batch by itself, so only the data can be the same: crops and dropout come from their places in the step.
        CropBatches small = new(TinyTraining.Samples(), TinyTraining.Options(null).Augmentation, 2, 7, batchesPerStep: 3), large = new(TinyTraining.Samples(), TinyTraining.Options(null).Augmentation, 6, 7);
        Assert.AreEqual(3 * large.BatchesPerEpoch, small.BatchesPerEpoch);
        TrainingBatch expected = large.Make(1, 0, null, default);
        CollectionAssert.AreEqual(expected.Images, Enumerable.Range(0, 3).SelectMany(i => small.Make(1, i, null, default).Images).ToArray());
        CollectionAssert.AreEqual(expected.Labels, Enumerable.Range(0, 3).SelectMany(i => small.Make(1, i, null, default).Labels).ToArray());
    }

    [TestMethod]
    public void Accumulation_and_average_go_on_from_a_checkpoint_in_a_real_run()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        GenerativeOptions options = TinyTraining.Options(null) with { GradientAccumulation = 2, EmaDecay = 0.9, BatchSize = 2 };
        List<long> steps = [];
        using TrainedPrior unbroken = TinyTraining.Run(TinyTraining.Samples(), options with { Progress = progress => steps.Add(progress.Step) });
        CollectionAssert.AreEqual(new long[] { 1, 2, 3, 4 }, steps);
        options = options with { WorkspacePath = folder.FullName };
        Assert.Throws<OperationCanceledException>(() => TinyTraining.Run(TinyTraining.Samples(), options with
        {
            CancellationToken = cancellation.Token,
            Progress = progress =>
            {
                if (progress.Step == 3)
                {
                    cancellation.Cancel();
                }
            },
        }));
        using TrainedPrior continued = TinyTraining.Run(TinyTraining.Samples(), options);
        Assert.AreEqual(TinyTraining.Hash(unbroken), TinyTraining.Hash(continued));
    }

    [TestMethod]
    public void Workers_and_cache_change_nothing_but_how_often_a_sample_is_read()
    {
        MemorySamples kept = TinyTraining.Samples(), read = TinyTraining.Samples();
        using TrainedPrior first = TinyTraining.Run(kept, TinyTraining.Options(null) with { Workers = 1, Epochs = 3 });
        using TrainedPrior second = TinyTraining.Run(read, TinyTraining.Options(null) with { Workers = 3, CacheBytes = 0, Epochs = 3 });
        Assert.AreEqual(TinyTraining.Hash(first), TinyTraining.Hash(second));

        // 9 label maps for the first biases, 9 for what tokens mean, then 8 crops an epoch.
        Assert.AreEqual(9 + 9 + 9, kept.Reads, 1);
        Assert.AreEqual(9 + 9 + (3 * 8), read.Reads);
    }

    [TestMethod]
    public void One_value_a_channel_cannot_be_normalised()
    {
        GenerativeOptions options = TinyTraining.Options(null) with { BatchSize = 1, CropWidth = 32, CropHeight = 32 };
        Assert.AreEqual(
            "BatchSize is 1 with crops of 32x32, of which batch normalisation sees one value a channel at stride 32, expected at least 2, or larger crops.",
            options.Faults().Single());
        Assert.IsEmpty((options with { CropWidth = 33 }).Faults());
        Assert.IsEmpty((options with { BatchSize = 2 }).Faults());
        Assert.IsEmpty((options with { Encoder = ImageEncoders.ResNet50V1cDilated() }).Faults());
        using TrainedPrior trained = TinyTraining.Run(TinyTraining.Samples(), options with { CropWidth = 33, Epochs = 1 });
        Assert.IsTrue(trained.Logits(TinyTraining.Samples().Read(0).Image).All(float.IsFinite));
    }

    [TestMethod]
    public void A_far_too_large_learning_rate_ends_at_once_with_advice()
    {
        TrainingDivergedException error = Assert.ThrowsExactly<TrainingDivergedException>(() =>
            TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null) with { LearningRate = 1e20, WarmUpSteps = 0, Epochs = 200 }));
        Assert.IsLessThan(20, error.Step);
        StringAssert.Contains(error.Message, "smaller LearningRate (it is 1E+20)");
    }
}
