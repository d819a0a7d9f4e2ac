using System.Globalization;
using System.Reflection;
using GSS.Core;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>A trainer's options as the table of a model card: first those that every reader looks for, then all others that are not at their default, by name.</summary>
internal static class TrainerSettings
{
    private const string None = "none";
    private const string Given = "given";

    private static readonly string[] s_always =
    [
        nameof(SegmentationTrainerOptions.Encoder), nameof(SegmentationTrainerOptions.Epochs), nameof(SegmentationTrainerOptions.BatchSize),
        nameof(SegmentationTrainerOptions.CropWidth), nameof(SegmentationTrainerOptions.CropHeight), nameof(SegmentationTrainerOptions.LearningRate),
        nameof(SegmentationTrainerOptions.LearningRateSchedule), nameof(SegmentationTrainerOptions.Seed),
    ];

    /// <summary>The settings; paths of this machine are left out of them.</summary>
    public static IReadOnlyList<ModelCardSetting> Of(SegmentationTrainerOptions options)
    {
        SegmentationTrainerOptions defaults = options.CreateDefaults();
        return
        [
            .. options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.CanWrite)
                .Select(property => (Place: Array.IndexOf(s_always, property.Name), Setting: new ModelCardSetting(property.Name, Text(property, options), Text(property, defaults))))
                .Where(found => found.Place >= 0 || found.Setting.Value != found.Setting.Default)
                .OrderBy(found => found.Place >= 0 ? found.Place : int.MaxValue)
                .ThenBy(found => found.Setting.Name, StringComparer.Ordinal)
                .Select(found => found.Setting),
        ];
    }

    private static string Text(PropertyInfo property, SegmentationTrainerOptions options) => property.GetValue(options) switch
    {
        null => None,
        CancellationToken token => token == CancellationToken.None ? None : Given,
        Delegate or IDataView => Given,
        string when property.Name == nameof(options.WorkspacePath) => Given,
        string file when property.Name == nameof(GenerativeSegmenter.Options.InverseWeights) => Path.GetFileName(file),
        SegmentationTransformer model => $"a model for {model.Classes.Name}",
        MaskigePalette palette => string.Join(' ', palette.Colors),
        bool flag => flag ? "true" : "false",
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        var other => other.ToString() ?? None,
    };
}
