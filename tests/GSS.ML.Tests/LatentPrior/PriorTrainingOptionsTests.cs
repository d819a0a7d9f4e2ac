using System.Reflection;
using GSS.Torch;

namespace GSS.ML.Tests;

/// <summary>The options of the estimators are handed to the training underneath one by one: none may be forgotten.</summary>
[TestClass]
public sealed class PriorTrainingOptionsTests
{
    // What the estimators turn into something else: columns and sizes of samples, views and callbacks.
    private static readonly string[] s_ownOptions = ["ImageColumnName", "LabelColumnName", "ShortSide", "ValidationSet", "MetricsCallback", "Progress"];
    private static readonly string[] s_ownOfTraining = 
    [
        "Progress", "InverseWeights", "GradientAccumulation", "LearningRateSchedule", "PolyPower", "EmaDecay", "EarlyStoppingPatience", "MaxTrainingTime", "KeepBestOnCancellation",
        "Threads", "Workers", "CacheBytes", "StopWhen", "EncoderLayerDecay", "FrozenStages", "ClassWeights",
    ];

    [TestMethod]
    public void Every_option_reaches_the_training_underneath()
    {
        using var cancellation = new CancellationTokenSource();
        var options = new LatentPriorTrainer.Options();
        PropertyInfo[] handedOn = [.. typeof(PriorTrainingOptions).GetProperties().Where(property => !s_ownOptions.Contains(property.Name))];
        foreach (PropertyInfo property in handedOn)
        {
            property.SetValue(options, property.GetValue(options) switch
            {
                int number => number + 3,
                double number => number / 2,
                bool yes => !yes,
                Enum choice => Enum.GetValues(choice.GetType()).Cast<object>().First(other => !other.Equals(choice)),
                TokenHead => TokenHeads.Reference(),
                CancellationToken => cancellation.Token,
                ImageEncoder => ImageEncoders.ResNet50(),
                Tokenizer => Tokenizers.Compact(),
                null when property.Name == nameof(PriorTrainingOptions.WarmUpSteps) => 17,
                null when property.Name == nameof(PriorTrainingOptions.GradientClipNorm) => 0.25,
                null when property.Name == nameof(PriorTrainingOptions.WorkspacePath) => "workspace",
                var other => throw new NotSupportedException($"A value other than {other} for the new option {property.Name} is to be written here."),
            });
        }

        GenerativeOptions found = options.ToLatentPriorOptions(), defaults = new();
        foreach (PropertyInfo property in handedOn)
        {
            PropertyInfo target = typeof(GenerativeOptions).GetProperty(property.Name)!;
            Assert.AreEqual(property.GetValue(options), target.GetValue(found), property.Name);
            Assert.AreNotEqual(target.GetValue(defaults), target.GetValue(found), property.Name);
        }

        CollectionAssert.AreEquivalent(
            typeof(GenerativeOptions).GetProperties().Select(property => property.Name).Except(s_ownOfTraining).ToArray(),
            handedOn.Select(property => property.Name).ToArray(),
            "options that one of the two lacks");
    }

    [TestMethod]
    public void Defaults_are_those_of_the_training_underneath()
    {
        GenerativeOptions found = new GenerativeSegmenter.Options().ToLatentPriorOptions(), defaults = new();
        foreach (PropertyInfo property in typeof(GenerativeOptions).GetProperties())
        {
            Assert.AreEqual($"{property.GetValue(defaults)}", $"{property.GetValue(found)}", property.Name);
        }
    }
}
