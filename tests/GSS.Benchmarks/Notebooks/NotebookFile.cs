using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GSS.Benchmarks;

/// <summary>The <c>.ipynb</c> of a notebook, in a form that changes only where its source or what it shows changes: no times, no random ids, no paths.</summary>
internal static partial class NotebookFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A notebook as the kernel takes it.</summary>
    /// <param name="cells">Its cells.</param>
    /// <param name="outputs">For each cell what it shows; none where it was not run.</param>
    public static string Write(IReadOnlyList<NotebookCell> cells, IReadOnlyList<JsonArray>? outputs = null)
    {
        int executed = 0;
        var written = new JsonArray([.. cells.Select((cell, i) => new JsonObject
        {
            ["cell_type"] = cell.IsCode ? "code" : "markdown",
            ["id"] = $"cell-{i + 1:00}",
            ["metadata"] = cell.IsCode ? new JsonObject { ["dotnet_interactive"] = new JsonObject { ["language"] = "csharp" }, ["polyglot_notebook"] = new JsonObject { ["kernelName"] = "csharp" } } : [],
            ["source"] = Lines(cell.Text),
        })]);
        for (int i = 0; i < cells.Count; i++)
        {
            if (cells[i].IsCode)
            {
                written[i]!["execution_count"] = outputs is null ? null : ++executed;
                written[i]!["outputs"] = outputs is null ? new JsonArray() : outputs[i].DeepClone();
            }
        }

        var notebook = new JsonObject
        {
            ["cells"] = written,
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" },
                ["language_info"] = new JsonObject { ["name"] = "polyglot-notebook" },
                ["polyglot_notebook"] = new JsonObject
                {
                    ["kernelInfo"] = new JsonObject { ["defaultKernelName"] = "csharp", ["items"] = new JsonArray(new JsonObject { ["aliases"] = new JsonArray(), ["name"] = "csharp" }) },
                },
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
        return notebook.ToJsonString(Indented).ReplaceLineEndings("\n") + "\n";
    }

    /// <summary>The cells of a notebook.</summary>
    public static IReadOnlyList<NotebookCell> Cells(string json) =>
        [.. CellNodes(json).Select(cell => new NotebookCell((string?)cell["cell_type"] == "code", string.Concat(cell["source"]!.AsArray().Select(line => (string?)line))))];

    /// <summary>For each cell what it shows, without what the kernel says about packages and with written text first: the kernel reports it last.</summary>
    /// <param name="json">A notebook that was run.</param>
    public static IReadOnlyList<JsonArray> Outputs(string json) => [.. CellNodes(json).Select(cell =>
    {
        JsonNode[] shown = [.. (cell["outputs"] as JsonArray ?? []).OfType<JsonNode>().Where(output => !PackagePattern().IsMatch(Text(output)))];
        return new JsonArray([.. shown.OrderBy(output => (string?)output["output_type"] == "stream" ? 0 : 1).Select(Portable)]);
    })];

    /// <summary>What went wrong in a notebook that was run, or null.</summary>
    public static string? Error(string json) =>
        CellNodes(json).SelectMany(cell => cell["outputs"] as JsonArray ?? []).Where(output => (string?)output!["output_type"] == "error").Select(output => (string?)output!["evalue"]).FirstOrDefault();

    /// <summary>The text of an output, whatever its form.</summary>
    public static string Text(JsonNode output)
    {
        var text = new StringBuilder();
        foreach (JsonNode? part in output["data"] is JsonObject data ? data.Select(form => form.Value) : [output["text"]])
        {
            text.Append(part is JsonArray lines ? string.Concat(lines.Select(line => (string?)line)) : (string?)part);
        }

        return text.ToString();
    }

    private static IEnumerable<JsonNode> CellNodes(string json) => JsonNode.Parse(json)!["cells"]!.AsArray().OfType<JsonNode>();

    private static JsonNode Portable(JsonNode output)
    {
        // Folders that a notebook makes have another name each time.
        string json = FolderPattern().Replace(output.ToJsonString(Indented), "gss-notebook");
        return JsonNode.Parse(json)!;
    }

    private static JsonArray Lines(string text)
    {
        string[] lines = text.Split('\n');
        return new([.. lines.Select((line, i) => (JsonNode)(i < lines.Length - 1 ? line + "\n" : line))]);
    }

    [GeneratedRegex("Install(ing|ed) Packages|^Loading extensions from")]
    private static partial Regex PackagePattern();

    [GeneratedRegex(@"[^\s""'`]*gss-notebook-[A-Za-z0-9]+")]
    private static partial Regex FolderPattern();
}
