using GSS.Core;
using GSS.Torch;

namespace GSS.ML.Tests;

/// <summary>A value other than an option's default, in range.</summary>
internal static class OtherValue
{
    public static object Than(string option, object? value) => value switch
    {
        int number => number + 3,
        long number => number / 2,
        0d => 0.25,
        double number and <= 1 => number / 2,
        double number => number + 1,
        bool yes => !yes,
        Enum choice => Enum.GetValues(choice.GetType()).Cast<object>().First(other => !other.Equals(choice)),
        TokenHead => TokenHeads.Reference(),
        CancellationToken => new CancellationTokenSource().Token,
        ImageEncoder => ImageEncoders.ResNet50(),
        Tokenizer => Tokenizers.Compact(),
        null when option == nameof(TrainingOptions.WarmUpSteps) => 17,
        null when option == nameof(TrainingOptions.GradientClipNorm) => 0.25,
        null when option == nameof(TrainingOptions.EmaDecay) => 0.9,
        null when option is nameof(TrainingOptions.EarlyStoppingPatience) or nameof(TrainingOptions.Threads) or nameof(TrainingOptions.Workers) => 2,
        null when option == nameof(TrainingOptions.MaxTrainingTime) => TimeSpan.FromHours(1),
        null when option == nameof(TrainingOptions.WorkspacePath) => "workspace",
        null when option == nameof(TrainingOptions.Progress) => (Action<TrainingProgress>)(_ => { }),
        null when option == nameof(TrainingOptions.StopWhen) => (Func<TrainingProgress, bool>)(_ => false),
        _ => throw new NotSupportedException($"A value other than {value} for the new option {option} is to be written here."),
    };
}
