using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GSS.Benchmarks;

namespace GSS.ML.Tests;

/// <summary>
/// Every notebook in the repository equals its twin, was run without an error, and shows nothing of the machine that ran it.
/// That they run is tested by <c>.ci/run</c>, which runs each in the kernel and as a program.
/// </summary>
[TestClass]
public sealed partial class NotebookTests
{
    private const int LargestBytes = 600 * 1024;

    private static readonly string Root = FindRoot();

    public static IEnumerable<object[]> Twins() =>
        Directory.GetFiles(Path.Combine(Root, "notebooks"), "*.cs").Select(path => new object[] { Path.GetFileNameWithoutExtension(path) });

    [TestMethod]
    public void EachNotebook_HasATwin_AndEachTwinANotebook()
    {
        string[] Names(string pattern) => [.. Directory.GetFiles(Path.Combine(Root, "notebooks"), pattern).Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(Names("*.cs"), Names("*.ipynb"));
        Assert.IsNotEmpty(Names("*.cs"));
    }

    [TestMethod]
    [DynamicData(nameof(Twins))]
    public void Notebook_EqualsItsTwin_CellForCell(string name)
    {
        IReadOnlyList<NotebookCell> expected = NotebookSource.Read(PathOf(name, ".cs"), Root), found = NotebookFile.Cells(Read(name));
        for (int i = 0; i < Math.Min(expected.Count, found.Count); i++)
        {
            Assert.AreEqual(expected[i], found[i], $"Cell {i + 1} of '{name}': write the notebooks anew with the command in notebooks/README.md.");
        }

        Assert.HasCount(expected.Count, found);
    }

    [TestMethod]
    [DynamicData(nameof(Twins))]
    public void Notebook_WasRunFromTopToBottom(string name)
    {
        string json = Read(name);
        Assert.IsNull(NotebookFile.Error(json));
        IReadOnlyList<NotebookCell> cells = NotebookFile.Cells(json);
        IReadOnlyList<JsonArray> outputs = NotebookFile.Outputs(json);
        for (int i = 0; i < cells.Count; i++)
        {
            Assert.IsTrue(!cells[i].Shows || outputs[i].Count > 0, $"Cell {i + 1} of '{name}' shows nothing.");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Twins))]
    public void Notebook_IsSmall_AndSaysNothingOfTheMachine(string name)
    {
        string json = Read(name);
        Assert.IsLessThan(LargestBytes, json.Length, "bytes");
        string text = PicturePattern().Replace(json, "");
        Assert.AreEqual("", string.Join(' ', MachinePattern().Matches(text).Select(match => match.Value)));
        Assert.IsFalse(text.Contains(Environment.MachineName, StringComparison.Ordinal), "the machine's name");
        Assert.AreEqual(json, NotebookFile.Write(NotebookFile.Cells(json), NotebookFile.Outputs(json)), "its own form, so that only what changes is in a difference");
    }

    private static string PathOf(string name, string extension) => Path.Combine(Root, "notebooks", name + extension);

    private static string Read(string name) => File.ReadAllText(PathOf(name, ".ipynb"));

    private static string FindRoot([CallerFilePath] string source = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));

    [GeneratedRegex(@"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+")]
    private static partial Regex PicturePattern();

    [GeneratedRegex(@"(/(tmp|home|root|work|Users|private|var)/|[A-Za-z]:\\\\|localhost|file://)[^\s""]*")]
    private static partial Regex MachinePattern();
}
