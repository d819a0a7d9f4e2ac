using System.Diagnostics;
using System.Globalization;
using GSS.Core;
using GSS.Tests.Native;
using GSS.Torch;

namespace GSS.Tests;

/// <summary>A run that is broken off in any way goes on in its workspace and ends with the weights of an unbroken one.</summary>
[TestClass]
public sealed class ResumeTests
{
    [TestMethod]
    [DataRow(6, 1e-9, 5, DisplayName = "a checkpoint after each step")]
    [DataRow(6, 60.0, 4, DisplayName = "a checkpoint after each epoch")]
    public void A_killed_process_started_again_ends_with_the_weights_of_an_unbroken_one(int killedAfter, double checkpointMinutes, int lastCheckpoint)
    {
        using var folder = new TemporaryFolder();
        TinyTraining.WriteFiles(folder.FullName);

        using (Process killed = ChildProcess.Start("train", Environment(folder.FullName, killedAfter, checkpointMinutes)))
        {
            while (killed.StandardOutput.ReadLine() is { } line && line != $"step {killedAfter}")
            {
                StringAssert.StartsWith(line, "step ");
            }

            killed.Kill();
            killed.WaitForExit();
        }

        string[] lines = ChildProcess.Run("train", Environment(folder.FullName, -1, checkpointMinutes)).Split('\n');
        string[] steps = [.. lines.Where(line => line.StartsWith("step ", StringComparison.Ordinal)).Distinct()];
        CollectionAssert.AreEqual(Enumerable.Range(lastCheckpoint + 1, TinyTraining.Steps - lastCheckpoint).Select(step => $"step {step}").ToArray(), steps);

        // The last checkpoint tells more than the weights handed out, which may be those of an epoch before the end: it holds the last weights, the best ones,
        // the optimizer's averages and the position.
        string workspace = Path.Combine(folder.FullName, "unbroken");
        SegmentationFiles files = TinyTraining.Files(folder.FullName);
        using TrainedPrior unbroken = TinyTraining.Run(files, TinyTraining.Options(workspace), TinyTraining.ValidationFiles(folder.FullName));
        Assert.Contains($"weights {TinyTraining.Hash(unbroken)}", lines);
        CollectionAssert.AreEqual(Checkpoint(workspace), Checkpoint(Path.Combine(folder.FullName, "workspace")));
    }

    [TestMethod]
    public void Cancellation_ends_within_a_step_and_leaves_a_checkpoint_to_go_on_from()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        long last = 0;
        GenerativeOptions options = TinyTraining.Options(folder.FullName);
        Assert.Throws<OperationCanceledException>(() => TinyTraining.Run(TinyTraining.Samples(), options with
        {
            CancellationToken = cancellation.Token,
            Progress = progress =>
            {
                last = progress.Step;
                if (last == 6)
                {
                    cancellation.Cancel();
                }
            },
        }));
        Assert.AreEqual(6, last);

        List<long> steps = [];
        using TrainedPrior continued = TinyTraining.Run(TinyTraining.Samples(), options with { Progress = progress => steps.Add(progress.Step) });
        CollectionAssert.AreEqual(new long[] { 7, 8 }, steps);
        using TrainedPrior unbroken = TinyTraining.Run(TinyTraining.Samples(), options with { WorkspacePath = null });
        Assert.AreEqual(TinyTraining.Hash(unbroken), TinyTraining.Hash(continued));

        // Finished: the same call again has nothing to do but to hand out the weights.
        steps.Clear();
        var samples = TinyTraining.Samples();
        using TrainedPrior again = TinyTraining.Run(samples, options with { Progress = progress => steps.Add(progress.Step) });
        Assert.IsEmpty(steps);
        Assert.AreEqual(9, samples.Reads, "only to know the data again");
        Assert.AreEqual(TinyTraining.Hash(unbroken), TinyTraining.Hash(again));
        CollectionAssert.AreEqual(unbroken.KeptTokens, again.KeptTokens, "the tokens to choose from are in the checkpoint");
        Assert.IsNotNull(unbroken.KeptTokens);

        // Another run may not take the workspace over.
        string message = Assert.ThrowsExactly<WorkspaceException>(() => TinyTraining.Run(TinyTraining.Samples(), options with { LearningRate = 0.25, Epochs = 5 })).Message;
        StringAssert.Contains(message, $"The workspace '{folder.FullName}' belongs to another training run (Epochs was 2 and is 5; LearningRate was 0.001 and is 0.25)");
    }

    private static byte[] Checkpoint(string workspace) => File.ReadAllBytes(Path.Combine(workspace, TrainingCheckpoint.FileName));

    private static (string, string)[] Environment(string folder, int hangAfter, double checkpointMinutes) =>
    [
        ("GSS_TEST_FOLDER", folder),
        ("GSS_TEST_HANG", hangAfter.ToString(CultureInfo.InvariantCulture)),
        ("GSS_TEST_MINUTES", checkpointMinutes.ToString("R", CultureInfo.InvariantCulture)),
    ];
}
