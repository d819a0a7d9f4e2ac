using GSS.Torch;
using Microsoft.ML;

namespace GSS.ML.Tests;

/// <summary>A workspace gives back the model of its own run, and no other.</summary>
[TestClass]
public sealed class WorkspaceTests
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
