using System.Diagnostics;
using System.Runtime.CompilerServices;
using GSS.Core;
using GSS.Tests;
using Scoring;
using SkiaSharp;

namespace GSS.ML.Tests;

/// <summary>The sample that scores a folder, in processes of its own, with models that version 0.1.0 saved.</summary>
[TestClass]
public sealed class ScoringSampleTests
{
    private const string ArgumentsVariable = "GSS_TEST_ARGUMENTS";
    private static readonly string[] s_failing = ["inner/broken, \"cut\".png", "twice.jpg", "twice.png"];

    [TestMethod]
    public void Four_shards_one_of_them_killed_and_started_again_give_what_one_process_gives()
    {
        using var folder = new TemporaryFolder();
        string images = folder.File("images"), whole = folder.File("whole"), shared = folder.File("shared");
        string[] large = [.. Enumerable.Range(0, 100).Select(i => $"large/{i}").Where(new Shard(0, 4).Owns).Take(6)], small = ["a", "b", "inner/a", "inner/deeper/a"];
        WritePhotographs(images, large, small);

        using (Process killed = Start(Arguments(images, shared, "--shard", "0/4")))
        {
            // All shards at the same time, as a cluster starts them.
            var others = Task.Run(() => Parallel.For(1, 4, index =>
                Assert.AreEqual(FailingOf(index).Any() ? 3 : 0, Run(Arguments(images, shared, "--shards", "4"), ("JOB_COMPLETION_INDEX", $"{index}")).Code)));
            WaitForFirst(killed, shared, large);
            killed.Kill();
            killed.WaitForExit();
            others.Wait();
        }

        Assert.IsGreaterThan(0, large.Count(stem => !File.Exists(Path.Combine(shared, "labels", $"{stem}.png"))), "The killed shard left nothing to be done.");

        // What it was writing, and what another one may be writing at this moment.
        string ours = Path.Combine(shared, "labels", $"{large[^1]}.png.{Guid.NewGuid():N}.tmp"), theirs = Path.Combine(shared, "labels", $"{small.First(stem => !new Shard(0, 4).Owns(stem))}.png.{Guid.NewGuid():N}.tmp");
        File.WriteAllText(ours, "half");
        File.WriteAllText(theirs, "half");
        Run(Arguments(images, shared, "--shard", "0/4"));
        Assert.AreEqual((false, true), (File.Exists(ours), File.Exists(theirs)));
        File.Delete(theirs);

        (string text, string error, int code) = Run(Arguments(images, whole));
        Assert.AreEqual(3, code, error);
        Assert.Contains($"{large.Length + small.Length} label maps are in '{whole}'; 3 could not be scored, 'failed.csv' there says why.", text);
        SortedDictionary<string, string> expected = FilesIn(whole), found = FilesIn(shared);
        string[] labels = [.. expected.Keys.Where(name => !name.StartsWith("failed", StringComparison.Ordinal))];
        CollectionAssert.AreEquivalent(new[] { "scoring.json" }.Concat(large.Concat(small).Select(stem => $"labels/{stem}.png")).ToArray(), labels);
        CollectionAssert.AreEqual(labels, found.Keys.Where(name => !name.StartsWith("failed", StringComparison.Ordinal)).ToArray());
        Assert.AreEqual("", string.Join(' ', labels.Where(name => expected[name] != found[name])), "Files with other bytes.");

        // Each shard has a list of its own; together they are the one list.
        (string File, string Sentence)[] failed = [.. Enumerable.Range(0, 4).SelectMany(index => FailedFile.Read(Path.Combine(shared, $"failed-{index}-of-4.csv"))).Order()];
        CollectionAssert.AreEqual(FailedFile.Read(Path.Combine(whole, "failed.csv")).Order().ToArray(), failed);
        CollectionAssert.AreEqual(s_failing, failed.Select(line => line.File).ToArray());
        Assert.Contains("is cut short or damaged", failed[0].Sentence);
        Assert.AreEqual("'twice.jpg' and 'twice.png' would have one label map, 'twice.png', so neither is scored: rename one of them.", failed[1].Sentence);
    }

    [TestMethod]
    public void A_rerun_does_only_what_is_left_and_takes_mended_photographs_off_the_list()
    {
        using var folder = new TemporaryFolder();
        string images = folder.File("images"), output = folder.File("output");
        WritePhotographs(images, [], ["a", "inner/a"]);
        Assert.AreEqual(3, Run(Arguments(images, output)).Code);
        File.SetLastWriteTimeUtc(Path.Combine(output, "labels/a.png"), DateTime.UnixEpoch);

        // One is mended, a double is taken away, overlays are asked for.
        ImageWriter.SavePng(TinyScenes.Draw(5).Image, Path.Combine(images, s_failing[0]));
        File.Delete(Path.Combine(images, "twice.jpg"));
        (string text, string error, int code) = Run(Arguments(images, output, "--overlays"));
        Assert.AreEqual(0, code, error);
        Assert.Contains("4 photographs: 0 finished before, 4 to score.", text);
        Assert.AreEqual(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(Path.Combine(output, "labels/a.png")));
        string[] names = ["a", "inner/a", "inner/broken, \"cut\"", "twice"];
        CollectionAssert.AreEquivalent(names.SelectMany(name => new[] { $"labels/{name}.png", $"overlays/{name}.png" }).Append("scoring.json").ToArray(), FilesIn(output).Keys);

        // The masks and pictures are those of the model.
        using var model = GSS.Onnx.SegmentationModel.Load(Model("FF.gss"));
        RgbImage image = ImageReader.Read(Path.Combine(images, "inner/a.jpg"));
        LabelMap labels = LabelReader.Read(Path.Combine(output, "labels/inner/a.png"), model.Manifest.Classes);
        Assert.AreEqual(model.Predict(image).Labels, labels);
        CollectionAssert.AreEqual(Overlay.Draw(image, labels, model.Manifest.Classes).Pixels.ToArray(), ImageReader.Read(Path.Combine(output, "overlays/inner/a.png")).Pixels.ToArray());

        SortedDictionary<string, string> before = FilesIn(output, withTimes: true);
        (text, _, code) = Run(Arguments(images, output, "--overlays"));
        Assert.AreEqual(0, code);
        Assert.Contains("4 photographs: 4 finished before, 0 to score.", text);
        CollectionAssert.AreEqual(before, FilesIn(output, withTimes: true));

        // What is there belongs to one model, scored in one way.
        Refused(["--model", Model("segmenter.zip"), "--images", images, "--output", output], $"The folder '{output}' of --output has label maps of another model ('saved-by-0.1.0-FF.gss', SHA-256 ", "name another folder with --output.");
        Refused(Arguments(images, output, "--window", "64"), "has label maps that were scored with no --window, now asked for --window 64: name another folder with --output.");
        File.Delete(Path.Combine(output, "scoring.json"));
        Refused(Arguments(images, output), "has label maps but no scoring.json that says of which model they are");
    }

    [TestMethod]
    public void Shards_in_int8_score_with_one_model_though_photographs_come_between_them()
    {
        using var folder = new TemporaryFolder();
        string images = folder.File("images"), whole = folder.File("whole"), shared = folder.File("shared");
        string[] stems = ["b", "c", "d", "inner/a", "inner/b"];
        WritePhotographs(images, [], stems);
        (string text, string error, _) = Run(Arguments(images, shared, "--int8", "--shard", "0/2"));
        Assert.Contains("In int8, calibrated on 7 photographs: ", text, error);
        Run(Arguments(images, whole, "--int8"));

        // One more, the first of the list, before the other shard starts.
        ImageWriter.SavePng(TinyScenes.Draw(4).Image.Resize(90, 70), Path.Combine(images, "a.png"));
        (text, _, _) = Run(Arguments(images, shared, "--int8", "--shard", "1/2"));
        Assert.Contains($"In int8, as '{Path.Combine(shared, "int8.gss")}' was calibrated before.", text);
        Run(Arguments(images, shared, "--int8", "--shard", "0/2"));
        Run(Arguments(images, whole, "--int8"));
        SortedDictionary<string, string> expected = FilesIn(whole), found = FilesIn(shared);
        string[] names = [.. expected.Keys.Where(name => !name.StartsWith("failed", StringComparison.Ordinal))];
        CollectionAssert.AreEquivalent(stems.Append("a").Select(stem => $"labels/{stem}.png").Append("scoring.json").Append("int8.gss").ToArray(), names);
        Assert.AreEqual("", string.Join(' ', names.Where(name => expected[name] != found.GetValueOrDefault(name))), "Files with other bytes.");

        using var model = GSS.Onnx.SegmentationModel.Load(Path.Combine(shared, "int8.gss"));
        Assert.AreEqual("int8", model.Manifest.Precision);
        Assert.AreEqual(model.Predict(ImageReader.Read(Path.Combine(images, "b.jpg"))).Labels, LabelReader.Read(Path.Combine(shared, "labels/b.png"), model.Manifest.Classes));

        Refused(Arguments(images, shared), "has label maps that were scored with --int8, now asked for no --int8: name another folder with --output.");
        Run(Arguments(images, folder.File("float")));
        Refused(Arguments(images, folder.File("float"), "--int8"), "has label maps that were scored with no --int8, now asked for --int8: name another folder with --output.");
        string int8 = Path.Combine(shared, "int8.gss");
        Refused(["--model", int8, "--images", images, "--output", folder.File("none"), "--int8"], $"The model '{int8}' of --model is in int8 already, expected one in 32 bits for --int8: leave --int8 out.");
        Assert.IsFalse(Directory.Exists(folder.File("none")));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void A_run_that_is_told_to_stop_finishes_what_it_is_at()
    {
        using var folder = new TemporaryFolder();
        string images = folder.File("images"), output = folder.File("output");
        string[] large = ["a", "b", "c", "d", "e", "f"];
        WritePhotographs(images, large, []);
        using Process run = Start(Arguments(images, output));
        WaitForFirst(run, output, large);
        Process.Start("kill", ["-TERM", $"{run.Id}"]).WaitForExit();
        string error = run.StandardError.ReadToEnd();
        run.WaitForExit();
        Assert.AreEqual((130, $"Stopped; the same command goes on with what is not in '{output}' yet.\n"), (run.ExitCode, error));
        string[] files = [.. FilesIn(output).Keys];
        Assert.IsTrue(files.All(name => name.EndsWith(".png", StringComparison.Ordinal) || name is "scoring.json" or "failed.csv"), string.Join(' ', files));
        Assert.IsLessThan(large.Length, files.Count(name => name.EndsWith(".png", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void A_zip_is_scored_too_and_what_is_wrong_is_one_sentence_that_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        string images = folder.File("images"), output = folder.File("output");
        WritePhotographs(images, [], ["a"]);
        Refused(Arguments(folder.File("nowhere"), output), $"The folder '{folder.File("nowhere")}' of --images does not exist, expected one with photographs");
        Refused(["--model", folder.File("none.zip"), "--images", images, "--output", output], $"The model '{folder.File("none.zip")}' of --model does not exist, expected an ML.NET model (.zip) or a model package (.gss)");
        File.WriteAllText(folder.File("bad.zip"), "no model");
        Refused(["--model", folder.File("bad.zip"), "--images", images, "--output", output], "is damaged or no ML.NET model");
        Refused(["--model", Model("chain.zip"), "--images", images, "--output", output], "expected a segmentation model, with nothing but loading of images before it");
        Refused(Arguments(images, Path.Combine(images, "labels")), "lie one in the other, expected two apart");
        Refused(Arguments(images, output, "--shard", "4/4"), "--shard is '4/4', expected I/N with I from 0 to N-1, such as 0/4.");
        Refused(Arguments(images, output, "--shards", "4"), "neither JOB_COMPLETION_INDEX nor SLURM_ARRAY_TASK_ID says which one this is");
        Assert.IsFalse(Directory.Exists(output));

        (string text, string error, int code) = Run(["--model", Model("segmenter.zip"), "--images", images, "--output", output]);
        Assert.AreEqual(3, code, text + error);
        CollectionAssert.AreEquivalent(new[] { "labels/a.png", "scoring.json", "failed.csv" }, FilesIn(output).Keys);
    }

    /// <summary>What the process does.</summary>
    internal static void Start() => Environment.Exit(ScoringCommand.Invoke(Environment.GetEnvironmentVariable(ArgumentsVariable)!.Split('\n', StringSplitOptions.RemoveEmptyEntries), ScoringRun.Start));

    /// <summary>JPEG files of the given stems, a damaged one, and two that would have one label map.</summary>
    private static void WritePhotographs(string folder, string[] large, string[] small)
    {
        foreach ((string stem, int index) in large.Concat(small).Append("twice").Select((stem, index) => (stem, index)))
        {
            RgbImage scene = TinyScenes.Draw(index).Image, image = index < large.Length ? scene.Resize(480, 360) : scene;
            byte[] rgba = new byte[4 * image.Width * image.Height];
            for (int i = 0; i < rgba.Length; i++)
            {
                rgba[i] = i % 4 == 3 ? byte.MaxValue : image.Pixels[(3 * (i / 4)) + (i % 4)];
            }

            string path = Path.Combine(folder, $"{stem}.jpg");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using SKImage picture = SKImage.FromPixelCopy(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), rgba);
            using SKData file = picture.Encode(SKEncodedImageFormat.Jpeg, 90);
            File.WriteAllBytes(path, file.ToArray());
        }

        string broken = Path.Combine(folder, s_failing[0]);
        ImageWriter.SavePng(TinyScenes.Draw(1).Image, broken);
        File.WriteAllBytes(broken, File.ReadAllBytes(broken)[..500]);
        ImageWriter.SavePng(TinyScenes.Draw(2).Image, Path.Combine(folder, "twice.png"));
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "no photograph");
    }

    private static IEnumerable<string> FailingOf(int shard) => s_failing.Where(name => new Shard(shard, 4).Owns(Path.ChangeExtension(name, null)));

    private static SortedDictionary<string, string> FilesIn(string folder, bool withTimes = false) => new(
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(
            path => Path.GetRelativePath(folder, path).Replace('\\', '/'), path => Convert.ToHexString(File.ReadAllBytes(path)) + (withTimes ? $"{File.GetLastWriteTimeUtc(path):O}" : "")),
        StringComparer.Ordinal);

    private static string[] Arguments(string images, string output, params string[] more) => ["--model", Model("FF.gss"), "--images", images, "--output", output, .. more];

    private static string Model(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Saved", $"saved-by-0.1.0-{name}");

    private static void Refused(string[] arguments, params string[] parts)
    {
        (_, string error, int code) = Run(arguments);
        Assert.AreEqual(1, code, error);
        Assert.AreEqual("", string.Join('\n', parts.Where(part => !error.Contains(part, StringComparison.Ordinal))), error);
        Assert.DoesNotContain("   at ", error);
    }

    private static void WaitForFirst(Process run, string output, string[] stems)
    {
        while (!run.HasExited && !stems.Any(stem => File.Exists(Path.Combine(output, "labels", $"{stem}.png"))))
        {
            Thread.Sleep(1);
        }
    }

    private static Process Start(string[] arguments) => ChildProcess.Start("scoring", [], (ArgumentsVariable, string.Join('\n', arguments)));

    private static (string Output, string Error, int Code) Run(string[] arguments, params (string Name, string? Value)[] environment) => ChildProcess.RunBoth("scoring", [], [(ArgumentsVariable, string.Join('\n', arguments)), .. environment]);
}
