using System.Reflection;
using GSS.Core;
using GSS.Tests;
using GSS.Torch;

namespace GSS.ML.Tests;

/// <summary>The card of a model that was trained here, with the settings of its trainer.</summary>
[TestClass]
public sealed class WriteModelCardTests
{
    [TestMethod]
    public void Settings_are_the_usual_ones_and_all_that_are_not_at_their_default()
    {
        using var folder = new TemporaryFolder();
        string inverse = folder.File("x inverse.safetensors");
        GenerativeSegmenter.Options options = TinyScenes.Options() with
        {
            EmaDecay = 0.999,
            MaxTrainingTime = TimeSpan.FromMinutes(90),
            ClassWeights = ClassWeighting.Enet,
            Variant = MaskigeVariant.FT,
            InverseWeights = inverse,
            Palette = MaskigePalette.FromColors([new(1, 2, 3), new(255, 0, 0), new(0, 0, 255)]),
            Flip = false,
            WorkspacePath = "/home/somebody/runs",
            ValidationSet = TinyScenes.Data,
            Progress = _ => { },
        };
        ModelCardSetting[] expected =
        [
            new("Encoder", "ResNet-18 of width 8", "ResNet-18"),
            new("Epochs", "2", "30"),
            new("BatchSize", "2", "8"),
            new("CropWidth", "32", "256"),
            new("CropHeight", "32", "256"),
            new("LearningRate", "0.001", "0.001"),
            new("LearningRateSchedule", "Linear", "Linear"),
            new("Seed", "3", "0"),
            new("ClassWeights", "Enet", "None"),
            new("ConfidenceColumnName", "Confidence", "none"),
            new("Device", "Cpu", "Auto"),
            new("EmaDecay", "0.999", "none"),
            new("Flip", "false", "true"),
            new("InverseWeights", "x inverse.safetensors", "none"),
            new("MaskigeColumnName", "Maskige", "none"),
            new("MaxTrainingTime", "01:30:00", "none"),
            new("Palette", "#010203 #ff0000 #0000ff", "none"),
            new("Progress", "given", "none"),
            new("ScoringBatchSize", "3", "8"),
            new("ValidationSet", "given", "none"),
            new("Variant", "FT", "FF"),
            new("WorkspacePath", "given", "none"),
        ];
        CollectionAssert.AreEqual(expected, TrainerSettings.Of(options).ToArray());
    }

    [TestMethod]
    [DataRow(typeof(GenerativeSegmenter.Options))]
    [DataRow(typeof(PerPixelSegmenter.Options))]
    [DataRow(typeof(LatentPriorTrainer.Options))]
    public void No_option_of_plain_values_is_forgotten(Type type)
    {
        int tried = 0;
        foreach (PropertyInfo property in type.GetProperties().Where(property => property.CanWrite))
        {
            var options = (SegmentationTrainerOptions)Activator.CreateInstance(type)!;
            object? value = property.GetValue(options), other = Another(property.PropertyType, value);
            if (other is not null)
            {
                property.SetValue(options, other);
                ModelCardSetting found = TrainerSettings.Of(options).Single(setting => setting.Name == property.Name);
                Assert.AreNotEqual(found.Default, found.Value, property.Name);
                tried++;
            }
        }

        Assert.IsGreaterThan(30, tried);
    }

    [TestMethod]
    public void The_card_has_the_settings_and_the_seed_and_no_folder_of_this_machine()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("card.md");
        GenerativeSegmenter.Options options = TinyScenes.Options() with { WorkspacePath = "/home/somebody/runs" };
        var card = new ModelCardOptions { Metrics = TinyScenes.Segmentation.Evaluate(TinyScenes.Model.Transform(TinyScenes.Data)) };
        ModelCardOptions before = card with { };
        TinyScenes.Segmentation.WriteModelCard(TinyScenes.Model, path, card, options);
        string[] lines = File.ReadAllLines(path);
        CollectionAssert.IsSubsetOf(new[] { "| Encoder | ResNet-18 of width 8 | ResNet-18 |", "| WorkspacePath | given | none |", "- Seed: 3", "# Tiny, ResNet-18 of width 8, GSS-FF" }, lines);
        Assert.IsFalse(lines.Any(line => line.Contains("somebody", StringComparison.Ordinal)));
        Assert.AreEqual(before, card, "The caller's options are not changed.");

        // What the caller says of seed and settings comes first.
        TinyScenes.Segmentation.WriteModelCard(TinyScenes.Model, path, card with { Seed = 5, Settings = [new("Own", "1")] }, options);
        lines = File.ReadAllLines(path);
        CollectionAssert.IsSubsetOf(new[] { "| Own | 1 |", "- Seed: 5" }, lines);
        Assert.IsFalse(lines.Any(line => line.StartsWith("| Encoder |", StringComparison.Ordinal)));

        // A model whose options nobody knows any more.
        TinyScenes.Segmentation.WriteModelCard(TinyScenes.Model, path, card);
        CollectionAssert.IsSubsetOf(new[] { "The settings were not written down.", "- Seed: not known" }, File.ReadAllLines(path));
    }

    private static object? Another(Type type, object? value) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(int) => value is int number ? number + 1 : 17,
        var t when t == typeof(long) => value is long number ? number + 1 : 17L,
        var t when t == typeof(double) => value is double number ? number + 0.125 : 0.125,
        var t when t == typeof(bool) => value is not true,
        var t when t == typeof(string) => value is string text ? text + "2" : "other",
        var t when t == typeof(TimeSpan) => TimeSpan.FromSeconds(17),
        { IsEnum: true } t => Enum.GetValues(t).GetValue(1),
        _ => null,
    };
}
