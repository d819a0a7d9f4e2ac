using GSS.ML;
using GSS.Torch;
using Microsoft.ML;

namespace Quickstart;

/// <summary>How the network is trained: the library's defaults on the user's data, and what suits small drawn scenes and a few minutes.</summary>
internal static class QuickstartTraining
{
    /// <summary>The column of predicted maskiges, which a model adds only when asked to.</summary>
    public const string MaskigeColumn = "Maskige";

    /// <summary>The options of the trainer.</summary>
    public static GenerativeSegmenter.Options Options(QuickstartSettings settings, IDataView validation, string? workspace, CancellationToken cancel)
    {
        var options = new GenerativeSegmenter.Options
        {
            Variant = MaskigeVariant.FF,
            Encoder = QuickstartEncoders.Choose(settings.Encoder, settings.EncoderWeights),
            ValidationSet = validation,
            MaskigeColumnName = MaskigeColumn,
            Precision = TrainingPrecision.Auto,
            Seed = settings.Seed,
            WorkspacePath = workspace,
            CancellationToken = cancel,
        };
        if (settings.Images is null)
        {
            (options.CropWidth, options.CropHeight, options.BatchSize) = settings.Small ? (64, 64, 8) : (128, 128, 4);
            (options.Epochs, options.ValidationInterval) = settings.Small ? (4, 4) : (12, 4);
            options.MinimumScale = 0.75;
            options.MaximumScale = 1.5;
        }

        options.Epochs = settings.Epochs ?? options.Epochs;
        return options;
    }
}
