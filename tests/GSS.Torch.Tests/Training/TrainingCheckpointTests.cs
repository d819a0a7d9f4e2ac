using CsCheck;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class TrainingCheckpointTests
{
    private static readonly Dictionary<string, string> Run = new() { ["Epochs"] = "10", ["Seed"] = "1" };

    private static readonly TrainingPosition Position = new() { Epoch = 3, BatchInEpoch = 17, Step = 12_345_678_901, BestMetric = 0.1 + 0.2, BestEpoch = 2 };

    [TestMethod]
    public void What_is_saved_comes_back()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        string workspace = folder.File("made/here");
        Assert.IsNull(TrainingCheckpoint.Load(workspace, Run));
        foreach (TrainingPosition position in new[] { new TrainingPosition(), Position, Position with { Finished = true } })
        {
            TrainingCheckpoint.Save(workspace, Run, position, Tensors(best: position.BestEpoch >= 0));
            using TrainingCheckpoint found = TrainingCheckpoint.Load(workspace, Run)!;
            Assert.AreEqual(position, found.Position);
            Assert.AreEqual(position.BestEpoch >= 0, found.HasBest);
            (Tensor weight, Tensor count) = (zeros(2, 3), zeros([], int64));
            found.CopyTo(TrainingCheckpoint.Network, [("weight", weight), ("count", count)]);
            CollectionAssert.AreEqual(new float[] { 0, 1, 2, 3, 4, 5 }, weight.data<float>().ToArray());
            Assert.AreEqual(42, count.item<long>());
        }

        Assert.AreEqual(TrainingCheckpoint.FileName, string.Join(", ", Directory.GetFiles(workspace).Select(Path.GetFileName)), "nothing else is left");
    }

    [TestMethod]
    public void A_workspace_of_another_run_is_refused_with_every_difference()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        TrainingCheckpoint.Save(folder.FullName, Run, Position, Tensors());
        var other = new Dictionary<string, string> { ["Epochs"] = "20", ["CropWidth"] = "64", ["Seed"] = "1" };
        string message = Assert.ThrowsExactly<WorkspaceException>(() => TrainingCheckpoint.Load(folder.FullName, other)).Message;
        Assert.AreEqual(
            $"The workspace '{folder.FullName}' belongs to another training run (CropWidth was not set and is 64; Epochs was 10 and is 20); "
            + "name another folder as WorkspacePath, or delete 'checkpoint.safetensors' in it to train anew.",
            message);
    }

    [TestMethod]
    public void Damage_is_refused_or_harmless()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        TrainingCheckpoint.Save(folder.FullName, Run, Position, Tensors());
        string path = folder.File(TrainingCheckpoint.FileName);
        byte[] whole = File.ReadAllBytes(path);
        int refused = 0;
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Int[0, 7], Gen.Bool).Sample((place, bit, cut) =>
        {
            using DisposeScope inner = NewDisposeScope();
            byte[] damaged = [.. whole];
            damaged[place] ^= (byte)(1 << bit);
            File.WriteAllBytes(path, cut ? damaged[..place] : damaged);
            try
            {
                using TrainingCheckpoint found = TrainingCheckpoint.Load(folder.FullName, Run)!;
                Tensor weight = zeros(2, 3);
                found.CopyTo(TrainingCheckpoint.Network, [("weight", weight)]);
                return found.Position == Position && weight.data<float>().ToArray().SequenceEqual([0, 1, 2, 3, 4, 5]);
            }
            catch (WorkspaceException exception)
            {
                refused++;
                return exception.Message.Contains(path, StringComparison.Ordinal) && exception.Message.Contains("delete", StringComparison.Ordinal);
            }
        }, iter: 1500, threads: 1);
        Assert.IsGreaterThan(1400, refused);
    }

    [TestMethod]
    public void Tensors_that_do_not_fit_are_refused()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        TrainingCheckpoint.Save(folder.FullName, Run, Position, Tensors());
        using TrainingCheckpoint found = TrainingCheckpoint.Load(folder.FullName, Run)!;
        Assert.ThrowsExactly<WorkspaceException>(() => found.CopyTo(TrainingCheckpoint.Network, [("weight", zeros(3, 2))]));
        Assert.ThrowsExactly<WorkspaceException>(() => found.CopyTo(TrainingCheckpoint.Best, [("other", zeros(3, 2))]));
    }

    [TestMethod]
    public void A_folder_that_cannot_be_written_is_one_sentence_and_leaves_nothing()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        string file = folder.File("file");
        File.WriteAllText(file, "");
        string message = Assert.Throws<IOException>(() => TrainingCheckpoint.Save(Path.Combine(file, "workspace"), Run, Position, Tensors())).Message;
        StringAssert.Contains(message, "could not be written");
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.FullName));
    }

    private static List<(string Name, Tensor Tensor)> Tensors(bool best = true)
    {
        List<(string, Tensor)> tensors =
        [
            (TrainingCheckpoint.Network + "weight", arange(6, float32).reshape(2, 3)),
            (TrainingCheckpoint.Network + "count", tensor(42L)),
            (TrainingCheckpoint.Optimizer + "weight.mean", ones(2, 3)),
        ];
        if (best)
        {
            tensors.Add((TrainingCheckpoint.Best + "weight", ones(2, 3)));
        }

        return tensors;
    }
}
