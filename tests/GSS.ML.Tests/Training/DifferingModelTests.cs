using GSS.Core;
using GSS.Onnx;
using GSS.Tests;

namespace GSS.ML.Tests;

/// <summary>A model whose export does not compute what was trained is named and kept.</summary>
[TestClass]
public sealed class DifferingModelTests
{
    private static readonly SegmentationModelException s_reason = new("The exported network differs from the trained one by 0.01 of its logits' range (8), expected at most 0.0001.");

    [TestMethod]
    public void Beside_the_checkpoint_of_the_workspace()
    {
        using var folder = new TemporaryFolder();
        string workspace = folder.File("workspace");
        Directory.CreateDirectory(workspace);
        string message = DifferingModel.Keep(s_reason, TinyScenes.Model.Package, workspace).Message;
        string path = Path.Combine(workspace, "differs.gss");
        Assert.AreEqual(
            $"The exported network differs from the trained one by 0.01 of its logits' range (8), expected at most 0.0001; the model is kept as '{path}', and the checkpoint of the run in '{workspace}': "
            + "look at what SegmentationModel.Load makes of it before you use it, or train again with a smaller LearningRate or with GradientClipNorm.",
            message);
        using SegmentationModel kept = SegmentationModel.Load(path);
        Assert.AreEqual(TinyScenes.Model.Model.Predict(TinyScenes.Draw(1).Image).Labels, kept.Predict(TinyScenes.Draw(1).Image).Labels);
    }

    [TestMethod]
    public void In_the_temporary_folder_where_there_is_no_workspace()
    {
        string message = DifferingModel.Keep(s_reason, TinyScenes.Model.Package, null).Message;
        string path = message.Split('\'').Single(part => part.EndsWith(".gss", StringComparison.Ordinal));
        Assert.AreEqual(Path.GetTempPath().TrimEnd('/', '\\'), Path.GetDirectoryName(path));
        Assert.DoesNotContain("checkpoint", message);
        SegmentationModelPackage.Load(path);
        File.Delete(path);
    }

    [TestMethod]
    public void A_workspace_that_cannot_be_written_is_named_too()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "in the way");
        string message = DifferingModel.Keep(s_reason, TinyScenes.Model.Package, folder.File("file")).Message;
        Assert.Contains("; the model could not be kept as ", message);
        Assert.EndsWith("train again with a smaller LearningRate or with GradientClipNorm.", message);
    }
}
