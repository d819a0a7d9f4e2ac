using System.Security.Cryptography;
using System.Text;
using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// The state of a training run in its workspace folder: one safetensors file that is replaced as a whole, so that a run killed at any moment finds the
/// last complete one. It holds the network (<c>network.</c>), its best weights so far (<c>best.</c>), the average of its weights (<c>average.</c>), the optimizer's
/// averages (<c>optimizer.</c>), what the objective adds (<c>objective.</c>), the position, what the run was started with, and a checksum over all of these.
/// </summary>
internal sealed class TrainingCheckpoint : IDisposable
{
    /// <summary>The file's name in the workspace.</summary>
    public const string FileName = "checkpoint.safetensors";

    /// <summary>Prefix of the weights that training goes on with.</summary>
    public const string Network = "network.";

    /// <summary>Prefix of the weights of the best validation; absent before the first.</summary>
    public const string Best = "best.";

    /// <summary>Prefix of the exponential moving average of the weights; absent where none is kept.</summary>
    public const string Average = "average.";

    /// <summary>Prefix of what the objective adds.</summary>
    public const string Objective = "objective.";

    /// <summary>Prefix of the optimizer's averages.</summary>
    public const string Optimizer = "optimizer.";

    private const string FormatVersion = "2";
    private const string RunPrefix = "run.";

    private readonly SafeTensorsFile _file;
    private readonly string _path;

    private TrainingCheckpoint(SafeTensorsFile file, string path, TrainingPosition position)
    {
        (_file, _path, Position) = (file, path, position);
    }

    /// <summary>How far the run had come.</summary>
    public TrainingPosition Position { get; }

    /// <summary>Whether weights of a best validation are there.</summary>
    public bool HasBest => _file.Entries.Keys.Any(name => name.StartsWith(Best, StringComparison.Ordinal));

    /// <summary>Replaces the workspace's checkpoint; makes the folder where it is missing.</summary>
    /// <param name="workspace">The folder.</param>
    /// <param name="run">What the run was started with, by name: options and data that a continued run must share.</param>
    /// <param name="position">How far it has come.</param>
    /// <param name="tensors">Every tensor under its prefix.</param>
    /// <exception cref="IOException">The folder cannot be written to, or has no space left; the checkpoint before is still there.</exception>
    public static void Save(string workspace, IReadOnlyDictionary<string, string> run, TrainingPosition position, IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        Dictionary<string, string> notes = position.ToNotes();
        notes["format"] = FormatVersion;
        foreach ((string name, string value) in run)
        {
            notes[RunPrefix + name] = value;
        }

        notes["sha256"] = Checksum(notes, tensors.Select(t => t.Name), index => tensors[index].Tensor);
        AtomicFile.Write(Path.Combine(workspace, FileName), stream => SafeTensorsWriter.Write(stream, tensors, notes));
    }

    /// <summary>Opens the workspace's checkpoint.</summary>
    /// <param name="workspace">The folder.</param>
    /// <param name="run">What this run is started with; every value must be the checkpoint's.</param>
    /// <returns>Null where there is none yet.</returns>
    /// <exception cref="WorkspaceException">It belongs to another run, or is damaged.</exception>
    public static TrainingCheckpoint? Load(string workspace, IReadOnlyDictionary<string, string> run)
    {
        string path = Path.Combine(workspace, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        SafeTensorsFile file;
        try
        {
            file = SafeTensorsFile.Open(path);
        }
        catch (WeightFileException exception)
        {
            throw Damaged(path, exception);
        }

        try
        {
            CheckFormat(file.Metadata, path);
            CheckContents(file, path);
            CheckRun(file.Metadata, run, workspace);
            return new(file, path, TrainingPosition.FromNotes(file.Metadata));
        }
        catch (Exception exception)
        {
            file.Dispose();
            throw exception is WeightFileException or KeyNotFoundException or FormatException or OverflowException ? Damaged(path, exception) : exception;
        }
    }

    /// <summary>Copies tensors out of the checkpoint, onto whatever device theirs are.</summary>
    /// <param name="prefix">Where they are kept: <see cref="Network"/>, <see cref="Best"/>, <see cref="Average"/> or <see cref="Optimizer"/>.</param>
    /// <param name="targets">Their names without the prefix, and the tensors to fill.</param>
    /// <exception cref="WorkspaceException">One is missing or has another shape.</exception>
    public void CopyTo(string prefix, IEnumerable<(string Name, Tensor Tensor)> targets)
    {
        using IDisposable noGradient = no_grad();
        foreach ((string name, Tensor target) in targets)
        {
            using var scope = NewDisposeScope();
            if (!_file.Entries.TryGetValue(prefix + name, out SafeTensorEntry? entry) || !entry.Shape.SequenceEqual(target.shape))
            {
                throw Damaged(_path, null);
            }

            target.copy_(_file.Read(prefix + name));
        }
    }

    /// <summary>Reads one tensor; null where there is none of this name.</summary>
    /// <param name="name">Its name with the prefix.</param>
    public Tensor? Read(string name) => _file.Entries.ContainsKey(name) ? _file.Read(name) : null;

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void CheckFormat(IReadOnlyDictionary<string, string> notes, string path)
    {
        if (notes.TryGetValue("format", out string? version) && version != FormatVersion)
        {
            throw new WorkspaceException($"The checkpoint '{path}' has format {version}, but this version of the library reads format {FormatVersion}; finish the run with the version that began it, or delete the file to train anew.");
        }
    }

    private static void CheckContents(SafeTensorsFile file, string path)
    {
        string[] names = [.. file.Entries.OrderBy(entry => entry.Value.Start).ThenBy(entry => entry.Value.Length).Select(entry => entry.Key)];
        var notes = file.Metadata.Where(note => note.Key != "sha256").ToDictionary();
        if (Checksum(notes, names, index => file.Read(names[index])) != file.Metadata.GetValueOrDefault("sha256"))
        {
            throw Damaged(path, null);
        }
    }

    private static void CheckRun(IReadOnlyDictionary<string, string> notes, IReadOnlyDictionary<string, string> run, string workspace)
    {
        string[] differences =
        [
            .. notes.Keys.Where(key => key.StartsWith(RunPrefix, StringComparison.Ordinal)).Select(key => key[RunPrefix.Length..]).Union(run.Keys).Order(StringComparer.Ordinal)
                .Select(name => (Name: name, Was: notes.GetValueOrDefault(RunPrefix + name, "not set"), Is: run.GetValueOrDefault(name, "not set")))
                .Where(value => value.Was != value.Is)
                .Select(value => $"{value.Name} was {value.Was} and is {value.Is}"),
        ];
        if (differences.Length > 0)
        {
            throw new WorkspaceException($"The workspace '{workspace}' belongs to another training run ({string.Join("; ", differences)}); name another folder as WorkspacePath, or delete '{FileName}' in it to train anew.");
        }
    }

    private static string Checksum(Dictionary<string, string> notes, IEnumerable<string> names, Func<int, Tensor> read)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, string value) in notes.OrderBy(note => note.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{value}\0"));
        }

        int index = 0;
        foreach (string name in names)
        {
            using var scope = NewDisposeScope();
            Tensor plain = read(index++).detach().cpu().contiguous();
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{plain.dtype}\0{string.Join(',', plain.shape)}\0"));
            if (plain.numel() > 0)
            {
                hash.AppendData(plain.bytes);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static WorkspaceException Damaged(string path, Exception? inner)
        => new($"The checkpoint '{path}' is damaged, or was not written by a training run; delete it to train anew.", inner);
}
