using GSS.Core;
using GSS.ML;
using GSS.Torch;
using Microsoft.ML;

namespace Chain;

/// <summary>The three estimators of the method and two of ML.NET's own in one chain: photograph → maskige and tokens → label map → shares of classes → group.</summary>
internal static class ChainPipeline
{
    /// <summary>Where the label maps go: the clustering names its own column <c>PredictedLabel</c>.</summary>
    public const string MaskColumn = "Mask";

    /// <summary>The chain before it is fitted.</summary>
    /// <param name="ml">The context that seeds all of it.</param>
    /// <param name="groups">How many groups of scenes are looked for.</param>
    /// <param name="isSmall">Whether a run of seconds is wanted, which shows that everything works and not how well.</param>
    public static IEstimator<ITransformer> Create(MLContext ml, int groups, bool isSmall)
    {
        SegmentationCatalog segmentation = ml.Segmentation();
        return segmentation.Transforms.MaskigeEncoder(new MaskigeEncoder.Options())
            .Append(segmentation.Trainers.LatentPrior(TrainerOptions(isSmall)))
            .Append(segmentation.Transforms.LatentTokenDecoder(new LatentTokenDecoder.Options { PredictedLabelColumnName = MaskColumn }))
            .Append(ml.Transforms.CustomMapping(new ClassShares().GetMapping(), nameof(ClassShares)))
            .Append(ml.Clustering.Trainers.KMeans(nameof(ClassShares.Counted.Shares), numberOfClusters: groups));
    }

    private static LatentPriorTrainer.Options TrainerOptions(bool isSmall) => new()
    {
        Encoder = ImageEncoders.ResNet18ImageNet(),
        Precision = TrainingPrecision.Auto,
        CropWidth = isSmall ? 64 : 128,
        CropHeight = isSmall ? 64 : 128,
        BatchSize = 4,
        Epochs = isSmall ? 3 : 6,
        MinimumScale = 0.75,
        MaximumScale = 1.5,
        Seed = 1,
    };
}
