using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace GSS.Benchmarks;

/// <summary>A cell of a notebook.</summary>
/// <param name="IsCode">Whether it is C#; Markdown else.</param>
/// <param name="Text">Its source, lines ended by \n, the last one by nothing.</param>
internal sealed partial record NotebookCell(bool IsCode, string Text)
{
    /// <summary>Whether running it shows something for certain: outside of functions, loops and conditions.</summary>
    public bool Shows => IsCode && ShowingPattern().IsMatch(Text);

    [GeneratedRegex(@"^(display\(|Console\.Write)", RegexOptions.Multiline)]
    private static partial Regex ShowingPattern();
}

/// <summary>
/// The source of a notebook: its twin, a C# file that runs by itself, in the percent format that Jupytext made known. A line <c>// %%</c> begins a cell of code,
/// <c>// %% [markdown]</c> one of text in comments, and <c>// %% [twin]</c> code for the file alone. What stands before the first cell names projects and packages.
/// </summary>
internal static partial class NotebookSource
{
    private const string Code = "// %%", Markdown = "// %% [markdown]", Twin = "// %% [twin]";

    /// <summary>The cells that a notebook has for a twin.</summary>
    /// <param name="path">The twin.</param>
    /// <param name="root">The repository, whose version and package versions the notebook names.</param>
    public static IReadOnlyList<NotebookCell> Read(string path, string root)
    {
        var cells = new List<(string Kind, List<string> Lines)> { ("", []) };
        foreach (string line in File.ReadAllLines(path))
        {
            if (line is Code or Markdown or Twin)
            {
                cells.Add((line, []));
            }
            else if (line.StartsWith(Code, StringComparison.Ordinal))
            {
                throw new BenchmarkException($"'{Path.GetFileName(path)}' has the line '{line}', expected '{Code}', '{Markdown}' or '{Twin}'.");
            }
            else
            {
                cells[^1].Lines.Add(line);
            }
        }

        List<NotebookCell> read = [.. cells.Skip(1).Where(cell => cell.Kind != Twin).Select(cell => cell.Kind == Markdown ? new NotebookCell(false, Join(cell.Lines.Select(Uncomment))) : new(true, Join(cell.Lines)))];
        int first = read.FindIndex(cell => cell.IsCode);
        read[first] = read[first] with { Text = string.Join('\n', [.. cells[0].Lines.Select(line => Reference(line, root)).OfType<string>(), read[first].Text]) };
        return read;
    }

    /// <summary>The version that packages of this repository are packed with.</summary>
    public static string Version(string root) => XDocument.Load(Path.Combine(root, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value;

    private static string Join(IEnumerable<string> lines) => string.Join('\n', lines).Trim('\n');

    private static string Uncomment(string line) => line.StartsWith("// ", StringComparison.Ordinal) ? line[3..] : line.TrimStart('/');

    /// <summary>What a notebook writes for <c>#:project</c> or <c>#:package</c>.</summary>
    private static string? Reference(string line, string root)
    {
        if (ProjectPattern().Match(line) is { Success: true } project)
        {
            return $"#r \"nuget: {project.Groups[1].Value}, {Version(root)}\"";
        }

        if (PackagePattern().Match(line) is { Success: true } package)
        {
            string name = package.Groups[1].Value;
            string version = XDocument.Load(Path.Combine(root, "Directory.Packages.props")).Descendants("PackageVersion").Single(item => item.Attribute("Include")!.Value == name).Attribute("Version")!.Value;
            return $"#r \"nuget: {name}, {version}\"";
        }

        return null;
    }

    [GeneratedRegex(@"^#:project .*/([^/]+)\.csproj$")]
    private static partial Regex ProjectPattern();

    [GeneratedRegex(@"^#:package (\S+)$")]
    private static partial Regex PackagePattern();
}
