using System.Xml.Linq;

namespace GSS.Core;

/// <summary>A palette in a notebook: each class's colour, and which other class has the most similar one.</summary>
internal sealed class MaskigePaletteHtml : HtmlFormatterSource<MaskigePalette>
{
    /// <inheritdoc/>
    protected override XElement ToHtml(MaskigePalette value) => Html.Block(
        Html.Line(value.ToString()),
        Html.Table(["class", "", "colour", "most similar", "", "distance"], value.Colors.Select((color, id) =>
        {
            int other = MostSimilar(value.Colors, id);
            return (IReadOnlyList<object>)
            [
                Html.Number(id, "0"), HtmlPicture.Swatch(color, 24, 14), color.ToString(),
                Html.Number(other < 0 ? double.NaN : other, "0"), other < 0 ? "" : HtmlPicture.Swatch(value.Colors[other], 24, 14),
                Html.Number(other < 0 ? double.NaN : Math.Sqrt(PaletteSearch.SquaredDistance(color, value.Colors[other])), "0.0"),
            ];
        })),
        Html.Line("void ", HtmlPicture.Swatch(value.VoidColor, 24, 14), $" {value.VoidColor}"));

    private static int MostSimilar(IReadOnlyList<RgbColor> colors, int id) =>
        Enumerable.Range(0, colors.Count).Where(other => other != id).OrderBy(other => PaletteSearch.SquaredDistance(colors[id], colors[other])).FirstOrDefault(-1);
}

/// <summary>Latent tokens in a notebook: a colour for each token of the codebook. Colours repeat where there are more tokens than colours.</summary>
internal sealed class LatentTokensHtml : HtmlFormatterSource<LatentTokens>
{
    /// <inheritdoc/>
    protected override XElement ToHtml(LatentTokens value)
    {
        var image = new RgbImage(value.Width, value.Height);
        for (int i = 0; i < value.Ids.Length; i++)
        {
            RgbColor color = SegmentationClasses.DefaultColors[value.Ids[i] % SegmentationClasses.DefaultColors.Count];
            (image.Pixels[3 * i], image.Pixels[(3 * i) + 1], image.Pixels[(3 * i) + 2]) = (color.R, color.G, color.B);
        }

        return Html.Block(HtmlPicture.Of(image, value.ToString()), Html.Line($"{value}, {value.Ids.ToArray().Distinct().Count()} different ones"));
    }
}
