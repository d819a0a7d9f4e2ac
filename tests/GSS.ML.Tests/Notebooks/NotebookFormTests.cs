using System.Text.Json.Nodes;
using GSS.Benchmarks;

namespace GSS.ML.Tests;

/// <summary>From a twin to a notebook, and what is taken out of what the kernel gives back.</summary>
[TestClass]
public sealed class NotebookFormTests
{
    private static readonly string Folder = Directory.CreateTempSubdirectory("gss-notebook-form-").FullName;

    [ClassCleanup]
    public static void Remove() => Directory.Delete(Folder, recursive: true);

    private static IReadOnlyList<NotebookCell> Cells(string twin)
    {
        File.WriteAllText(Path.Combine(Folder, "Directory.Build.props"), "<Project><PropertyGroup><VersionPrefix>1.2.3</VersionPrefix></PropertyGroup></Project>");
        File.WriteAllText(Path.Combine(Folder, "Directory.Packages.props"), "<Project><ItemGroup><PackageVersion Include=\"Some.Package\" Version=\"4.5.6\" /></ItemGroup></Project>");
        string path = Path.Combine(Folder, Guid.NewGuid() + ".cs");
        File.WriteAllText(path, twin);
        return NotebookSource.Read(path, Folder);
    }

    [TestMethod]
    public void Twin_BecomesCells()
    {
        IReadOnlyList<NotebookCell> cells = Cells("""
            #:project ../src/GSS.ML/GSS.ML.csproj
            #:package Some.Package
            #:property Nullable=disable

            // %% [markdown]
            // # Title
            //
            // Text.

            // %%

            using System;

            // A comment.

            // %% [twin]
            void display(object value) { }

            // %%
            display(1);

            // %%
            void Later() {
                display(2);
            }

            """);
        NotebookCell[] expected =
        [
            new(false, "# Title\n\nText."),
            new(true, "#r \"nuget: GSS.ML, 1.2.3\"\n#r \"nuget: Some.Package, 4.5.6\"\nusing System;\n\n// A comment."),
            new(true, "display(1);"),
            new(true, "void Later() {\n    display(2);\n}"),
        ];
        CollectionAssert.AreEqual(expected, cells.ToArray());
        CollectionAssert.AreEqual(new[] { false, false, true, false }, cells.Select(cell => cell.Shows).ToArray());
        CollectionAssert.AreEqual(expected, NotebookFile.Cells(NotebookFile.Write(cells)).ToArray());
    }

    [TestMethod]
    public void Twin_WithAnUnknownKindOfCell_IsRefused() =>
        StringAssert.Contains(Assert.ThrowsExactly<BenchmarkException>(() => Cells("// %% [markdwn]\n")).Message, "has the line '// %% [markdwn]', expected");

    [TestMethod]
    public void Outputs_LoseWhatChangesWithEachRun()
    {
        NotebookCell[] cells = [new(false, "text"), new(true, "code")];
        JsonObject Html(string html) => new() { ["output_type"] = "display_data", ["metadata"] = new JsonObject(), ["data"] = new JsonObject { ["text/html"] = new JsonArray(html) } };
        JsonObject Stream(params string[] lines) => new() { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = new JsonArray([.. lines.Select(line => (JsonNode)line)]) };
        var given = new JsonArray(Html("<b>Installing Packages</b>"), Html("picture"), Stream("found '/any/where/gss-notebook-a1B2/x.png'\n", "second\n"));
        string json = NotebookFile.Write(cells, [[], given]);

        JsonArray kept = NotebookFile.Outputs(json)[1];
        Assert.AreEqual("found 'gss-notebook/x.png'\nsecond\n|picture", string.Join('|', kept.Select(output => NotebookFile.Text(output!))));
        Assert.IsNull(NotebookFile.Error(json));
        Assert.AreEqual("broken", NotebookFile.Error(NotebookFile.Write(cells, [[], [new JsonObject { ["output_type"] = "error", ["evalue"] = "broken" }]])));
    }
}
