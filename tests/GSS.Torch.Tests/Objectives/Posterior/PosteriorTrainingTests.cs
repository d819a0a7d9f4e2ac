using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Stage I: what each variant learns, and that a broken run goes on.</summary>
[TestClass]
public sealed class PosteriorTrainingTests
{
    private static readonly MaskigePalette s_palette = MaskigePalette.MaximalDistance(3);

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void X_inverse_begins_as_the_nearest_colour(bool isSwin)
    {
        foreach (int classes in new[] { 3, 19, 150 })
        {
            using DisposeScope scope = TorchTest.NewScope();
            using IDisposable noGradient = no_grad();
            using var generator = new Generator(1, CPU);
            MaskigePalette palette = MaskigePalette.MaximalDistance(classes);
            using InverseNetwork inverse = InverseNetwork.Create(isSwin ? InverseKind.SwinBlocks : InverseKind.Convolutions, palette, seed: 4);
            inverse.BeginTraining();

            // A little outside of 0..1 too, as decoders paint.
            Tensor maskige = (rand([1, 3, 40, 50], generator: generator) * 1.2f) - 0.1f;
            byte[] expected = new byte[40 * 50];
            palette.Decode((maskige * 255).contiguous().data<float>().ToArray(), expected);
            byte[] found = inverse.call(maskige).argmax(1).to(ScalarType.Byte).contiguous().data<byte>().ToArray();
            Assert.IsLessThanOrEqualTo(2, expected.Zip(found).Count(pair => pair.First != pair.Second), $"{classes} classes: but for two colours equally far from two others");
        }
    }

    [TestMethod]
    public void X_inverse_has_the_numeric_gradients()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var generator = new Generator(2, CPU);
        using InverseNetwork inverse = InverseNetwork.Create(InverseKind.Convolutions, s_palette, seed: 4);
        Tensor maskige = rand([2, 3, 12, 12], generator: generator), labels = (rand([2, 12, 12], generator: generator) * 3).to(ScalarType.Int64);
        labels.narrow(1, 0, 2).fill_(255);
        Tensor Loss() => PriorLosses.CrossEntropy(MaskigeReading.Scores(inverse, maskige, 1), labels, LabelMap.Void);
        Loss().backward();
        foreach ((string name, var parameter) in inverse.named_parameters())
        {
            using IDisposable noGradient = no_grad();
            const float Step = 1e-3f;
            Tensor direction = randn(parameter.shape, generator: generator);
            float found = (parameter.grad! * direction).sum().item<float>();
            parameter.add_(direction * Step);
            float above = Loss().item<float>();
            parameter.add_(direction * (-2 * Step));
            float below = Loss().item<float>();
            parameter.add_(direction * Step);
            Assert.AreEqual((above - below) / (2 * Step), found, 0.02 * Math.Max(1, Math.Abs(found)), name);
        }
    }

    [TestMethod]
    public void A_palette_has_the_numeric_gradients_of_its_margins()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var generator = new Generator(2, CPU);
        Tensor colors = s_palette.ToTensor().requires_grad_(), pixels = rand([1, 500, 3], generator: generator), ids = (rand([1, 500], generator: generator) * 3).to(ScalarType.Int64);
        TokenizerLosses.MarginOfPixels(pixels, ids, colors.unsqueeze(0)).Loss.backward();
        for (int channel = 0; channel < 9; channel++)
        {
            const float Step = 1e-3f;
            Tensor direction = zeros(9);
            direction[channel] = Step;
            float Value(float sign) => TokenizerLosses.MarginOfPixels(pixels, ids, (colors.detach() + (direction.view(3, 3) * sign)).unsqueeze(0)).Loss.item<float>();
            Assert.AreEqual((Value(1) - Value(-1)) / (2 * Step), colors.grad!.flatten()[channel].item<float>(), 2e-3, $"number {channel}");
        }
    }

    [TestMethod]
    public void A_learned_palette_keeps_whole_steps_and_different_colours()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var learned = new LearnedPalette(s_palette, CPU);
        Assert.AreEqual(s_palette, learned.ToPalette());
        using (no_grad())
        {
            learned.Parameter.copy_(tensor(new float[] { 1.3f, -0.2f, 0.5004f, 1, 0, 0.501f, 1, 0, 0.5f }).view(3, 3));
        }

        MaskigePalette palette = learned.ToPalette();
        CollectionAssert.AreEqual(new RgbColor[] { new(255, 0, 128), new(255, 0, 129), new(255, 0, 130) }, palette.Colors.ToArray());
        learned.Colors().sum().backward();
        TorchTest.AssertClose(ones(3, 3), learned.Parameter.grad!, 1e-6, "gradients as if nothing was rounded");
    }

    [TestMethod]
    public void Each_variant_learns_and_a_broken_run_ends_as_an_unbroken_one()
    {
        (string Name, Func<PosteriorTrainingOptions, PosteriorTrainingOptions> Of)[] variants =
        [
            ("FT", options => options with { Inverse = InverseKind.Convolutions }),
            ("FT-W", options => options with { Inverse = InverseKind.SwinBlocks }),
            ("TF", options => options with { LearnsPalette = true }),
            ("TT", options => options with { LearnsPalette = true, Inverse = InverseKind.Convolutions }),
        ];
        foreach ((string name, Func<PosteriorTrainingOptions, PosteriorTrainingOptions> of) in variants)
        {
            using var folder = new TemporaryFolder();
            PosteriorTrainingOptions options = of(Options());
            using TrainedPosterior unbroken = Train(options);
            Assert.AreEqual(options.LearnsPalette, !unbroken.Palette.Equals(s_palette), name);
            Assert.AreEqual(options.Inverse != InverseKind.NearestColor, unbroken.Inverse is not null, name);
            Assert.IsTrue(unbroken.Inverse?.parameters().All(parameter => !parameter.requires_grad) ?? true, $"{name}: frozen");
            Assert.IsGreaterThan(0, unbroken.ParameterCount);

            using var cancellation = new CancellationTokenSource();
            PosteriorTrainingOptions kept = options with { WorkspacePath = folder.FullName };
            Assert.Throws<OperationCanceledException>(() => Train(kept with
            {
                CancellationToken = cancellation.Token,
                Progress = progress =>
                {
                    if (progress.Step == 3)
                    {
                        cancellation.Cancel();
                    }
                },
            }), name);
            List<long> steps = [];
            using TrainedPosterior continued = Train(kept with { Progress = progress => steps.Add(progress.Step) });
            Assert.AreEqual(4, steps[0], name);
            AssertSame(unbroken, continued, name);
            steps.Clear();
            using TrainedPosterior again = Train(kept with { Progress = progress => steps.Add(progress.Step) });
            Assert.IsEmpty(steps, $"{name}: finished");
            AssertSame(unbroken, again, name);
            Assert.Contains("LearningRate", Assert.Throws<WorkspaceException>(() => Train(kept with { LearningRate = 1e-4 })).Message);
        }
    }

    [TestMethod]
    public void X_inverse_of_predictions_goes_on_after_a_break_with_the_weights_of_its_classes_and_leaves_the_prior_alone()
    {
        using var folder = new TemporaryFolder();
        using TrainedPrior prior = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null) with { Epochs = 1 });
        string before = TinyTraining.Hash(prior);
        PosteriorTrainingOptions options = Options() with { Inverse = InverseKind.Convolutions, ClassWeights = ClassWeighting.Enet, ClassWeightPower = 0.5 };
        TrainedPosterior Read(PosteriorTrainingOptions how) => PosteriorTraining.Run(TinyTraining.Samples(), prior, how, TinyTraining.Samples(2));
        using TrainedPosterior unbroken = Read(options), evenly = Read(options with { ClassWeights = ClassWeighting.None }), fromLabels = Train(options);
        CollectionAssert.AreNotEqual(unbroken.Inverse!.ToBytes(), evenly.Inverse!.ToBytes(), "classes weigh");
        CollectionAssert.AreNotEqual(unbroken.Inverse.ToBytes(), fromLabels.Inverse!.ToBytes(), "it reads predictions");
        PosteriorTrainingOptions kept = options with { WorkspacePath = folder.FullName };
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Read(kept with
        {
            CancellationToken = cancellation.Token,
            Progress = progress =>
            {
                if (progress.Step == 2)
                {
                    cancellation.Cancel();
                }
            },
        }));
        using TrainedPosterior continued = Read(kept);
        AssertSame(unbroken, continued, "after the break");
        Assert.AreEqual(before, TinyTraining.Hash(prior));
        using TrainedPrior other = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null) with { Epochs = 1, Seed = 8 });
        Assert.Contains("prior", Assert.Throws<WorkspaceException>(() => PosteriorTraining.Run(TinyTraining.Samples(), other, kept, TinyTraining.Samples(2))).Message);
    }

    [TestMethod]
    public void Void_and_photographs_do_not_matter_and_all_void_is_no_fault()
    {
        using TrainedPosterior first = Train(Options() with { Inverse = InverseKind.Convolutions });
        using (TrainedPosterior other = Train(Options() with { Inverse = InverseKind.Convolutions }, new MemorySamples(9, i => (new RgbImage(64, 48), TinyTraining.Sample(i).Labels))))
        {
            AssertSame(first, other, "black photographs");
        }

        LabelMap nothing = new(64, 48, [.. Enumerable.Repeat(LabelMap.Void, 64 * 48)]);
        foreach (bool palette in new[] { true, false })
        {
            using TrainedPosterior empty = Train(Options() with { LearnsPalette = palette, Inverse = palette ? InverseKind.NearestColor : InverseKind.Convolutions }, new MemorySamples(2, _ => (new RgbImage(64, 48), nothing)));
            Assert.AreEqual(s_palette, empty.Palette);
        }
    }

    [TestMethod]
    public void Options_are_checked_as_a_whole()
    {
        var options = new PosteriorTrainingOptions { Steps = 0, CropSize = 20, StartTemperature = 0, EndTemperature = 2 };
        string message = Assert.Throws<ArgumentException>(() => Train(options)).Message;
        foreach (string sentence in new[]
        {
            "Steps is 0, expected at least 1.", "CropSize is 20, expected a multiple of 16.", "StartTemperature is 0, expected a number above 0.", "EndTemperature is 2, expected above 0, at most StartTemperature.",
            "Inverse is NearestColor, expected a network, or LearnsPalette true: the nearest colour of a given palette has nothing to learn.",
        })
        {
            Assert.Contains(sentence, message);
        }
    }

    private static PosteriorTrainingOptions Options() => new() { Steps = 6, BatchSize = 2, CropSize = 32, Seed = 5, Device = TrainingDevice.Cpu };

    private static TrainedPosterior Train(PosteriorTrainingOptions options, ISegmentationSamples? samples = null) =>
        PosteriorTraining.Run(samples ?? TinyTraining.Samples(), TinyTraining.Classes, s_palette, options, TinyTraining.Samples(2));

    private static void AssertSame(TrainedPosterior expected, TrainedPosterior found, string what)
    {
        Assert.AreEqual(expected.Palette, found.Palette, what);
        CollectionAssert.AreEqual(expected.Inverse?.ToBytes(), found.Inverse?.ToBytes(), what);
        Assert.AreEqual(expected.Validation?.MeanIoU ?? double.NaN, found.Validation?.MeanIoU ?? double.NaN, what);
    }
}
