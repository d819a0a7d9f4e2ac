using System.Globalization;
using System.Text;
using GSS.Core;

namespace GSS.Torch;

/// <summary>
/// Keeps what training tells while it runs, to look at it afterwards: a table of its epochs in a terminal, a curve as well in a notebook.
/// Give <see cref="Add"/> to <see cref="TrainingOptions.Progress"/>.
/// </summary>
/// <remarks>All members may be called by many threads at once.</remarks>
[TypeFormatterSource(typeof(TrainingHistoryHtml))]
public sealed class TrainingHistory
{
    private readonly Lock _lock = new();
    private readonly List<TrainingProgress> _steps = [];

    /// <summary>What was told so far, oldest first: one for each step and one for each validation.</summary>
    public IReadOnlyList<TrainingProgress> Steps
    {
        get
        {
            lock (_lock)
            {
                return [.. _steps];
            }
        }
    }

    /// <summary>Keeps one more.</summary>
    /// <param name="progress">How far training has come.</param>
    public void Add(TrainingProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        lock (_lock)
        {
            _steps.Add(progress);
        }
    }

    /// <summary>A table with a line for each epoch: loss and, where the epoch ended with a validation, its metric in percent; a dash else.</summary>
    public override string ToString()
    {
        var table = new StringBuilder("epoch    step    loss  metric\n");
        table.Append('-', 29);
        foreach (TrainingProgress last in Epochs())
        {
            table.Append(CultureInfo.InvariantCulture, $"\n{last.Epoch,5}{last.Step,8}{last.Loss,8:0.000}{Percent(last.Metric),8}");
        }

        return table.ToString();
    }

    /// <summary>The last of each epoch, with the metric of the validation at its end.</summary>
    internal IReadOnlyList<TrainingProgress> Epochs() =>
        [.. Steps.GroupBy(step => step.Epoch).Select(epoch => epoch.Last() with { Metric = epoch.LastOrDefault(step => step.Metric is not null)?.Metric })];

    /// <summary>A metric in percent, or a dash.</summary>
    internal static string Percent(double? metric) => metric is { } value && !double.IsNaN(value) ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) : "-";
}
