using System.Diagnostics;
using GSS.Core;
using GSS.Torch;

namespace GSS.ML;

/// <summary>Stage I within a <c>Fit</c>, told in the log.</summary>
/// <param name="log">Where to.</param>
/// <param name="name">The variant's name.</param>
/// <param name="options">How to train.</param>
/// <param name="progress">The user's listener.</param>
internal sealed class PosteriorFit(TrainingLog log, string name, PosteriorTrainingOptions options, Action<TrainingProgress>? progress)
{
    /// <summary>The folder of a workspace in which a stage keeps its checkpoint.</summary>
    public static string? Folder(string? workspacePath, string stage) => workspacePath is null ? null : Path.Combine(workspacePath, stage);

    /// <summary>From label maps.</summary>
    public TrainedPosterior Run(ISegmentationSamples samples, SegmentationClasses classes, MaskigePalette palette, ISegmentationSamples? validation) =>
        Run($"Stage I of GSS-{name}: {What()} {(options.LearnsPalette && options.Inverse != InverseKind.NearestColor ? "are" : "is")} learned from label maps", "label maps through the tokenizer and back",
            reporting => PosteriorTraining.Run(samples, classes, palette, reporting, validation));

    /// <summary>From what a trained prior predicts.</summary>
    public TrainedPosterior Run(ISegmentationSamples samples, TrainedPrior prior, ISegmentationSamples? validation) =>
        Run($"After Stage II of GSS-{name}: {What()} is learned from predictions", "predictions", reporting => PosteriorTraining.Run(samples, prior, reporting, validation));

    private TrainedPosterior Run(string beginning, string measured, Func<PosteriorTrainingOptions, TrainedPosterior> train)
    {
        log.Info($"{beginning}, {options.Steps} steps.");
        var clock = Stopwatch.StartNew();
        TrainedPosterior posterior = train(options with { Progress = Report });
        string found = posterior.Validation is { } metrics ? $", {measured} in the validation set: {metrics.ToLine()}" : "";
        log.Info(FormattableString.Invariant($"{What()} learned: {posterior.ParameterCount} parameters in {clock.Elapsed:hh\\:mm\\:ss}{found}."));
        return posterior;
    }

    private void Report(TrainingProgress step)
    {
        progress?.Invoke(step);
        log.ReportPart(step);
    }

    private string What() => options.Inverse == InverseKind.NearestColor ? "the palette" : options.LearnsPalette ? "the palette and X⁻¹" : "X⁻¹";
}
