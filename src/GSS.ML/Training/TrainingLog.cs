using System.Globalization;
using GSS.Core;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GSS.ML;

/// <summary>Tells how training goes: to the <c>MLContext</c>'s log (a line an epoch, a line a validation, and one at least every half minute) and to the options' callbacks.</summary>
internal sealed class TrainingLog : IDisposable
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);

    private readonly TrainingOptions _options;
    private readonly IChannel _channel;
    private TimeSpan _last;

    public TrainingLog(MLContext context, string trainer, TrainingOptions options)
    {
        _options = options;
        _channel = ((IHostEnvironment)context).Register(trainer).Start("Training");
    }

    /// <summary>Writes a line.</summary>
    public void Info(string line) => _channel.Info(MessageSensitivity.None, line);

    /// <summary>Writes a warning.</summary>
    public void Warn(string sentence) => _channel.Warning(MessageSensitivity.None, sentence);

    /// <summary>Writes a warning for each likely mistake in the label maps.</summary>
    public void Warn(LabelAudit audit)
    {
        foreach (string sentence in LabelWarnings.Of(audit))
        {
            Warn(sentence);
        }
    }

    /// <summary>To be called after every step and every validation.</summary>
    public void Report(TrainingProgress progress)
    {
        _options.Progress?.Invoke(progress);
        if (progress.Validation is { } metrics)
        {
            Info($"Epoch {progress.Epoch}/{progress.Epochs}: validation {metrics.ToLine()}.");
            (_options as SegmentationTrainerOptions)?.MetricsCallback?.Invoke(metrics);
            return;
        }

        bool epochEnds = progress.Step * progress.Epochs % progress.Steps == 0;
        if (epochEnds || progress.Elapsed - _last >= LongestSilence)
        {
            _last = progress.Elapsed;
            Info(string.Create(
                CultureInfo.InvariantCulture,
                $"Epoch {progress.Epoch}/{progress.Epochs}, step {progress.Step}/{progress.Steps}: loss {progress.Loss:F4}, {progress.SamplesPerSecond:F1} samples/s, {progress.Remaining:hh\\:mm\\:ss} left."));
        }
    }

    /// <summary>To be called after every step of a part of a run that has no epochs: a line at least every half minute.</summary>
    public void ReportPart(TrainingProgress progress)
    {
        if (progress.Validation is null && (progress.Elapsed - _last >= LongestSilence || progress.Elapsed < _last))
        {
            _last = progress.Elapsed;
            Info(string.Create(CultureInfo.InvariantCulture, $"Step {progress.Step}/{progress.Steps}: loss {progress.Loss:F4}, {progress.SamplesPerSecond:F1} samples/s, {progress.Remaining:hh\\:mm\\:ss} left."));
        }
    }

    /// <summary>Says why training ended, where it did before its last epoch.</summary>
    public void ReportEnd(TrainedSegmenter trained)
    {
        string? reason = trained.End switch
        {
            TrainingEnd.EarlyStopping => string.Create(CultureInfo.InvariantCulture, $"after {_options.EarlyStoppingPatience} validation(s) without a better one (EarlyStoppingPatience)"),
            TrainingEnd.MaxTrainingTime => string.Create(CultureInfo.InvariantCulture, $"because its time was over (MaxTrainingTime {_options.MaxTrainingTime})"),
            TrainingEnd.StopWhen => "because StopWhen asked for it",
            TrainingEnd.Cancellation => "because it was cancelled (KeepBestOnCancellation)",
            _ => null,
        };
        if (reason is not null)
        {
            Info($"Training ended early, {reason}; {(trained.BestEpoch > 0 ? $"the weights of epoch {trained.BestEpoch}, the best validation, are kept" : "the last weights are kept")}.");
        }

        if (_options.Precision == TrainingPrecision.Auto)
        {
            Info($"Precision Auto: layers computed in {trained.Precision}.");
        }

        if (trained is TrainedPrior { KeptTokens: { } kept } pruned)
        {
            Info($"The model chooses from {kept.Length} of {pruned.Tokenizer.VocabularySize} tokens, which show most of each class in the training label maps; KeptTokenShare = 1 keeps all.");
        }

        if (trained is TrainedPrior { MeasuredDecodings.Count: > 0 } prior)
        {
            IEnumerable<string> found = prior.MeasuredDecodings.Select(way => string.Create(CultureInfo.InvariantCulture, $"{way.Key} {100 * way.Value:F1} %"));
            Info($"TokenDecoding.{prior.TokenDecoding} is kept, by mIoU on the validation set: {string.Join(", ", found)}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();
}
