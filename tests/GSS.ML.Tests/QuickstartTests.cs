using GSS.Tests;
using Quickstart;

namespace GSS.ML.Tests;

/// <summary>The quickstart's command line on other people's folders, in a process of its own.</summary>
[TestClass]
public sealed class QuickstartTests
{
    private const string ArgumentsVariable = "GSS_TEST_ARGUMENTS";

    [TestMethod]
    public void Layouts_of_Cityscapes_and_Voc_are_trained_on_from_the_command_line()
    {
        using var folder = new TemporaryFolder();
        OtherPeoplesFilesTests.WriteAll(folder);
        string[] city = ["--images", folder.File("city/leftImg8bit"), "--labels", folder.File("city/gtFine"), "--classes", "cityscapes-ids"];
        Train(folder, [.. city, "--image-suffix", "_leftImg8bit", "--label-suffix", "_gtFine_labelIds"], "3 pairs to train on, 1 to measure on, 19 classes");

        File.WriteAllLines(folder.File("train.txt"), ["2007_0", "2007_1", "2007_5"]);
        File.WriteAllLines(folder.File("val.txt"), ["2007_2"]);
        string[] voc = ["--images", folder.File("voc/JPEGImages"), "--labels", folder.File("voc/SegmentationClass"), "--classes", "voc"];
        Train(folder, [.. voc, "--split-list", folder.File("train.txt"), "--val-split-list", folder.File("val.txt"), "--only-labelled"], "2 pairs to train on, 1 to measure on, 21 classes");

        // What is missing on the command line is told in its own words.
        Refused(city, "set --image-suffix and --label-suffix");
        Refused(voc, "set --only-labelled to leave such photographs out, or --split-list to a list of those to take");
        Refused(["--label-suffix", "_L"], "--label-suffix needs --images");
    }

    /// <summary>What the process does.</summary>
    internal static void Start() =>
        Environment.Exit(CommandLine.Invoke(QuickstartCommand.Create(QuickstartRun.Start), Environment.GetEnvironmentVariable(ArgumentsVariable)!.Split('\n')));

    private static void Train(TemporaryFolder folder, string[] arguments, string found)
    {
        string output = folder.File(Guid.NewGuid().ToString("N"));
        (string text, string error, int code) = Run([.. arguments, "--epochs", "1", "--output", output]);
        Assert.AreEqual(0, code, error);
        Assert.Contains(found, text);
        Assert.Contains("loaded it again: the same label maps", text);
        Assert.IsTrue(File.Exists(Path.Combine(output, "street.zip")) && File.Exists(Path.Combine(output, "overlays.png")));
    }

    private static void Refused(string[] arguments, string sentence)
    {
        (_, string error, int code) = Run(arguments);
        Assert.AreEqual(1, code);
        Assert.Contains(sentence, error);
        Assert.DoesNotContain("   at ", error);
    }

    private static (string Output, string Error, int Code) Run(string[] arguments) => ChildProcess.RunBoth("quickstart", [], (ArgumentsVariable, string.Join('\n', arguments)));
}
