using GSS.Torch;
using Microsoft.ML;

namespace GSS.ML.Tests;

/// <summary>A workspace gives back the model of its own run, and no other; the log says why a run ended.</summary>
[TestClass]
public sealed class TrainingRunTests
{
    [TestMethod]
    public void Another_working_size_is_another_run()
    {
        string workspace = Directory.CreateTempSubdirectory("gss-tests-").FullName;
        try
        {
            GenerativeSegmenter.Options options = TinyScenes.Options() with { Epochs = 1, WorkspacePath = workspace, ShortSide = 32 };
            int steps = 0;
            options = options with { Progress = _ => steps++ };
            TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data).Dispose();
            Assert.IsGreaterThan(0, steps);

            // The same run again has nothing left to train.
            steps = 0;
            TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data).Dispose();
            Assert.AreEqual(0, steps);

            string message = Assert.ThrowsExactly<WorkspaceException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options with { ShortSide = 36 }).Fit(TinyScenes.Data)).Message;
            StringAssert.Contains(message, "at short side 32 and is 7 samples (");
            StringAssert.Contains(message, "at short side 36)");
        }
        finally
        {
            Directory.Delete(workspace, recursive: true);
        }
    }

    [TestMethod]
    [DataRow("time", "Training ended early, because its time was over (MaxTrainingTime 00:00:00.0000001); the weights of epoch 1, the best validation, are kept.")]
    [DataRow("stop", "Training ended early, because StopWhen asked for it; the weights of epoch 1, the best validation, are kept.")]
    [DataRow("patience", "Training ended early, after 1 validation(s) without a better one (EarlyStoppingPatience); the weights of epoch 1, the best validation, are kept.")]
    [DataRow("cancelled", "Training ended early, because it was cancelled (KeepBestOnCancellation); the last weights are kept.")]
    public void The_log_says_why_training_ended_early(string how, string expected)
    {
        var context = new MLContext();
        List<string> lines = [];
        context.Log += (_, line) => lines.Add(line.Message);
        using var cancellation = new CancellationTokenSource();
        GenerativeSegmenter.Options options = TinyScenes.Options() with { Epochs = 6, LearningRate = 1e-9, ValidationSet = TinyScenes.Data };
        options = how switch
        {
            "time" => options with { MaxTrainingTime = TimeSpan.FromTicks(1) },
            "stop" => options with { StopWhen = _ => true },
            "patience" => options with { EarlyStoppingPatience = 1 },
            _ => options with { KeepBestOnCancellation = true, CancellationToken = cancellation.Token, ValidationSet = null, Progress = _ => cancellation.Cancel() },
        };
        context.Segmentation().Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data).Dispose();
        Assert.IsTrue(lines.Any(line => line.EndsWith(expected, StringComparison.Ordinal)), string.Join("\n", lines));
    }

    [TestMethod]
    public void Rows_that_are_no_files_are_told_apart_too()
    {
        string workspace = Directory.CreateTempSubdirectory("gss-tests-").FullName;
        try
        {
            GenerativeSegmenter.Options options = TinyScenes.Options() with { Epochs = 1, WorkspacePath = workspace };
            IDataView first = TinyScenes.Context.Data.TakeRows(TinyScenes.Data, 4), second = TinyScenes.Context.Data.SkipRows(TinyScenes.Data, 3);
            TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(first).Dispose();
            string message = Assert.ThrowsExactly<WorkspaceException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(second)).Message;
            StringAssert.Contains(message, "training data was 4 samples (");
        }
        finally
        {
            Directory.Delete(workspace, recursive: true);
        }
    }
}
