using System.Globalization;
using System.Text;

namespace GSS.Core;

/// <summary>
/// The metrics of semantic segmentation over a whole data set: mIoU, mAcc, aAcc and each class's own. Void pixels are ignored.
/// A class that is absent counts as in mmseg: a mean leaves out values that are not numbers. A class absent from the label maps
/// but predicted somewhere has IoU 0 and no accuracy.
/// </summary>
[TypeFormatterSource(typeof(SegmentationMetricsHtml))]
public sealed class SegmentationMetrics
{
    private const int MostAbsentListed = 5;

    internal SegmentationMetrics(ConfusionMatrix confusion)
    {
        ConfusionMatrix = confusion;
        int count = confusion.ClassCount;
        long[] truth = new long[count], predicted = new long[count];
        long correct = 0, all = 0;
        for (int row = 0; row < count; row++)
        {
            for (int column = 0; column < count; column++)
            {
                long pixels = confusion[row, column];
                truth[row] += pixels;
                predicted[column] += pixels;
                all += pixels;
            }

            correct += confusion[row, row];
        }

        PerClass = Array.AsReadOnly([.. Enumerable.Range(0, count).Select(k => new ClassMetrics(
            confusion.NameOf(k), confusion[k, k], truth[k], predicted[k]))]);
        PixelAccuracy = (double)correct / all;
        MeanIoU = MeanOfNumbers(PerClass.Select(c => c.IoU));
        MeanAccuracy = MeanOfNumbers(PerClass.Select(c => c.Accuracy));
    }

    /// <summary>mIoU: the mean of the classes' IoU, 0..1; not a number where no labelled pixel was counted.</summary>
    public double MeanIoU { get; }

    /// <summary>mAcc: the mean of the classes' accuracy, 0..1; not a number where no labelled pixel was counted.</summary>
    public double MeanAccuracy { get; }

    /// <summary>aAcc: the share of all labelled pixels that was predicted right, 0..1; not a number where no labelled pixel was counted.</summary>
    public double PixelAccuracy { get; }

    /// <summary>Each class's metrics, in id order.</summary>
    public IReadOnlyList<ClassMetrics> PerClass { get; }

    /// <summary>The counts that all metrics come from.</summary>
    public ConfusionMatrix ConfusionMatrix { get; }

    /// <summary>A table in percent: one line for each class with IoU and accuracy, then mIoU, mAcc and aAcc, and a last line where mIoU leaves out absent classes. A value that is not a number shows as a dash.</summary>
    public override string ToString()
    {
        int width = Math.Max("class".Length, PerClass.Max(c => c.Name.Length));
        var table = new StringBuilder();
        table.Append("class".PadRight(width)).Append("     IoU     Acc\n");
        table.Append('-', width + 16).Append('\n');
        foreach (ClassMetrics metrics in PerClass)
        {
            table.Append(metrics.Name.PadRight(width)).Append(Percent(metrics.IoU).PadLeft(8)).Append(Percent(metrics.Accuracy).PadLeft(8)).Append('\n');
        }

        table.Append('-', width + 16).Append('\n');
        table.Append($"mIoU {Percent(MeanIoU)}  mAcc {Percent(MeanAccuracy)}  aAcc {Percent(PixelAccuracy)}");
        return (AbsentClasses is { } absent ? table.Append('\n').Append(absent) : table).ToString();
    }

    /// <summary>The three means in one line, as <c>mIoU 45.50 %, mAcc 56.70 %, aAcc 88.10 %</c>, with a remark where mIoU is the mean of fewer classes than there are.</summary>
    public string ToLine() => $"mIoU {PercentOrDash(MeanIoU)}, mAcc {PercentOrDash(MeanAccuracy)}, aAcc {PercentOrDash(PixelAccuracy)}{(AbsentClasses is { } absent ? $" ({absent})" : "")}";

    /// <summary>Which classes the mean leaves out, or null where it has all.</summary>
    private string? AbsentClasses
    {
        get
        {
            string[] absent = [.. PerClass.Where(c => double.IsNaN(c.IoU)).Select(c => $"'{c.Name}'")];
            int rest = absent.Length - MostAbsentListed;
            return absent.Length == 0 ? null
                : $"mIoU over {PerClass.Count - absent.Length} of {PerClass.Count} classes, in neither labels nor predictions: {string.Join(", ", absent.Take(MostAbsentListed))}{(rest > 0 ? $" and {rest} more" : "")}";
        }
    }

    private static string PercentOrDash(double fraction) => double.IsNaN(fraction) ? "-" : $"{Percent(fraction)} %";

    private static string Percent(double fraction) => double.IsNaN(fraction) ? "-" : (100 * fraction).ToString("0.00", CultureInfo.InvariantCulture);

    private static double MeanOfNumbers(IEnumerable<double> values) => values.Where(v => !double.IsNaN(v)).DefaultIfEmpty(double.NaN).Average();
}
