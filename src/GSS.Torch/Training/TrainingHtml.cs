using System.Globalization;
using System.Text;
using System.Xml.Linq;
using GSS.Core;

namespace GSS.Torch;

/// <summary>A training in a notebook: the curve of the loss with the metric of each validation, and the table of the epochs.</summary>
internal sealed class TrainingHistoryHtml : HtmlFormatterSource<TrainingHistory>
{
    private const int Width = 480, Height = 200, Margin = 36, MostPoints = 240;
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <inheritdoc/>
    protected override XElement ToHtml(TrainingHistory value)
    {
        IReadOnlyList<TrainingProgress> steps = value.Steps;
        return steps.Count == 0 ? Html.Line("no step yet") : Html.Block(
            new XElement("img",
                new XAttribute("src", "data:image/svg+xml;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(Chart(steps).ToString(SaveOptions.DisableFormatting)))),
                new XAttribute("width", Width),
                new XAttribute("height", Height),
                new XAttribute("alt", "the loss and the metric of each validation over the steps")),
            Html.Table(["epoch", "step", "loss", "metric %", "images/s"], value.Epochs().Select(last => (IReadOnlyList<object>)
            [
                Html.Number(last.Epoch, "0"), Html.Number(last.Step, "0"), Html.Number(last.Loss, "0.000"), new HtmlNumber(TrainingHistory.Percent(last.Metric)), Html.Number(last.SamplesPerSecond, "0.0"),
            ])));
    }

    private static XElement Chart(IReadOnlyList<TrainingProgress> steps)
    {
        TrainingProgress[] told = [.. steps.Where(step => double.IsFinite(step.Loss))];
        TrainingProgress[] validated = [.. steps.Where(step => step.Metric is { } metric && double.IsFinite(metric))];
        double largest = Math.Max(double.Epsilon, told.Select(step => step.Loss).DefaultIfEmpty(1).Max());
        long last = Math.Max(1, steps[^1].Step);
        int stride = Math.Max(1, told.Length / MostPoints);
        string X(TrainingProgress step) => Number(Margin + ((Width - (2 * Margin)) * (double)step.Step / last));
        string Y(double share) => Number(Height - Margin - ((Height - (2 * Margin)) * share));
        string Points(IEnumerable<TrainingProgress> of, Func<TrainingProgress, double> share) => string.Join(' ', of.Select(step => $"{X(step)},{Y(share(step))}"));
        return new XElement(Svg + "svg", new XAttribute("viewBox", $"0 0 {Width} {Height}"), new XAttribute("font-family", "sans-serif"), new XAttribute("font-size", "11"),
            new XElement(Svg + "rect", new XAttribute("width", Width), new XAttribute("height", Height), new XAttribute("fill", "#ffffff")),
            new XElement(Svg + "path", new XAttribute("d", $"M{Margin},{Margin} V{Height - Margin} H{Width - Margin} V{Margin}"), new XAttribute("fill", "none"), new XAttribute("stroke", "#a0a0a0")),
            Line(Points(told.Where((_, i) => i % stride == 0), step => step.Loss / largest), "#4c78a8"),
            Line(Points(validated, step => step.Metric!.Value), "#c04f15"),
            validated.Select(step => new XElement(Svg + "circle", new XAttribute("cx", X(step)), new XAttribute("cy", Y(step.Metric!.Value)), new XAttribute("r", 3), new XAttribute("fill", "#c04f15"))),
            Text(Margin, Margin - 8, "start", "#4c78a8", "loss, 0 to " + largest.ToString("0.00", CultureInfo.InvariantCulture)),
            validated.Length == 0 ? null : Text(Width - Margin, Margin - 8, "end", "#c04f15", "metric of the validation, 0 to 100 %"),
            Text(Width / 2, Height - 12, "middle", "#505050", $"steps, 0 to {last}"));
    }

    private static XElement Line(string points, string color) =>
        new(Svg + "polyline", new XAttribute("points", points), new XAttribute("fill", "none"), new XAttribute("stroke", color), new XAttribute("stroke-width", "1.5"));

    private static XElement Text(int x, int y, string anchor, string color, string text) =>
        new(Svg + "text", new XAttribute("x", x), new XAttribute("y", y), new XAttribute("text-anchor", anchor), new XAttribute("fill", color), text);

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}

/// <summary>One report of a training in a notebook.</summary>
internal sealed class TrainingProgressHtml : HtmlFormatterSource<TrainingProgress>
{
    /// <inheritdoc/>
    protected override XElement ToHtml(TrainingProgress value) => Html.Table(["epoch", "step", "loss", "metric %", "learning rate", "images/s"],
    [
        [
            $"{value.Epoch} of {value.Epochs}", $"{value.Step} of {value.Steps}", Html.Number(value.Loss, "0.000"), new HtmlNumber(TrainingHistory.Percent(value.Metric)),
            Html.Number(value.LearningRate, "0.######"), Html.Number(value.SamplesPerSecond, "0.0"),
        ],
    ]);
}
