using System.Reflection;
using GSS.Core;
using GSS.Torch;

namespace GSS.Tests;

/// <summary>A workspace gives a run back to itself alone.</summary>
[TestClass]
public sealed class RunIdentityTests
{
    [TestMethod]
    [DataRow(typeof(GenerativeOptions))]
    [DataRow(typeof(PerPixelOptions))]
    [DataRow(typeof(TokenizerTrainingOptions))]
    public void Every_option_changes_the_identity_or_says_why_not(Type type)
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("weights");
        File.WriteAllText(file, "x");
        int unchanging = 0;
        foreach (PropertyInfo property in type.GetProperties().Where(property => property.CanWrite))
        {
            TrainingOptions first = (TrainingOptions)Activator.CreateInstance(type)!, second = first with { };
            property.SetValue(second, Other(property, file));
            Assert.AreNotEqual(property.GetValue(first), property.GetValue(second), property.Name);
            if (property.GetCustomAttribute<KeepsWeightsAttribute>() is { } keeps)
            {
                unchanging++;
                Assert.IsGreaterThan(10, keeps.Reason.Length, property.Name);
                CollectionAssert.AreEquivalent(Identity(first), Identity(second), property.Name);
            }
            else
            {
                CollectionAssert.AreNotEquivalent(Identity(first), Identity(second), $"{property.Name} must change the identity of a run, or say by KeepsWeights why it does not");
            }
        }

        Assert.AreEqual(type == typeof(TokenizerTrainingOptions) ? 14 : 11, unchanging, "options that do not change weights");
    }

    [TestMethod]
    public void Weight_files_count_by_their_content_and_not_by_their_name()
    {
        using var folder = new TemporaryFolder();
        (string first, string renamed, string changed) = (folder.File("a.pth"), folder.File("b.pth"), folder.File("c.pth"));
        File.WriteAllText(first, "one");
        File.WriteAllText(renamed, "one");
        File.WriteAllText(changed, "two");
        foreach (Func<string, GenerativeOptions> make in new Func<string, GenerativeOptions>[]
        {
            path => new() { Encoder = ImageEncoders.ResNet18(path) },
            path => new() { InverseWeights = path },
            path => new() { Tokenizer = Tokenizers.DalleDVae(path, first) },
            path => new() { Tokenizer = Tokenizers.DalleDVae(first, path) },
        })
        {
            CollectionAssert.AreEquivalent(Identity(make(first)), Identity(make(renamed)));
            CollectionAssert.AreNotEquivalent(Identity(make(first)), Identity(make(changed)));
        }
    }

    [TestMethod]
    public void Two_folds_of_equal_size_do_not_share_a_workspace()
    {
        using var folder = new TemporaryFolder();
        TinyTraining.WriteFiles(folder.FullName);
        SegmentationFiles all = TinyTraining.Files(folder.FullName);
        SegmentationFiles Fold(int part) => SegmentationFiles.FromPairs(all.Pairs.Where((_, i) => i is 0 or 8 || i % 2 == part), TinyTraining.Classes);
        GenerativeOptions options = TinyTraining.Options(folder.File("workspace")) with { Epochs = 1 };
        TinyTraining.Run(Fold(0), options).Dispose();
        SegmentationFiles equal = SegmentationFiles.FromPairs([.. Fold(1).Pairs.Take(4), .. Fold(0).Pairs.TakeLast(1)], TinyTraining.Classes);
        Assert.AreEqual(Fold(0).Count, equal.Count);
        string message = Assert.ThrowsExactly<WorkspaceException>(() => TinyTraining.Run(equal, options)).Message;
        StringAssert.StartsWith(message, $"The workspace '{options.WorkspacePath}' belongs to another training run (training data was 5 samples (");
        StringAssert.Contains(message, "; name another folder as WorkspacePath, or delete 'checkpoint.safetensors' in it to train anew.");
    }

    [TestMethod]
    [DataRow("labels", "5.png")]
    [DataRow("images", "0.png")]
    public void A_file_corrected_under_the_same_name_is_another_run(string kind, string name)
    {
        using var folder = new TemporaryFolder();
        TinyTraining.WriteFiles(folder.FullName);
        GenerativeOptions options = TinyTraining.Options(folder.File("workspace")) with { Epochs = 1 };
        TinyTraining.Run(TinyTraining.Files(folder.FullName), options).Dispose();
        TinyTraining.Run(TinyTraining.Files(folder.FullName), options with { Progress = _ => Assert.Fail("unchanged data goes on") }).Dispose();

        string path = Path.Combine(folder.FullName, kind, name);
        if (kind == "labels")
        {
            (RgbImage image, LabelMap labels) = TinyTraining.Files(folder.FullName).Read(5);
            byte[] ids = labels.Ids.ToArray();
            ids[^1] = (byte)((ids[^1] + 1) % 3);
            LabelWriter.SavePng(new LabelMap(labels.Width, labels.Height, ids), TinyTraining.Classes, path);
        }
        else
        {
            RgbImage image = ImageReader.Read(path);
            image.Pixels[0] ^= 1;
            ImageWriter.SavePng(image, path);
        }

        StringAssert.Contains(Assert.ThrowsExactly<WorkspaceException>(() => TinyTraining.Run(TinyTraining.Files(folder.FullName), options)).Message, "training data was 9 samples (");
    }

    [TestMethod]
    public void Files_are_told_apart_by_content_though_names_and_lengths_are_equal()
    {
        using var folder = new TemporaryFolder();
        string Fingerprint(string name, string image, string labels, SegmentationClasses? classes = null)
        {
            string path = Directory.CreateDirectory(folder.File(name)).FullName;
            File.WriteAllText(Path.Combine(path, "1.jpg"), image);
            File.WriteAllText(Path.Combine(path, "1.png"), labels);
            return SegmentationFiles.FromPairs([(Path.Combine(path, "1.jpg"), Path.Combine(path, "1.png"))], classes ?? TinyTraining.Classes).Fingerprint;
        }

        string one = Fingerprint("a", "image", "label");
        Assert.AreEqual(one, Fingerprint("moved", "image", "label"));
        Assert.AreNotEqual(one, Fingerprint("b", "image", "LABEL"));
        Assert.AreNotEqual(one, Fingerprint("c", "IMAGE", "label"));
        Assert.AreNotEqual(one, Fingerprint("d", "image", "label", SegmentationClasses.CamVid));
    }

    [TestMethod]
    public void Samples_in_memory_are_told_apart_by_their_pixels()
    {
        ISegmentationSamples first = TinyTraining.Samples(), same = TinyTraining.Samples(), fewer = TinyTraining.Samples(8);
        ISegmentationSamples other = new MemorySamples(9, i =>
        {
            (RgbImage image, LabelMap labels) = TinyTraining.Samples().Read(i);
            byte[] ids = labels.Ids.ToArray();
            ids[100] = i == 7 ? (byte)2 : ids[100];
            return (image, new LabelMap(labels.Width, labels.Height, ids));
        });
        Assert.AreEqual(first.Fingerprint, same.Fingerprint);
        Assert.AreNotEqual(first.Fingerprint, fewer.Fingerprint);
        Assert.AreNotEqual(first.Fingerprint, other.Fingerprint);
    }

    [TestMethod]
    public void A_checkpoint_of_version_0_1_0_is_refused_in_one_sentence()
    {
        using var folder = new TemporaryFolder();
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "GSS.ML.sln")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        string path = folder.File(TrainingCheckpoint.FileName);
        File.Copy(Path.Combine(root, "tests", "GSS.ML.Tests", "Saved", "saved-by-0.1.0-checkpoint.safetensors"), path);
        string message = Assert.ThrowsExactly<WorkspaceException>(() => TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(folder.FullName))).Message;
        Assert.AreEqual(
            $"The checkpoint '{path}' has format 1, but this version of the library reads format 2; finish the run with the version that began it, or delete the file to train anew.",
            message);
    }

    private static string[] Identity(TrainingOptions options)
    {
        var run = new RunIdentity();
        run.AddOptions(options);
        return [.. run.Values.Select(value => $"{value.Key} = {value.Value}")];
    }

    private static object Other(PropertyInfo property, string file)
    {
        object? value = property.GetValue(Activator.CreateInstance(property.ReflectedType!));
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return value switch
        {
            Enum choice => Enum.GetValues(type).Cast<object>().First(other => !other.Equals(choice)),
            bool yes => !yes,
            int number => number + 3,
            long number => number + 3,
            0d => 0.25,
            double number => number / 2,
            ImageEncoder => ImageEncoders.ResNet50(),
            Tokenizer => Tokenizers.DalleDVae(file, file),
            TokenHead => TokenHeads.Reference(),
            _ when type == typeof(int) => 7,
            _ when type == typeof(double) => 0.25,
            _ when type == typeof(string) => file,
            _ when type == typeof(TimeSpan) => TimeSpan.FromHours(1),
            _ when type == typeof(CancellationToken) => new CancellationToken(true),
            _ when type == typeof(Action<TrainingProgress>) => (Action<TrainingProgress>)(_ => { }),
            _ when type == typeof(Func<TrainingProgress, bool>) => (Func<TrainingProgress, bool>)(_ => false),
            _ when type == typeof(Action<string>) => (Action<string>)(_ => { }),
            _ when type == typeof(Action<int>) => (Action<int>)(_ => { }),
            _ => throw new NotSupportedException($"Another value than {value} for {property.Name} is to be written here."),
        };
    }
}
