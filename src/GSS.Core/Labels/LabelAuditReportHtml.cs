using System.Xml.Linq;

namespace GSS.Core;

/// <summary>An audit in a notebook: a row with a bar for each class and for void, the counts, and what was found.</summary>
internal sealed class LabelAuditReportHtml : HtmlFormatterSource<LabelAuditReport>
{
    /// <inheritdoc/>
    protected override XElement ToHtml(LabelAuditReport value) => Html.Block(
        Html.Table(["", "class", "", "share %", "pixels", "label maps"], value.PerClass.Select((row, id) => Row(row, value.Classes.Colors[id])).Append(Row(value.Void, value.Classes.VoidColor))),
        Html.Line(new XElement("b", value.ToLine())),
        value.Findings().Select(line => Html.Line(line)));

    private static IReadOnlyList<object> Row(ClassShare row, RgbColor color) =>
        [HtmlPicture.Swatch(color, 24, 14), row.Name, HtmlPicture.Bar(row.Share), Html.Percent(row.Share), Html.Number(row.Pixels, "0"), Html.Number(row.LabelMaps, "0")];
}
