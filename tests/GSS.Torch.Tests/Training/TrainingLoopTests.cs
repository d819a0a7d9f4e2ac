using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>The loop and its options, on an objective of one colour.</summary>
[TestClass]
public sealed class TrainingLoopTests
{
    private static readonly TrainingOptions s_options = new() { Epochs = 5, LearningRate = 0.05, WarmUpSteps = 0 };

    [TestMethod]
    public void It_learns_a_colour()
    {
        (float[] found, TrainingOutcome outcome) = Run(s_options with { Epochs = 50 });
        foreach ((double expected, float value) in new[] { 0.85, 0.25, 0.55 }.Zip(found))
        {
            Assert.AreEqual(expected, value, 0.03);
        }

        Assert.AreEqual(TrainingEnd.AllEpochs, outcome.End);
        Assert.IsNull(outcome.Best);
    }

    [TestMethod]
    public void Accumulated_gradients_are_the_mean_over_the_batches_of_a_step()
    {
        // By hand: AdamW on the mean gradient of four batches, one step an epoch.
        using DisposeScope scope = TorchTest.NewScope();
        using var objective = new ColorObjective();
        double[] color = new double[3], mean = new double[3], square = new double[3];
        for (int step = 0; step < 5; step++)
        {
            float[][] batches = [.. Enumerable.Range(0, 4).Select(i => objective.Make(step, i, null, default))];
            double rate = LearningRates.At(s_options, step, 5, 0);
            for (int c = 0; c < 3; c++)
            {
                double gradient = batches.Average(batch => 2 * (color[c] - batch[c]) / 3);
                mean[c] = (0.9 * mean[c]) + (0.1 * gradient);
                square[c] = (0.999 * square[c]) + (0.001 * gradient * gradient);
                color[c] -= rate * (mean[c] / (1 - Math.Pow(0.9, step + 1))) / (Math.Sqrt(square[c] / (1 - Math.Pow(0.999, step + 1))) + 1e-8);
            }
        }

        List<long> steps = [];
        (float[] found, _) = Run(s_options with { GradientAccumulation = 4, Progress = progress => steps.Add(progress.Step) });
        CollectionAssert.AreEqual(new long[] { 1, 2, 3, 4, 5 }, steps);
        for (int c = 0; c < 3; c++)
        {
            Assert.AreEqual(color[c], found[c], 1e-5);
        }
    }

    [TestMethod]
    public void The_average_of_weights_follows_its_formula_and_is_what_is_validated_and_kept()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var objective = new ColorObjective();
        double average = 0, validated = double.NaN;
        TrainingLoop<float[]>.Run(objective, s_options with
        {
            EmaDecay = 0.5,
            Progress = progress =>
            {
                double decay = Math.Min(0.5, (double)progress.Step / (9 + progress.Step));
                average = (decay * average) + ((1 - decay) * objective.Found()[0]);
            },
        });
        Assert.AreEqual(average, objective.Found()[0], 1e-6);

        ColorObjective? second = null;
        using var validating = second = new ColorObjective(_ => validated = second!.Found()[0]);
        TrainingLoop<float[]>.Run(validating, s_options with { EmaDecay = 0.5 });
        Assert.AreEqual(average, validated, 1e-6, "validated");
        Assert.AreEqual(average, validating.Found()[0], 1e-6, "kept");
    }

    [TestMethod]
    public void Without_a_better_validation_it_ends_early_and_stays_ended()
    {
        using var folder = new TemporaryFolder();
        double[] metrics = [0.1, 0.3, 0.2, 0.25, 0.3, 0.9];
        TrainingOptions options = s_options with { Epochs = 6, EarlyStoppingPatience = 3, WorkspacePath = folder.FullName };
        int steps = 0;
        (float[] found, TrainingOutcome outcome) = Run(options with { Progress = progress => steps += progress.Metric is null ? 1 : 0 }, i => metrics[i]);
        Assert.AreEqual((TrainingEnd.EarlyStopping, 2, 0.3, 5 * 4), (outcome.End, outcome.BestEpoch, outcome.Best!.Metric, steps));

        steps = 0;
        (float[] again, outcome) = Run(options with { Progress = _ => steps++ }, _ => 0.3);
        Assert.AreEqual((TrainingEnd.EarlyStopping, 0), (outcome.End, steps));
        CollectionAssert.AreEqual(found, again);
    }

    [TestMethod]
    public void What_it_counts_and_averages_goes_on_from_a_checkpoint()
    {
        double[] metrics = [0.1, 0.3, 0.2, 0.25, 0.3, 0.9];
        TrainingOptions options = s_options with { Epochs = 6, EarlyStoppingPatience = 3, EmaDecay = 0.9 };
        (float[] unbroken, _) = Run(options, i => metrics[i]);
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        TrainingOptions broken = options with { WorkspacePath = folder.FullName };
        Assert.Throws<OperationCanceledException>(() => Run(broken with
        {
            CancellationToken = cancellation.Token,
            Progress = progress =>
            {
                if (progress.Step == 15)
                {
                    cancellation.Cancel();
                }
            },
        }, i => metrics[i]));
        (float[] continued, TrainingOutcome outcome) = Run(broken, i => metrics[3 + i]);
        Assert.AreEqual((TrainingEnd.EarlyStopping, 2), (outcome.End, outcome.BestEpoch));
        CollectionAssert.AreEqual(unbroken, continued);
    }

    [TestMethod]
    public void When_its_time_is_over_it_validates_keeps_the_best_and_goes_on_with_more_time()
    {
        using var folder = new TemporaryFolder();
        long last = 0;
        TrainingOptions options = s_options with
        {
            MaxTrainingTime = TimeSpan.FromTicks(1),
            WorkspacePath = folder.FullName,
            Progress = progress => last = progress.Step,
        };
        (_, TrainingOutcome outcome) = Run(options, _ => 0.5);
        Assert.AreEqual((TrainingEnd.MaxTrainingTime, 1L, 0.5, 1), (outcome.End, last, outcome.Best!.Metric, outcome.BestEpoch));

        // The time before counts; more of it ends with the weights of a run without limit.
        (_, outcome) = Run(options with { Progress = _ => Assert.Fail("nothing is left to do") }, _ => 0.5);
        Assert.AreEqual(TrainingEnd.MaxTrainingTime, outcome.End);
        (float[] found, outcome) = Run(options with { MaxTrainingTime = TimeSpan.FromHours(1) }, _ => double.NaN);
        Assert.AreEqual((TrainingEnd.AllEpochs, 20L), (outcome.End, last));
        (float[] unbroken, _) = Run(s_options, null);
        CollectionAssert.AreEqual(unbroken, found);
    }

    [TestMethod]
    public void A_cancelled_run_may_give_back_its_best()
    {
        using var cancellation = new CancellationTokenSource();
        float[] best = [];
        ColorObjective? inside = null;
        using DisposeScope scope = TorchTest.NewScope();
        using var objective = inside = new ColorObjective(i =>
        {
            best = i == 0 ? inside!.Found() : best;
            return -i;
        });
        TrainingOptions options = s_options with { KeepBestOnCancellation = true, CancellationToken = cancellation.Token };
        TrainingOutcome outcome = TrainingLoop<float[]>.Run(objective, options with
        {
            Progress = progress =>
            {
                if (progress.Step == 10)
                {
                    cancellation.Cancel();
                }
            },
        });
        Assert.AreEqual((TrainingEnd.Cancellation, 1, 0.0), (outcome.End, outcome.BestEpoch, outcome.Best!.Metric));
        CollectionAssert.AreEqual(best, objective.Found());

        // Before the first step there is nothing to give.
        using var untouched = new ColorObjective();
        Assert.Throws<OperationCanceledException>(() => TrainingLoop<float[]>.Run(untouched, options));
    }

    [TestMethod]
    public void The_caller_may_stop_it_after_a_validation()
    {
        (_, TrainingOutcome outcome) = Run(s_options with { StopWhen = progress => progress.Metric > 0.15 }, i => 0.1 * (i + 1));
        Assert.AreEqual((TrainingEnd.StopWhen, 2), (outcome.End, outcome.BestEpoch));
    }

    [TestMethod]
    [DataRow(null, "GradientClipNorm (1, for instance)")]
    [DataRow(0.5, "a smaller GradientClipNorm (it is 0.5)")]
    public void A_loss_that_is_not_a_number_stops_at_once_and_keeps_the_last_good_checkpoint(double? clip, string advice)
    {
        using var folder = new TemporaryFolder();
        TrainingOptions options = s_options with { WorkspacePath = folder.FullName, CheckpointMinutes = 1e-9, GradientClipNorm = clip };
        byte[] good = [];
        using DisposeScope scope = TorchTest.NewScope();
        using var objective = new ColorObjective();
        TrainingDivergedException error = Assert.ThrowsExactly<TrainingDivergedException>(() => TrainingLoop<float[]>.Run(objective, options with
        {
            Progress = progress =>
            {
                if (progress.Step == 7)
                {
                    good = File.ReadAllBytes(folder.File(TrainingCheckpoint.FileName));
                    using var noGradient = no_grad();
                    objective.Color.fill_(float.NaN);
                }
            },
        }));
        Assert.AreEqual(7, error.Step);
        Assert.AreEqual(
            $"Training diverged at step 7 of 20: 'colour' holds a number that is not finite, expected a finite number. Train again with a smaller LearningRate (it is 0.05), with {advice} or with more WarmUpSteps; "
            + $"the last good checkpoint is still in '{folder.FullName}', name another WorkspacePath for the next run.",
            error.Message);
        CollectionAssert.AreEqual(good, File.ReadAllBytes(folder.File(TrainingCheckpoint.FileName)));

        // Without checkpoints in between, the loss of the next step tells.
        using var second = new ColorObjective();
        error = Assert.ThrowsExactly<TrainingDivergedException>(() => TrainingLoop<float[]>.Run(second, s_options with
        {
            Progress = progress =>
            {
                using var noGradient = no_grad();
                second.Color.fill_(progress.Step == 2 ? float.PositiveInfinity : 0);
            },
        }));
        Assert.AreEqual(3, error.Step);
        StringAssert.StartsWith(error.Message, "Training diverged at step 3 of 20: the loss is ");
    }

    [TestMethod]
    [DoNotParallelize]
    public void Threads_are_those_asked_for_while_it_runs_and_those_of_before_afterwards()
    {
        TorchNative.EnsureLoaded();
        int before = get_num_threads();
        List<int> inside = [];
        Run(s_options with { Threads = before + 1, Progress = _ => inside.Add(get_num_threads()) });
        CollectionAssert.AreEqual(new[] { before + 1 }, inside.Distinct().ToArray());
        Assert.AreEqual(before, get_num_threads());
    }

    private static (float[] Color, TrainingOutcome Outcome) Run(TrainingOptions options, Func<int, double>? metric = null)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var objective = new ColorObjective(metric);
        TrainingOutcome outcome = TrainingLoop<float[]>.Run(objective, options);
        return (objective.Found(), outcome);
    }
}
