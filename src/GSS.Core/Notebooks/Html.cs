using System.Globalization;
using System.Xml.Linq;

namespace GSS.Core;

/// <summary>The few shapes of HTML that a notebook shows. Styles stay within the elements, because pages that show notebooks drop style sheets.</summary>
internal static class Html
{
    private const string Right = "text-align: right; padding: 1px 8px", Left = "text-align: left; padding: 1px 8px";

    /// <summary>A block of elements, one below the other.</summary>
    public static XElement Block(params object?[] content) => new("div", content);

    /// <summary>A line of text above or below a table or picture.</summary>
    public static XElement Line(params object?[] content) => new("div", new XAttribute("style", "padding: 2px 0"), content);

    /// <summary>A table. A column whose first cell is a number stands to the right.</summary>
    /// <param name="headers">One for each column.</param>
    /// <param name="rows">Each with one cell for each column: text, a number as <see cref="Number(double, string)"/> gives it, or an element.</param>
    public static XElement Table(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<object>> rows)
    {
        IReadOnlyList<object>[] all = [.. rows];
        string[] styles = [.. headers.Select((_, column) => all.Length > 0 && all[0][column] is HtmlNumber ? Right : Left)];
        return new("table", new XAttribute("style", "border-collapse: collapse"),
            new XElement("thead", new XElement("tr", headers.Select((header, column) => new XElement("th", new XAttribute("style", styles[column]), header)))),
            new XElement("tbody", all.Select(row => new XElement("tr", row.Select((cell, column) => new XElement("td", new XAttribute("style", styles[column]), cell is HtmlNumber number ? number.Text : cell))))));
    }

    /// <summary>A cell with a number; one that is not a number shows as a dash.</summary>
    public static HtmlNumber Number(double value, string format) => new(double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture));

    /// <summary>A cell with a share in percent.</summary>
    public static HtmlNumber Percent(double share) => Number(100 * share, "0.0");

    /// <summary>Anything formatted for all cultures alike.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A cell of a table that holds a number.</summary>
internal sealed record HtmlNumber(string Text);
