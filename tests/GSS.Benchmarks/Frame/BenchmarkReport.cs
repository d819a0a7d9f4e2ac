using System.Globalization;
using System.Text;

namespace GSS.Benchmarks;

/// <summary>What a benchmark says: printed line by line as it comes, and kept as markdown.</summary>
internal sealed class BenchmarkReport(TextWriter output)
{
    private readonly StringBuilder _markdown = new();
    private readonly List<string> _bars = [];

    /// <summary>One paragraph, both on the terminal and in the results file.</summary>
    public void Line(string text)
    {
        output.WriteLine(text);
        _markdown.AppendLine(text).AppendLine();
    }

    /// <summary>A heading inside the results.</summary>
    public void Heading(string text) => Line($"## {text}");

    /// <summary>Something for the terminal only, such as progress.</summary>
    public void Progress(string text)
    {
        output.WriteLine(text);
        output.Flush();
    }

    /// <summary>Text that keeps its own layout, such as a metrics table.</summary>
    public void Preformatted(string text)
    {
        output.WriteLine(text);
        _markdown.AppendLine("```text").AppendLine(text.TrimEnd()).AppendLine("```").AppendLine();
    }

    /// <summary>A table: the first column left-aligned, all others right-aligned; numbers are formatted by <see cref="Format"/>.</summary>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object>> rows)
    {
        string[][] cells = [[.. columns], .. rows.Select(row => row.Select(Format).ToArray())];
        if (cells.FirstOrDefault(row => row.Length != columns.Count) is { } odd)
        {
            throw new ArgumentException($"The row '{string.Join(" | ", odd)}' has {odd.Length} cells, the table has {columns.Count} columns.", nameof(rows));
        }

        int[] widths = [.. columns.Select((_, column) => Math.Max(3, cells.Max(row => row[column].Length)))];
        string Row(string[] row) => "| " + string.Join(" | ", row.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))) + " |";
        string rule = "|" + string.Join("|", widths.Select((width, i) => i == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":")) + "|";
        Line(string.Join(Environment.NewLine, [Row(cells[0]), rule, .. cells[1..].Select(Row)]));
    }

    /// <summary>A bar that wants a value as large as <paramref name="bar"/> or larger. Printed at the end of the run.</summary>
    public void BarAtLeast(string name, double value, double bar) => Bar(name, value, bar, value >= bar);

    /// <summary>A bar that wants a value as small as <paramref name="bar"/> or smaller. Printed at the end of the run.</summary>
    public void BarAtMost(string name, double value, double bar) => Bar(name, value, bar, value <= bar);

    /// <summary>A bar of a shape of its own, judged by the caller. Printed at the end of the run.</summary>
    public void Bar(string name, object value, object bar, bool holds) =>
        _bars.Add($"BAR name={name} value={Format(value)} bar={Format(bar)} holds={(holds ? "yes" : "no")}");

    /// <summary>Prints the bars, last of all, and keeps everything as <c>NAME.md</c> in the folder.</summary>
    public void Finish(string name, string command, string? folder)
    {
        if (_bars.Count > 0)
        {
            Preformatted(string.Join(Environment.NewLine, _bars));
        }

        if (folder is null)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, name + ".md");
        string text = $"# {name}\n\n```sh\n{command}\n```\n\n{MachineDescription.Text()}\n\n{_markdown.ToString().ReplaceLineEndings("\n").TrimEnd()}\n";
        File.WriteAllText(path + ".part", text);
        File.Move(path + ".part", path, overwrite: true);
    }

    /// <summary>Numbers with as many digits as a reader wants; everything else as it is.</summary>
    public static string Format(object value) => value switch
    {
        double number => FormatNumber(number),
        float number => FormatNumber(number),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string FormatNumber(double number) => Math.Abs(number) switch
    {
        double.NaN => "n/a",
        0 => "0",
        >= 1000 => number.ToString("F0", CultureInfo.InvariantCulture),
        >= 100 => number.ToString("F1", CultureInfo.InvariantCulture),
        >= 1 => number.ToString("F2", CultureInfo.InvariantCulture),
        >= 0.01 => number.ToString("F4", CultureInfo.InvariantCulture),
        _ => number.ToString("E2", CultureInfo.InvariantCulture),
    };
}
