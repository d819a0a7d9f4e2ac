using System.Reflection;
using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <content>Saving and loading with errors that help.</content>
public sealed partial class SegmentationCatalog
{
    /// <summary>Saves a model as <c>mlContext.Model.Save</c> does, but through a temporary file in the same folder: at any moment the file is whole or absent.</summary>
    /// <param name="model">A trained transformer or a chain of transformers.</param>
    /// <param name="inputSchema">The schema of its input, or null. ML.NET leaves out columns of images and label maps.</param>
    /// <param name="path">The file, usually with the extension <c>.zip</c>; an existing one is replaced.</param>
    /// <exception cref="SegmentationModelException">The file cannot be written; nothing half-written is left and an existing file stays as it was.</exception>
    public void Save(ITransformer model, DataViewSchema? inputSchema, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        try
        {
            // ML.NET keeps columns of plain values only, and refuses a schema that has none.
            DataViewSchema? kept = inputSchema?.Any(column => column.Type is PrimitiveDataViewType or VectorDataViewType) == true ? inputSchema : null;
            AtomicFile.Write(path, stream => Context.Model.Save(model, kept, stream));
        }
        catch (IOException e)
        {
            throw new SegmentationModelException($"The model {e.Message}", e);
        }
    }

    /// <summary>Loads a model as <c>mlContext.Model.Load</c> does, but whatever is wrong with the file becomes one exception that says so.</summary>
    /// <param name="path">A file that <see cref="Save"/> or <c>mlContext.Model.Save</c> wrote.</param>
    /// <param name="inputSchema">The schema of the model's input, null where it was saved without. ML.NET leaves out columns of images and label maps when it saves a schema.</param>
    /// <returns>The model; dispose it when it is no longer needed, where it is <see cref="IDisposable"/>.</returns>
    /// <exception cref="SegmentationModelException">The file is missing, cut off, damaged, no ML.NET model, or needs an assembly that is not there.</exception>
    /// <exception cref="InvalidOperationException">The context's <see cref="MLContext.GpuDeviceId"/> cannot be used, and its <see cref="MLContext.FallbackToCpu"/> is false.</exception>
    /// <remarks>Models score as they were saved (in windows, where <see cref="SegmentationTransformer.WithScoring"/> made them so), on the context's device.</remarks>
    public ITransformer Load(string path, out DataViewSchema? inputSchema)
    {
        ScoringDevice.Require(Context, ScoringDevice.Of(Context));
        return Read(path, out inputSchema);
    }

    /// <summary>The same with scoring options for all segmentation transformers of the model, in place of those that it was saved with and of the context's device.</summary>
    /// <param name="path">A file that <see cref="Save"/> or <c>mlContext.Model.Save</c> wrote.</param>
    /// <param name="scoring">Threads, device, memory, windows: all of them hold, also those at their default. Where they replace a saved window the log is warned.</param>
    /// <param name="inputSchema">The schema of the model's input, null where it was saved without.</param>
    /// <returns>The model; dispose it when it is no longer needed, where it is <see cref="IDisposable"/>.</returns>
    /// <exception cref="SegmentationModelException">The file is missing, cut off, damaged, no ML.NET model, or needs an assembly that is not there.</exception>
    /// <exception cref="ArgumentException">Options are out of range, or do not fit a transformer of the model.</exception>
    /// <exception cref="InvalidOperationException">The CUDA device cannot be used, and <see cref="ScoringOptions.FallbackToCpu"/> is false.</exception>
    public ITransformer Load(string path, ScoringOptions scoring, out DataViewSchema? inputSchema)
    {
        ArgumentNullException.ThrowIfNull(scoring);
        ScoringDevice.Require(Context, scoring);
        DataViewSchema? found = null;
        ITransformer model = LoadingOptions.Run(scoring, () => Read(path, out found));
        inputSchema = found;
        return model;
    }

    private ITransformer Read(string path, out DataViewSchema? inputSchema)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        try
        {
            using FileStream stream = File.OpenRead(path);
            return Context.Model.Load(stream, out inputSchema);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw Cause(e) is UnfitScoringException unfit ? unfit : new SegmentationModelException(Describe(path, e), e);
        }
    }

    private static Exception Cause(Exception exception) =>
        exception is TargetInvocationException or AggregateException && exception.InnerException is { } inner ? Cause(inner) : exception;

    private static string Describe(string path, Exception exception)
    {
        Exception cause = Cause(exception);
        string reason = cause.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
        return cause switch
        {
            SegmentationModelException => $"The model '{path}' cannot be loaded: {char.ToLowerInvariant(reason[0])}{reason[1..]}.",
            DllNotFoundException => $"The model '{path}' cannot be loaded: {reason}.",
            _ when File.Exists(path) && TemporaryFault() is { } fault => $"The model '{path}' cannot be loaded, because ML.NET unpacks it in the temporary folder '{Path.GetTempPath()}', which cannot be written ({fault}): set TMPDIR to a folder that can be.",
            FileNotFoundException missing when missing.FileName is { } name && Path.GetFullPath(path) != name => $"The model '{path}' needs the assembly '{name}', which was not found: reference the package that its transformers came from.",
            FileNotFoundException or DirectoryNotFoundException => $"The model '{path}' does not exist: give the path of a file that Model.Save wrote.",
            UnauthorizedAccessException => $"The model '{path}' could not be read ({reason}): give a file that this process may read.",
            _ => $"The model '{path}' is damaged or no ML.NET model ({reason}): copy the file again, or give one that Model.Save wrote.",
        };
    }

    /// <summary>Why nothing can be written to the temporary folder; null where it can be.</summary>
    private static string? TemporaryFault()
    {
        try
        {
            Directory.CreateTempSubdirectory("gss-").Delete();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return AtomicFile.Reason(e);
        }
    }
}
