using GSS.Core;

namespace GSS.ML;

/// <summary>What becomes of a model whose export does not compute what was trained: hours of training are not thrown away for it.</summary>
internal static class DifferingModel
{
    /// <summary>The file in the workspace.</summary>
    public const string FileName = "differs.gss";

    /// <summary>Keeps the package beside the workspace's checkpoint, or, where there is no workspace, in the temporary folder.</summary>
    /// <returns>The exception to throw: what is wrong, where the model is and what to do.</returns>
    public static SegmentationModelException Keep(SegmentationModelException reason, SegmentationModelPackage package, string? workspace)
    {
        string path = Path.Combine(workspace ?? Path.GetTempPath(), workspace is null ? $"gss-differs-{Guid.NewGuid():N}.gss" : FileName);
        const string Mend = "train again with a smaller LearningRate or with GradientClipNorm";
        string message = reason.Message.TrimEnd('.');
        try
        {
            package.Save(path);
        }
        catch (Exception e) when (e is SegmentationModelException || AtomicFile.IsOfFileSystem(e))
        {
            return new($"{message}; the model could not be kept as '{path}' ({e.Message.TrimEnd('.')}){Checkpoint(workspace)}: {Mend}.", reason);
        }

        return new($"{message}; the model is kept as '{path}'{Checkpoint(workspace)}: look at what SegmentationModel.Load makes of it before you use it, or {Mend}.", reason);
    }

    private static string Checkpoint(string? workspace) => workspace is null ? "" : $", and the checkpoint of the run in '{workspace}'";
}
