using GSS.Core;

namespace GSS.Torch;

/// <summary>How far training has come.</summary>
[TypeFormatterSource(typeof(TrainingProgressHtml))]
public sealed record TrainingProgress
{
    /// <summary>The epoch under way, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs in the run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Steps done since the beginning of the run.</summary>
    public required long Step { get; init; }

    /// <summary>Steps in the run.</summary>
    public required long Steps { get; init; }

    /// <summary>The loss, averaged over the last steps.</summary>
    public required double Loss { get; init; }

    /// <summary>The learning rate of the last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Training samples a second, validation not counted.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>Time since this call of training began.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>An estimate of the time to the end, validation included.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>The metric of the validation just done, the mIoU where photographs are segmented; null after an ordinary step.</summary>
    public double? Metric { get; init; }

    /// <summary>Everything that the validation just done measured; null after an ordinary step.</summary>
    public object? Metrics { get; init; }
}
