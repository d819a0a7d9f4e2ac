using System.Globalization;
using System.Xml.Linq;

namespace GSS.Core;

/// <summary>Metrics in a notebook: a row with a bar for each class, and the means.</summary>
internal sealed class SegmentationMetricsHtml : HtmlFormatterSource<SegmentationMetrics>
{
    /// <inheritdoc/>
    protected override XElement ToHtml(SegmentationMetrics value) => Html.Block(
        Html.Table(["class", "", "IoU %", "accuracy %", "precision %", "pixels"], value.PerClass.Select(metrics => (IReadOnlyList<object>)
        [
            metrics.Name, HtmlPicture.Bar(metrics.IoU), Html.Percent(metrics.IoU), Html.Percent(metrics.Accuracy), Html.Percent(metrics.Precision), Html.Number(metrics.TruthPixels, "0"),
        ])),
        Html.Line(new XElement("b", value.ToLine())));
}

/// <summary>A confusion matrix in a notebook: of each true class (a row) which share was predicted as what, the darker the more.</summary>
internal sealed class ConfusionMatrixHtml : HtmlFormatterSource<ConfusionMatrix>
{
    /// <inheritdoc/>
    protected override XElement ToHtml(ConfusionMatrix value)
    {
        string[] names = [.. Enumerable.Range(0, value.ClassCount).Select(value.NameOf)];
        return Html.Block(
            Html.Line("rows: true class, columns: predicted class, in percent of the row"),
            new XElement("table", new XAttribute("style", "border-collapse: collapse"),
                new XElement("tr", new XElement("th", ""), names.Select(name => new XElement("th", new XAttribute("style", "padding: 2px 8px"), name))),
                names.Select((name, truth) =>
                {
                    long all = Enumerable.Range(0, names.Length).Sum(predicted => value[truth, predicted]);
                    return new XElement("tr", new XElement("th", name), names.Select((_, predicted) => Cell((double)value[truth, predicted] / all)));
                })));
    }

    // White to dark blue; where it is dark the text is white.
    private static XElement Cell(double share)
    {
        double depth = double.IsNaN(share) ? 0 : Math.Sqrt(share);
        string background = new RgbColor((byte)(255 - (200 * depth)), (byte)(255 - (160 * depth)), (byte)(255 - (90 * depth))).ToString();
        string style = $"text-align: right; padding: 2px 8px; background: {background}; color: {(depth > 0.6 ? "#ffffff" : "#202020")}";
        return new("td", new XAttribute("style", style), new XAttribute("bgcolor", background), double.IsNaN(share) ? "-" : (100 * share).ToString("0.0", CultureInfo.InvariantCulture));
    }
}

/// <summary>The ceiling of a tokenizer in a notebook, with what was predicted beside it.</summary>
internal sealed class TokenizerCeilingHtml : HtmlFormatterSource<TokenizerCeiling>
{
    /// <inheritdoc/>
    protected override XElement ToHtml(TokenizerCeiling value) => Html.Block(
        Html.Table(
            value.Prediction is null ? ["class", "", "ceiling %"] : ["class", "", "ceiling %", "IoU %"],
            value.Reconstruction.PerClass.Select((metrics, id) => (IReadOnlyList<object>)
            [
                metrics.Name, HtmlPicture.Bar(metrics.IoU), Html.Percent(metrics.IoU), .. value.Prediction is { } prediction ? [Html.Percent(prediction.PerClass[id].IoU)] : Array.Empty<object>(),
            ])),
        Mean("of the truth through the tokenizer and back, the ceiling", value.Reconstruction),
        Mean("of the prediction against the truth", value.Prediction),
        Mean("of the prediction against the truth through the tokenizer and back", value.PredictionAgainstReconstruction));

    private static XElement? Mean(string what, SegmentationMetrics? metrics) => metrics is null ? null : Html.Line(new XElement("b", Html.Text($"mIoU {100 * metrics.MeanIoU:0.00} % ")), what);
}
