using System.Xml.Linq;

namespace GSS.Core;

/// <summary>An overlay sheet in a notebook: the picture it draws, or a word where it has no row yet.</summary>
internal sealed class OverlaySheetHtml : HtmlFormatterSource<OverlaySheet>
{
    /// <inheritdoc/>
    protected override XElement ToHtml(OverlaySheet value) => value.RowCount == 0 ? Html.Line(value.ToString()) : HtmlPicture.Of(value.Draw(), value.ToString());
}
