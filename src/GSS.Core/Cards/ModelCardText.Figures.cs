using static System.FormattableString;

namespace GSS.Core;

/// <content>What was measured.</content>
internal sealed partial class ModelCardText
{
    // A wider table is read by nobody: then the largest mistakes are listed in its place.
    private const int WidestMatrix = 40;
    private const int MistakesListed = 40;

    private void WriteFigures()
    {
        Heading("Figures");
        if (options.Metrics is not { } metrics)
        {
            Paragraph("Nothing was measured.");
        }
        else
        {
            Paragraph("In percent, over all labelled pixels of the photographs to measure on; void pixels are left out. A dash stands where there is nothing to divide by.");
            Table(["mIoU", "mAcc", "aAcc"], 0, [[Percent(metrics.MeanIoU), Percent(metrics.MeanAccuracy), Percent(metrics.PixelAccuracy)]]);
            WriteClassFigures(metrics);
            WriteConfusion(metrics.ConfusionMatrix);
        }

        if (options.Ceiling is { } ceiling)
        {
            WriteCeiling(ceiling);
        }
    }

    private void WriteClassFigures(SegmentationMetrics metrics)
    {
        Heading("By class", level: 3);
        Table(
            ["class", "IoU", "accuracy (recall)", "precision", "F1 (Dice)", "share of pixels"],
            1,
            metrics.PerClass.Select((c, k) => new[] { Name(k), Percent(c.IoU), Percent(c.Accuracy), Percent(c.Precision), Percent(c.Dice), Percent(ShareOf(metrics, c)) }));
    }

    private void WriteConfusion(ConfusionMatrix matrix)
    {
        int count = matrix.ClassCount;
        double[] truths = [.. Enumerable.Range(0, count).Select(row => (double)Enumerable.Range(0, count).Sum(column => matrix[row, column]))];
        Heading("Confusion matrix", level: 3);
        if (count <= WidestMatrix)
        {
            Paragraph("A row is the truth, a column the prediction; in percent of the row.");
            Table(
                ["truth", .. Enumerable.Range(0, count).Select(Name)],
                1,
                Enumerable.Range(0, count).Select(row => Enumerable.Range(0, count).Select(column => Markdown.Percent(matrix[row, column] / truths[row], "0.0")).Prepend(Name(row))));
            return;
        }

        Paragraph(Invariant($"The {MistakesListed} mistakes with the most pixels, in percent of the true class's pixels; a matrix of {count} classes is too wide to be read."));
        var mistakes =
            from row in Enumerable.Range(0, count)
            from column in Enumerable.Range(0, count)
            where row != column && matrix[row, column] > 0
            orderby matrix[row, column] descending, row, column
            select new[] { Name(row), Name(column), Markdown.Percent(matrix[row, column] / truths[row], "0.0") };
        Table(["truth", "predicted as", "share"], 2, mistakes.Take(MistakesListed));
    }

    private void WriteCeiling(TokenizerCeiling ceiling)
    {
        Heading("What the tokenizer leaves to be reached", level: 3);
        Paragraph("True label maps that were encoded to tokens and decoded again are not quite themselves any more. Their IoU against the truth is the ceiling: a prediction without one wrong token reaches it.");
        var means = new List<(string Name, SegmentationMetrics? Metrics)>
        {
            ("truth through the tokenizer and back, against the truth (ceiling)", ceiling.Reconstruction),
            ("prediction, against the truth", ceiling.Prediction),
            ("prediction, against the truth through the tokenizer and back", ceiling.PredictionAgainstReconstruction),
        };
        Table(["what", "mIoU", "mAcc", "aAcc"], 1, means.Where(row => row.Metrics is not null).Select(row => new[] { row.Name, Percent(row.Metrics!.MeanIoU), Percent(row.Metrics.MeanAccuracy), Percent(row.Metrics.PixelAccuracy) }));
        bool predicted = ceiling.Prediction is not null;
        Table(
            ["class", "IoU of the ceiling", .. predicted ? ["IoU of the prediction"] : Array.Empty<string>()],
            1,
            ceiling.Reconstruction.PerClass.Select((c, k) => new[] { Name(k), Percent(c.IoU) }.Concat(predicted ? [Percent(ceiling.Prediction!.PerClass[k].IoU)] : [])));
    }

    /// <summary>Sentences on the classes of which the figures tell little.</summary>
    private IEnumerable<string> RareClasses()
    {
        if (options.Metrics is not { } metrics)
        {
            yield break;
        }

        string[] few = [.. metrics.PerClass.Select((c, k) => (Class: c, Share: ShareOf(metrics, c), Name: Name(k)))
            .Where(c => c.Class.TruthPixels > 0 && c.Share < options.FewPixels)
            .Select(c => $"{c.Name} ({Percent(c.Share)} % of the pixels, IoU {Percent(c.Class.IoU)} %)")];
        if (few.Length > 0)
        {
            yield return $"Classes with few pixels, below {Markdown.Percent(options.FewPixels, "0.##")} % of those measured, were seldom seen; do not rely on them: {string.Join(", ", few)}.";
        }

        string[] absent = [.. metrics.PerClass.Select((c, k) => (c.TruthPixels, Name: Name(k))).Where(c => c.TruthPixels == 0).Select(c => c.Name)];
        if (absent.Length > 0)
        {
            yield return $"Nothing is known of classes that are nowhere in the measured label maps: {string.Join(", ", absent)}.";
        }
    }

    private string Name(int id) => Markdown.Escape(Manifest.Classes.Names[id]);

    private static double ShareOf(SegmentationMetrics metrics, ClassMetrics of) => (double)of.TruthPixels / metrics.PerClass.Sum(c => c.TruthPixels);

    private static string Percent(double fraction) => Markdown.Percent(fraction);
}
