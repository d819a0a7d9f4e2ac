using System.Globalization;
using System.Text;

namespace GSS.Core;

/// <summary>The little Markdown that a model card needs. Everything is written the same in every culture.</summary>
internal static class Markdown
{
    // What begins something inside a line, on GitHub too: code, emphasis, links, HTML, cells, strike-through, entities, a heading's end, mathematics.
    private const string Special = "\\`*_[]<>|~&#$";

    /// <summary>Text that is to be read as it stands: characters with a meaning get a backslash, line breaks become spaces.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (char character in text.Trim())
        {
            escaped.Append(Special.Contains(character, StringComparison.Ordinal) ? "\\" : "").Append(char.IsControl(character) || character is '\u2028' or '\u2029' ? ' ' : character);
        }

        return escaped.ToString();
    }

    /// <summary>Markdown of the caller's, brought into one line.</summary>
    public static string OneLine(string markdown) => string.Join(' ', markdown.Split(['\r', '\n', '\u2028', '\u2029'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>A table; numbers stand right.</summary>
    /// <param name="header">The names of the columns.</param>
    /// <param name="textColumns">How many columns, from the left, hold text.</param>
    /// <param name="rows">As many cells as the header, escaped already.</param>
    public static string Table(IReadOnlyCollection<string> header, int textColumns, IEnumerable<IEnumerable<string>> rows)
    {
        var table = new StringBuilder();
        Row(header);
        Row(header.Select((_, column) => column < textColumns ? "---" : "--:"));
        foreach (IEnumerable<string> row in rows)
        {
            Row(row);
        }

        return table.ToString();

        void Row(IEnumerable<string> cells) => table.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }

    /// <summary>The address of a file as seen from a folder.</summary>
    public static string Link(string folder, string path) =>
        string.Join('/', Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));

    /// <summary>A share in percent; a dash where it is not a number.</summary>
    public static string Percent(double fraction, string format = "0.00") => double.IsNaN(fraction) ? "-" : (100 * fraction).ToString(format, CultureInfo.InvariantCulture);
}
