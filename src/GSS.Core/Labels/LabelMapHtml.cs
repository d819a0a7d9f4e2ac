using System.Xml.Linq;

namespace GSS.Core;

/// <summary>A label map in a notebook: each class id in a colour of its own, void in stripes, and below it the share of each. A label map knows no class names: paint it with <see cref="Overlay"/> to see those.</summary>
internal sealed class LabelMapHtml : HtmlFormatterSource<LabelMap>
{
    private const int StripeWidth = 4;
    private static readonly RgbColor LightStripe = new(235, 235, 235), DarkStripe = new(150, 150, 150);

    /// <inheritdoc/>
    protected override XElement ToHtml(LabelMap value)
    {
        int times = HtmlPicture.Enlargement(value.Width, value.Height);
        double reduction = Math.Min(1, HtmlPicture.LargestWidth / (double)value.Width);
        LabelMap shown = reduction < 1
            ? value.Resize(HtmlPicture.LargestWidth, Math.Max(1, (int)Math.Round(reduction * value.Height)))
            : value.Resize(times * value.Width, times * value.Height);
        return Html.Block(HtmlPicture.Of(Paint(shown), value.ToString()), Legend(value));
    }

    private static RgbImage Paint(LabelMap labels)
    {
        var image = new RgbImage(labels.Width, labels.Height);
        for (int y = 0, at = 0; y < labels.Height; y++)
        {
            for (int x = 0; x < labels.Width; x++, at += 3)
            {
                RgbColor color = ColorOf(labels.Ids[(y * labels.Width) + x], isDark: (x + y) / StripeWidth % 2 == 1);
                (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]) = (color.R, color.G, color.B);
            }
        }

        return image;
    }

    private static RgbColor ColorOf(byte id, bool isDark) => id != LabelMap.Void ? SegmentationClasses.DefaultColors[id] : isDark ? DarkStripe : LightStripe;

    private static XElement Legend(LabelMap labels)
    {
        long[] counts = new long[256];
        foreach (byte id in labels.Ids)
        {
            counts[id]++;
        }

        return Html.Line(Enumerable.Range(0, counts.Length).Where(id => counts[id] > 0).SelectMany(id => new object[]
        {
            HtmlPicture.Swatch(ColorOf((byte)id, isDark: true), 12, 12),
            Html.Text($" {(id == LabelMap.Void ? "void" : id)}: {100.0 * counts[id] / labels.Ids.Length:0.0} %   "),
        }));
    }
}

/// <summary>Classes in a notebook: id, colour and name of each, and how label files are read.</summary>
internal sealed class SegmentationClassesHtml : HtmlFormatterSource<SegmentationClasses>
{
    /// <inheritdoc/>
    protected override XElement ToHtml(SegmentationClasses value) => Html.Block(
        Html.Line(value.ToString()),
        Html.Table(["id", "", "class", "colour"], value.Names.Select((name, id) => (IReadOnlyList<object>)
        [
            Html.Number(id, "0"), HtmlPicture.Swatch(value.Colors[id], 24, 14), name, value.Colors[id].ToString(),
        ])));
}
