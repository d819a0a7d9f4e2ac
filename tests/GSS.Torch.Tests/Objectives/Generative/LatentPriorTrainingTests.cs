using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class LatentPriorTrainingTests
{
    [TestMethod]
    public void It_learns_and_keeps_the_weights_of_the_best_validation()
    {
        List<double> losses = [], validations = [];
        ISegmentationSamples samples = TinyTraining.Samples();
        using TrainedPrior prior = TinyTraining.Run(samples, TinyTraining.Options(null) with
        {
            Epochs = 8,
            LearningRate = 3e-3,
            TokenDecoding = TokenDecoding.MostLikely,
            Progress = progress =>
            {
                if (progress.Validation is { } metrics)
                {
                    validations.Add(metrics.MeanIoU);
                }
                else
                {
                    losses.Add(progress.Loss);
                }
            },
        }, samples);
        Assert.HasCount(8 * TinyTraining.StepsPerEpoch, losses);
        Assert.HasCount(8, validations);
        Assert.IsTrue(losses.All(double.IsFinite), "every loss is a number");
        Assert.IsLessThan(0.8 * losses[0], losses[^1]);
        Assert.AreEqual(validations.Max(), prior.BestValidation!.MeanIoU);
        Assert.AreEqual(validations.IndexOf(validations.Max()) + 1, prior.BestEpoch);

        // The weights handed out are those that were validated.
        var matrix = new ConfusionMatrix(3);
        for (int i = 0; i < samples.Count; i++)
        {
            (RgbImage image, LabelMap labels) = samples.Read(i);
            LabelMap predicted = prior.Predict(image);
            Assert.AreEqual((image.Width, image.Height), (predicted.Width, predicted.Height));
            matrix.Add(labels, predicted);
        }

        Assert.AreEqual(validations.Max(), matrix.ToMetrics(TinyTraining.Classes).MeanIoU);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void Validation_chooses_the_decision_between_tokens_and_a_run_that_goes_on_chooses_it_again(int seed)
    {
        ISegmentationSamples samples = TinyTraining.Samples();
        using var folder = new TemporaryFolder();
        GenerativeOptions options = TinyTraining.Options(folder.FullName) with { Epochs = 3, LearningRate = 3e-3, Seed = seed, TokenDecoding = TokenDecoding.Validated };
        using TrainedPrior prior = TinyTraining.Run(samples, options, samples);
        TokenDecoding chosen = prior.TokenDecoding;
        (TokenDecoding Decoding, double MeanIoU)[] found = [.. new[] { TokenDecoding.MostLikely, TokenDecoding.Agreement, TokenDecoding.Expected }.Select(Measure)];
        Assert.AreEqual(found.Max(way => way.MeanIoU), prior.BestValidation!.MeanIoU);
        Assert.AreEqual(found.MaxBy(way => way.MeanIoU).Decoding, chosen, string.Join(", ", found));

        using TrainedPrior again = TinyTraining.Run(samples, options, samples);
        Assert.AreEqual((chosen, prior.BestValidation.MeanIoU), (again.TokenDecoding, again.BestValidation!.MeanIoU));

        (TokenDecoding, double) Measure(TokenDecoding decoding)
        {
            prior.TokenDecoding = decoding;
            var matrix = new ConfusionMatrix(3);
            for (int i = 0; i < samples.Count; i++)
            {
                (RgbImage image, LabelMap labels) = samples.Read(i);
                matrix.Add(labels, prior.Predict(image));
            }

            return (decoding, matrix.ToMetrics(TinyTraining.Classes).MeanIoU);
        }
    }

    [TestMethod]
    public void A_checkpoint_without_the_codes_of_the_decision_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        ISegmentationSamples samples = TinyTraining.Samples();
        GenerativeOptions options = TinyTraining.Options("runs/1") with { Epochs = 1, TokenDecoding = TokenDecoding.Agreement };
        using TrainedPrior prior = TinyTraining.Run(samples, options with { WorkspacePath = null });
        var objective = new GenerativeObjective(options, samples, null, prior);
        StringAssert.StartsWith(Assert.ThrowsExactly<WorkspaceException>(() => objective.Restore(_ => null)).Message, "The checkpoint in the workspace 'runs/1' has no 'agreement_codes', expected [1024, D], which TokenDecoding.Agreement needs");
        string other = Assert.ThrowsExactly<WorkspaceException>(() => objective.Restore(name => name == "agreement_codes" ? zeros([1024, 4, 3]) : null)).Message;
        StringAssert.StartsWith(other, "The checkpoint in the workspace 'runs/1' has [1024, 4, 3] 'agreement_codes', expected [1024, D]");
        objective.Restore(name => name == "agreement_codes" ? zeros([1024, 12]) : null);
    }

    [TestMethod]
    public void Without_a_validation_set_the_most_likely_token_stands()
    {
        using TrainedPrior prior = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null) with { Epochs = 1, TokenDecoding = TokenDecoding.Validated });
        Assert.AreEqual(TokenDecoding.MostLikely, prior.TokenDecoding);
    }

    [TestMethod]
    public void The_weights_of_the_best_validation_are_handed_out_though_training_went_on()
    {
        // Two reads tell the data; from the second validation on no pixel is of the class that the photographs show there: no later epoch can be better.
        ISegmentationSamples truth = TinyTraining.Samples(2);
        int reads = 0;
        List<double> validations = [];
        var validation = new MemorySamples(2, index =>
        {
            (RgbImage image, LabelMap labels) = truth.Read(index);
            return reads++ < 4 ? (image, labels) : (image, new LabelMap(labels.Width, labels.Height, [.. labels.Ids.ToArray().Select(id => id == LabelMap.Void ? id : (byte)((id + 1) % 3))]));
        });
        using var folder = new TemporaryFolder();
        using TrainedPrior prior = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(folder.FullName) with
        {
            Epochs = 3,
            LearningRate = 3e-3,
            Progress = progress => validations.AddRange(progress.Validation is { } metrics ? [metrics.MeanIoU] : []),
        }, validation);
        Assert.AreEqual(1, prior.BestEpoch, string.Join(", ", validations));
        Assert.AreEqual(validations[0], prior.BestValidation!.MeanIoU);

        using SafeTensorsFile checkpoint = SafeTensorsFile.Open(Path.Combine(folder.FullName, TrainingCheckpoint.FileName));
        using DisposeScope scope = NewDisposeScope();
        byte[] Kept(string prefix) => [.. prior.Network.state_dict().Keys.Order(StringComparer.Ordinal).SelectMany(name => checkpoint.Read(prefix + name).bytes.ToArray())];
        byte[] handedOut = [.. prior.Network.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry => entry.Value.detach().bytes.ToArray())];
        CollectionAssert.AreEqual(Kept(TrainingCheckpoint.Best), handedOut);
        CollectionAssert.AreNotEqual(Kept(TrainingCheckpoint.Network), handedOut, "the last weights");
    }

    [TestMethod]
    public void The_seed_decides_the_weights()
    {
        GenerativeOptions options = TinyTraining.Options(null) with { Epochs = 1 };
        using TrainedPrior first = TinyTraining.Run(TinyTraining.Samples(), options), second = TinyTraining.Run(TinyTraining.Samples(), options);
        using TrainedPrior other = TinyTraining.Run(TinyTraining.Samples(), options with { Seed = 8 });
        Assert.AreEqual(TinyTraining.Hash(first), TinyTraining.Hash(second));
        Assert.AreNotEqual(TinyTraining.Hash(first), TinyTraining.Hash(other));
    }

    [TestMethod]
    [DoNotParallelize]
    public void Training_and_prediction_leave_no_tensors_behind()
    {
        TorchNative.EnsureLoaded();
        TrainOnce();

        // TorchSharp's counter rises by one for each parameter ever made (TorchSharpCounterTests). What other tests left to the collector goes
        // first; it may still take some in between, so these are upper bounds.
        Collect();
        long begin = Tensor.TotalCount;
        int parameters = TrainOnce();
        Assert.IsLessThanOrEqualTo(parameters, Tensor.TotalCount - begin, "after training");

        using TrainedPrior prior = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null) with { Epochs = 1 });
        (RgbImage image, _) = TinyTraining.Samples().Read(0);
        LabelMap expected = prior.Predict(image);
        Collect();
        long after = Tensor.TotalCount;
        for (int i = 0; i < 20; i++)
        {
            Assert.AreEqual(expected, prior.Predict(image));
        }

        Assert.IsLessThanOrEqualTo(after, Tensor.TotalCount, "after prediction");

        static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        static int TrainOnce()
        {
            using var folder = new TemporaryFolder();
            ISegmentationSamples samples = TinyTraining.Samples(3);
            using TrainedPrior prior = TinyTraining.Run(samples, TinyTraining.Options(folder.FullName), samples);
            return prior.Network.parameters().Count() + ((CompactVqVae)prior.Tokenizer).Modules.Sum(module => module.parameters().Count());
        }
    }

    [TestMethod]
    [DoNotParallelize]
    public void A_step_leaves_no_tensors_behind_until_the_next()
    {
        TorchNative.EnsureLoaded();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        List<long> counts = [];
        using TrainedPrior prior = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null) with { Epochs = 3, Progress = _ => counts.Add(Tensor.TotalCount) });

        // The first step makes the gradients. What other tests left may still go in between: upper bounds.
        Assert.HasCount(3 * TinyTraining.StepsPerEpoch, counts);
        Assert.IsLessThanOrEqualTo(counts[1], counts[^1], string.Join(", ", counts));
    }

    [TestMethod]
    public void Faults_of_the_options_are_named_all_at_once()
    {
        var options = new GenerativeOptions
        {
            Encoder = null!,
            Tokenizer = null!,
            Epochs = 0,
            BatchSize = -1,
            CropWidth = 31,
            CropHeight = 0,
            LearningRate = double.NaN,
            WeightDecay = -1,
            WarmUpSteps = -1,
            InteriorTokenShare = 0,
            FinalClassWeightPower = 1.5,
            LabelSmoothing = 1,
            TokenLossWeight = 0,
            AuxiliaryLossWeight = -0.5,
            GradientClipNorm = 0,
            MinimumScale = 0,
            MaximumScale = 17,
            MaximumClassShare = 0,
            Device = (TrainingDevice)9,
            ValidationInterval = 0,
            WorkspacePath = " ",
            CheckpointMinutes = 0,
        };
        string message = Assert.ThrowsExactly<ArgumentException>(() => TinyTraining.Run(TinyTraining.Samples(), options)).Message;
        string[] names =
        [
            "Encoder", "Tokenizer", "Epochs", "BatchSize", "CropWidth", "CropHeight", "LearningRate", "WeightDecay", "WarmUpSteps", "InteriorTokenShare", "FinalClassWeightPower", "LabelSmoothing", "TokenLossWeight", "AuxiliaryLossWeight",
            "GradientClipNorm", "MinimumScale", "MaximumScale", "MaximumClassShare", "Device", "ValidationInterval", "WorkspacePath", "CheckpointMinutes",
        ];
        foreach (string name in names)
        {
            StringAssert.Contains(message, $"{name} is ");
        }

        StringAssert.Contains(message, $"{names.Length} faults");
        Assert.IsEmpty(new GenerativeOptions().Faults());
    }

    [TestMethod]
    public void Data_that_cannot_be_trained_on_is_refused()
    {
        GenerativeOptions options = TinyTraining.Options(null);
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => TinyTraining.Run(TinyTraining.Samples(0), options)).Message, "no samples");
        StringAssert.Contains(
            Assert.Throws<ArgumentException>(() => LatentPriorTraining.Run(TinyTraining.Samples(), TinyTraining.Classes, MaskigePalette.MaximalDistance(4), options)).Message,
            "4 colours");
        var damaged = new MemorySamples(3, _ => throw new SegmentationDataException("'x.jpg' is cut short."));
        Assert.AreEqual("'x.jpg' is cut short.", Assert.ThrowsExactly<SegmentationDataException>(() => TinyTraining.Run(damaged, options)).Message);
    }

    [TestMethod]
    public void A_label_beyond_the_classes_is_refused_by_name()
    {
        var samples = new MemorySamples(2, _ => (new RgbImage(48, 32), new LabelMap(48, 32, [.. Enumerable.Repeat((byte)3, 48 * 32)])));
        SegmentationDataException error = Assert.ThrowsExactly<SegmentationDataException>(() => TinyTraining.Run(samples, TinyTraining.Options(null)));
        StringAssert.Contains(error.Message, "'sample ");
        StringAssert.Contains(error.Message, "class 3");
    }
}
