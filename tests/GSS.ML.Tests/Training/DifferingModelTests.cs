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
    [DataRow(false)]
    [DataRow(true)]
    public void After_a_Fit_whose_encoder_is_exported_wrongly(bool perPixel)
    {
        using var folder = new TemporaryFolder();
        string workspace = folder.File("workspace");
        GenerativeSegmenter.Options options = TinyScenes.Options();
        (options.Encoder, options.ValidationSet, options.WorkspacePath) = (new FaultyFiveConvolutions(), null, workspace);
        var perPixelOptions = new PerPixelSegmenter.Options { Encoder = options.Encoder, Epochs = 6, BatchSize = 2, CropWidth = 32, CropHeight = 32, Seed = 3, WorkspacePath = workspace };
        string message = Assert.ThrowsExactly<SegmentationModelException>(() => (IDisposable)(perPixel
            ? TinyScenes.Segmentation.Trainers.PerPixelSegmenter(perPixelOptions).Fit(TinyScenes.Data)
            : TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data))).Message;
        StringAssert.StartsWith(message, "The exported network differs from the trained one by ");
        string path = Path.Combine(workspace, "differs.gss");
        StringAssert.Contains(message, $"; the model is kept as '{path}', and the checkpoint of the run in '{workspace}': ");
        using SegmentationModel kept = SegmentationModel.Load(path);
        Assert.AreEqual(TinyScenes.Classes, kept.Manifest.Classes);
        Assert.HasCount(2, Directory.GetFiles(workspace), string.Join(' ', Directory.GetFiles(workspace)));
    }

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
