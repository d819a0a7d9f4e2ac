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
    private const int LargestModelWithoutWeights = 64 << 20;

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
        string? replaced = WeightsOf(_path);
        try
        {
            File.Move(Path.Combine(_folder, _weights), weights, overwrite: true);
            File.Move(Model, _path, overwrite: true);
        }
        catch (Exception e) when (AtomicFile.IsOfFileSystem(e))
        {
            throw AtomicFile.Fault(_path, e);
        }

        RemoveReplaced(replaced, by: weights);
        return weights;
    }

    /// <summary>The weights that the model of an earlier export has beside it; null where there is none, or where its name is not one that an export gives.</summary>
    /// <param name="path">The model that is about to be replaced.</param>
    public static string? WeightsOf(string path)
    {
        try
        {
            // What has its weights elsewhere is small.
            string? named = new FileInfo(path) is { Exists: true, Length: < LargestModelWithoutWeights }
                ? OnnxGraph.Read(File.ReadAllBytes(path)).Graph?.Initializer.SelectMany(constant => constant.ExternalData).FirstOrDefault(entry => entry.Key == "location")?.Value
                : null;
            return named is not null && IsOfModel(named, Path.GetFileName(path)) ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, named) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidProtocolBufferException)
        {
            // Whatever it is, it is no model with weights of ours.
            return null;
        }
    }

    /// <summary>Removes what <see cref="WeightsOf"/> found, after its model has been replaced.</summary>
    public static void RemoveReplaced(string? weights, string? by = null)
    {
        if (weights is not null && weights != by)
        {
            TryTo(() => File.Delete(weights));
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
