using System.Globalization;

namespace GSS.Torch;

/// <summary>How far a training run has come: the numbers of a checkpoint.</summary>
internal sealed record TrainingPosition
{
    /// <summary>The epoch that the next step belongs to, from 0.</summary>
    public int Epoch { get; init; }

    /// <summary>The next step in that epoch, from 0.</summary>
    public int BatchInEpoch { get; init; }

    /// <summary>Steps taken since the beginning.</summary>
    public long Step { get; init; }

    /// <summary>The best validation metric so far; NaN before the first validation.</summary>
    public double BestMetric { get; init; } = double.NaN;

    /// <summary>The epoch of the best metric, -1 before the first validation.</summary>
    public int BestEpoch { get; init; } = -1;

    /// <summary>Whether the run has ended: nothing is left to train.</summary>
    public bool Finished { get; init; }

    /// <summary>Validations since the best metric.</summary>
    public int ValidationsSinceBest { get; init; }

    /// <summary>Why the run has ended, where it has.</summary>
    public TrainingEnd End { get; init; }

    /// <summary>Seconds of training so far, kept where they are limited.</summary>
    public double Seconds { get; init; }

    /// <summary>As the notes of a file; doubles come back bit by bit.</summary>
    internal Dictionary<string, string> ToNotes() => new()
    {
        ["epoch"] = Epoch.ToString(CultureInfo.InvariantCulture),
        ["batch"] = BatchInEpoch.ToString(CultureInfo.InvariantCulture),
        ["step"] = Step.ToString(CultureInfo.InvariantCulture),
        ["best_metric"] = BestMetric.ToString("R", CultureInfo.InvariantCulture),
        ["best_epoch"] = BestEpoch.ToString(CultureInfo.InvariantCulture),
        ["finished"] = Finished ? "true" : "false",
        ["validations_since_best"] = ValidationsSinceBest.ToString(CultureInfo.InvariantCulture),
        ["end"] = End.ToString(),
        ["seconds"] = Seconds.ToString("R", CultureInfo.InvariantCulture),
    };

    /// <summary>Reads the notes of a file.</summary>
    /// <exception cref="KeyNotFoundException">One is missing.</exception>
    /// <exception cref="FormatException">One is not what it should be.</exception>
    internal static TrainingPosition FromNotes(IReadOnlyDictionary<string, string> notes) => new()
    {
        Epoch = int.Parse(notes["epoch"], CultureInfo.InvariantCulture),
        BatchInEpoch = int.Parse(notes["batch"], CultureInfo.InvariantCulture),
        Step = long.Parse(notes["step"], CultureInfo.InvariantCulture),
        BestMetric = double.Parse(notes["best_metric"], CultureInfo.InvariantCulture),
        BestEpoch = int.Parse(notes["best_epoch"], CultureInfo.InvariantCulture),
        Finished = bool.Parse(notes["finished"]),
        ValidationsSinceBest = int.Parse(notes["validations_since_best"], CultureInfo.InvariantCulture),
        End = Enum.TryParse(notes["end"], out TrainingEnd end) ? end : throw new FormatException(),
        Seconds = double.Parse(notes["seconds"], CultureInfo.InvariantCulture),
    };
}
