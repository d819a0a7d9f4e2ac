using System.Text.RegularExpressions;
using Chain;
using GSS.Tests;

namespace GSS.ML.Tests;

/// <summary>The sample that puts segmentation into a chain with other transforms of ML.NET, in a process of its own.</summary>
[TestClass]
public sealed partial class ChainSampleTests
{
    private const string ArgumentsVariable = "GSS_TEST_ARGUMENTS";

    [TestMethod]
    public void The_chain_is_fitted_saved_loaded_and_groups_all_scenes()
    {
        using var folder = new TemporaryFolder();
        (string output, string error, int code) = Run("--small", "--groups", "2", "--output", folder.File("fitted"));
        Assert.AreEqual((0, ""), (code, error), output);
        Assert.IsTrue(File.Exists(folder.File("fitted/scenes.zip")));
        Assert.Contains("mIoU on the scenes it was trained on: ", output);
        Match[] groups = GroupPattern().Matches(output).ToArray();
        CollectionAssert.AreEqual(new[] { "1", "2" }, groups.Select(group => group.Groups[1].Value).ToArray(), output);
        Assert.AreEqual(24, groups.Sum(group => int.Parse(group.Groups[2].Value)), "every scene is in one group");
    }

    [TestMethod]
    public void A_mistake_is_one_sentence()
    {
        using var folder = new TemporaryFolder();
        (string output, string error, int code) = Run("--small", "--groups", "1");
        Assert.AreEqual((1, ""), (code, output));
        Assert.StartsWith("--groups is '1', expected a whole number from 2 to 20.", error);

        // Found before anything is trained.
        File.WriteAllText(folder.File("taken"), "a file");
        (output, error, code) = Run("--small", "--output", folder.File("taken"));
        Assert.AreEqual((1, ""), (code, output));
        Assert.Contains(folder.File("taken"), error);
        Assert.HasCount(1, error.Trim().Split('\n'));
    }

    public static void Start() => Environment.Exit(ChainCommand.Invoke(Environment.GetEnvironmentVariable(ArgumentsVariable)!.Split('\n')));

    private static (string Output, string Error, int Code) Run(params string[] arguments) => ChildProcess.RunBoth("chain", [], (ArgumentsVariable, string.Join('\n', arguments)));

    [GeneratedRegex(@"^group (\d+): (\d+) scenes, (\w+ \d+ %, ){3}\w+ \d+ %\r?$", RegexOptions.Multiline)]
    private static partial Regex GroupPattern();
}
