using GSS.ML;
using GSS.Torch;
using Microsoft.ML;

namespace CamVid;

/// <summary>The settings as options of the two trainers.</summary>
internal static class CamVidTraining
{
    /// <summary>The options of the trainer that the settings name.</summary>
    /// <param name="settings">How to train.</param>
    /// <param name="validation">What to validate on.</param>
    /// <param name="workspace">Keeps checkpoints.</param>
    /// <param name="cancel">Ends training.</param>
    public static SegmentationTrainerOptions Options(CamVidSettings settings, IDataView validation, string workspace, CancellationToken cancel)
    {
        SegmentationTrainerOptions options = settings.Head == Head.Generative
            ? new GenerativeSegmenter.Options()
            : new PerPixelSegmenter.Options();
        options.Encoder = settings.EncoderWeights switch
        {
            null => ImageEncoders.ResNet18ImageNet(),
            CamVidSettings.RandomWeights => ImageEncoders.ResNet18(),
            string file => ImageEncoders.ResNet18(file),
        };
        options.ClassWeights = settings.ClassWeights;
        options.FinalClassWeightPower = settings.FinalClassWeightPower;
        options.Epochs = settings.Epochs;
        options.BatchSize = settings.BatchSize;
        (options.CropWidth, options.CropHeight) = (settings.Crop, settings.Crop);
        options.LearningRate = settings.LearningRate;
        options.EncoderLayerDecay = settings.EncoderLayerDecay;
        options.ValidationSet = validation;
        options.ValidationInterval = settings.ValidationInterval;
        options.MaxTrainingTime = settings.Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null;
        options.Threads = settings.Threads;
        options.Precision = TrainingPrecision.Auto;
        options.Seed = settings.Seed;
        options.WorkspacePath = workspace;
        options.CancellationToken = cancel;
        return options;
    }

    /// <summary>Trains.</summary>
    public static SegmentationTransformer Fit(SegmentationCatalog segmentation, SegmentationTrainerOptions options, IDataView train) => options switch
    {
        GenerativeSegmenter.Options generative => segmentation.Trainers.GenerativeSegmenter(generative).Fit(train),
        PerPixelSegmenter.Options perPixel => segmentation.Trainers.PerPixelSegmenter(perPixel).Fit(train),
        _ => throw new ArgumentException($"There is no trainer for {options.GetType()}.", nameof(options)),
    };
}
