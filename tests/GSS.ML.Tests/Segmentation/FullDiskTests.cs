using System.Runtime.InteropServices;
using GSS.Core;
using GSS.Torch;
using Microsoft.ML;
using static TorchSharp.torch;

namespace GSS.ML.Tests;

/// <summary>
/// A disk that is full while something is saved, once a real one (a file system in memory that only the child process sees, no special rights
/// needed where the system has user namespaces) and once a limit on the size of files (works everywhere but on Windows): the old file stays as it was, nothing
/// else is left in the folder, and the error is one sentence.
/// </summary>
[TestClass]
public sealed partial class FullDiskTests
{
    private const string FolderVariable = "GSS_TEST_FOLDER";
    private const string ModelVariable = "GSS_TEST_MODEL";
    private const string LimitVariable = "GSS_TEST_FILE_LIMIT";
    private const int Space = 256 << 10;

    private string _folder = "";

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("gss-full-").FullName;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void A_full_disk_leaves_the_old_files_and_nothing_else()
    {
        string disk = Directory.CreateDirectory(Path.Combine(_folder, "disk")).FullName;
        string[] launcher = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", $"mount -t tmpfs -o size={Space} tmpfs '{disk}' && exec \"$0\" \"$@\""];
        if (!OperatingSystem.IsLinux() || !MayMount(launcher))
        {
            Assert.Inconclusive("This system does not let the test mount a small disk of its own; the test with a limit on the size of files stands in for it.");
        }

        Check(ChildProcess.Run("save", launcher, (FolderVariable, disk), (ModelVariable, SavedModel())), disk, "No space left on device");
    }

    [TestMethod]
    public void A_limit_on_the_size_of_files_leaves_the_old_files_and_nothing_else()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("Windows has no limit on the size of files for a process.");
        }

        string disk = Directory.CreateDirectory(Path.Combine(_folder, "disk")).FullName;
        Check(ChildProcess.Run("save", [], (FolderVariable, disk), (ModelVariable, SavedModel()), (LimitVariable, $"{Space}")), disk, "the file is larger than the system allows");
    }

    /// <summary>What the child process does: everything that the libraries save, over an old file, each with one line about what came of it.</summary>
    public static void SaveAll()
    {
        string folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        TorchNative.EnsureLoaded();
        var context = new MLContext();
        var model = (GenerativeSegmentationTransformer)context.Model.Load(Environment.GetEnvironmentVariable(ModelVariable), out _);
        byte[] noise = new byte[1 << 20];
        new Random(1).NextBytes(noise);
        var image = new RgbImage(512, 512);
        noise.AsSpan(0, image.Pixels.Length).CopyTo(image.Pixels);
        var labels = new LabelMap(1024, 1024, [.. noise.Select(value => (byte)(value % 254))]);
        var manyClasses = new SegmentationClasses("Many", [.. Enumerable.Range(0, 254).Select(i => $"c{i}")]);
        using Tensor weights = zeros(noise.Length);
        (string File, Action<string> Save)[] savers =
        [
            ("street.zip", path => context.Segmentation().Save(model, null, path)),
            ("street.gss", model.Package.Save),
            ("label.png", path => LabelWriter.SavePng(labels, manyClasses, path)),
            ("image.png", path => ImageWriter.SavePng(image, path)),
            (TrainingCheckpoint.FileName, path => TrainingCheckpoint.Save(Path.GetDirectoryName(path)!, new Dictionary<string, string>(), new(), [("network.weights", weights)])),
        ];

        // Where a view is copied to before it is trained on.
        Environment.SetEnvironmentVariable("TMPDIR", folder);
        if (Environment.GetEnvironmentVariable(LimitVariable) is { } limit)
        {
            LimitFiles(ulong.Parse(limit));
        }

        foreach ((string file, Action<string> save) in savers)
        {
            string path = Path.Combine(folder, file);
            File.WriteAllText(path, "old");
            Console.WriteLine($"{file}: {Try(() => save(path))}");
            Console.WriteLine($"{file} holds: {File.ReadAllText(path)}");
        }

        Console.WriteLine($"training: {Try(() => SpooledSamples.Read(Enumerable.Repeat((image, new LabelMap(512, 512, noise[..(512 * 512)])), 10), "the columns", default))}");
        LabelWriter.SavePng(new LabelMap(1, 1, [0]), manyClasses, Path.Combine(folder, "label.png"));
        Console.WriteLine($"files: {string.Join(' ', Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal))}");
    }

    private static string Try(Action save)
    {
        try
        {
            save();
            return "saved";
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    private static void Check(string output, string folder, string reason)
    {
        (string File, string Error)[] expected =
        [
            ("street.zip", $"SegmentationModelException: The model '{folder}/street.zip' could not be written ({reason}"),
            ("street.gss", $"SegmentationModelException: The model package '{folder}/street.gss' could not be written ({reason}"),
            ("label.png", $"IOException: '{folder}/label.png' could not be written ({reason}"),
            ("image.png", $"IOException: '{folder}/image.png' could not be written ({reason}"),
            (TrainingCheckpoint.FileName, $"IOException: '{folder}/{TrainingCheckpoint.FileName}' could not be written ({reason}"),
        ];
        List<string> lines = [.. output.TrimEnd().Split('\n')];
        foreach ((string file, string error) in expected)
        {
            string line = lines.Single(line => line.StartsWith($"{file}: ", StringComparison.Ordinal));
            StringAssert.StartsWith(line, $"{file}: {error}");
            StringAssert.EndsWith(line, "): choose a folder that exists, may be written to and has space left.");
            Assert.Contains($"{file} holds: old", lines);
        }

        StringAssert.StartsWith(lines.Single(line => line.StartsWith("training: ", StringComparison.Ordinal)), "training: SegmentationDataException: The rows for training could not be copied");
        Assert.AreEqual($"files: {TrainingCheckpoint.FileName} image.png label.png street.gss street.zip", lines[^1], output);
        Assert.HasCount((2 * expected.Length) + 2, lines, output);
    }

    private static bool MayMount(string[] launcher)
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(launcher[0], [.. launcher[1..], "true"]);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private string SavedModel()
    {
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "model")).FullName, "street.zip");
        TinyScenes.Context.Model.Save(TinyScenes.Model, null, path);
        return path;
    }

    /// <summary>No file of this process grows beyond a size; writing more is an error, not the end of the process.</summary>
    private static void LimitFiles(ulong bytes)
    {
        const int FileSize = 1, SignalOfTooLarge = 25, Ignore = 1;
        SetSignal(SignalOfTooLarge, Ignore);
        ulong[] limit = [bytes, bytes];
        if (SetLimit(FileSize, limit) != 0)
        {
            throw new InvalidOperationException("The size of files could not be limited.");
        }
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, ulong[] limit);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);
}
