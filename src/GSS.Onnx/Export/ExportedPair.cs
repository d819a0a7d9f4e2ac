using System.Text.RegularExpressions;
using Google.Protobuf;
using GSS.Core;
using GSS.Core.OnnxSchema;

namespace GSS.Onnx;

/// <summary>
/// A model and its weights in two files: first in a folder of their own beside the target, so that they can be tried, then moved. The file of weights has a part of their hash in its name, so that a
/// model that is replaced never finds the weights of another, wherever the process ends.
/// </summary>
internal sealed partial class ExportedPair : IDisposable
{
    private readonly string _folder, _path, _weights;

    private ExportedPair(string folder, string path, string weights, long bytes) => (_folder, _path, _weights, Bytes) = (folder, path, weights, bytes);

    /// <summary>The model, until it is moved.</summary>
    public string Model => Path.Combine(_folder, Path.GetFileName(_path));

    /// <summary>The size of both files.</summary>
    public long Bytes { get; }

    /// <summary>Writes both.</summary>
    /// <param name="model">The model; its weights are taken out of it.</param>
    /// <param name="path">Where it will be.</param>
    /// <exception cref="IOException">They cannot be written; nothing of them is left behind.</exception>
    public static ExportedPair Write(ModelProto model, string path)
    {
        string full = Path.GetFullPath(path), folder = $"{full}.{Guid.NewGuid():N}.tmp", unnamed = Path.Combine(folder, "weights"), weights = "";
        try
        {
            AtomicFile.Write(unnamed, stream =>
                weights = $"{Path.GetFileName(full)}.{Convert.ToHexStringLower(ExternalData.Write(model, stream))[..8]}.data");
            ExternalData.Name(model, weights);
            File.Move(unnamed, Path.Combine(folder, weights));
            var pair = new ExportedPair(folder, full, weights, model.CalculateSize() + new FileInfo(Path.Combine(folder, weights)).Length);
            AtomicFile.Write(pair.Model, stream => model.WriteTo(stream));
            return pair;
        }
        catch (Exception e)
        {
            Remove(folder);
            if (e is IOException)
            {
                // By the name that was asked for, in place of that of the temporary file.
                throw AtomicFile.Fault(path, e.InnerException ?? e);
            }

            throw;
        }
    }

    /// <summary>Moves both to where they belong: the weights first, since a model without them is none.</summary>
    /// <returns>The file of the weights.</returns>
    /// <exception cref="IOException">They cannot be moved.</exception>
    public string Move()
    {
        string weights = Path.Combine(Path.GetDirectoryName(_path)!, _weights);
        try
        {
            File.Move(Path.Combine(_folder, _weights), weights, overwrite: true);
            File.Move(Model, _path, overwrite: true);
        }
        catch (Exception e) when (AtomicFile.IsOfFileSystem(e))
        {
            throw AtomicFile.Fault(_path, e);
        }

        RemoveWeights(_path, keep: _weights);
        return weights;
    }

    /// <summary>Removes the weights that an earlier export of the same name left.</summary>
    /// <param name="path">The model.</param>
    /// <param name="keep">The name of those that it has now; null for none.</param>
    public static void RemoveWeights(string path, string? keep = null)
    {
        string full = Path.GetFullPath(path), name = Path.GetFileName(full);
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(full)!, "*.data").Where(file => IsOfModel(Path.GetFileName(file), name) && Path.GetFileName(file) != keep))
        {
            TryTo(() => File.Delete(file));
        }
    }

    public void Dispose() => Remove(_folder);

    private static bool IsOfModel(string file, string model) => file.StartsWith(model, StringComparison.Ordinal) && HashAndExtension().IsMatch(file.AsSpan(model.Length));

    private static void Remove(string folder) => TryTo(() => Directory.Delete(folder, recursive: true));

    private static void TryTo(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another program may still have the file open; it does no harm where it is.
        }
    }

    [GeneratedRegex("^\\.[0-9a-f]{8}\\.data$")]
    private static partial Regex HashAndExtension();
}
