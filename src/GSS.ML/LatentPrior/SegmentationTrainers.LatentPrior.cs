namespace GSS.ML;

/// <content>The second of the three parts.</content>
public sealed partial class SegmentationTrainers
{
    /// <summary>A trainer that learns to predict latent tokens from photographs (Stage II).</summary>
    /// <param name="options">What to train and how; copied.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message lists every fault.</exception>
    public LatentPriorTrainer LatentPrior(LatentPriorTrainer.Options options) => new(Context, options);

    /// <summary>A trainer that learns to predict latent tokens from photographs (Stage II), with the default options.</summary>
    /// <param name="tokensColumnName">The column of latent tokens that a <see cref="MaskigeEncoder"/> made.</param>
    /// <param name="labelColumnName">The column of label maps that the tokens were made of.</param>
    /// <param name="imageColumnName">The column of photographs.</param>
    /// <param name="predictedTokensColumnName">The column of predicted latent tokens that the trained model adds.</param>
    /// <exception cref="ArgumentException">An argument is out of range; the message lists every fault.</exception>
    public LatentPriorTrainer LatentPrior(
        string tokensColumnName = "Tokens", string labelColumnName = "Label", string imageColumnName = "Image", string predictedTokensColumnName = "PredictedTokens") =>
        LatentPrior(new LatentPriorTrainer.Options
        {
            TokensColumnName = tokensColumnName,
            LabelColumnName = labelColumnName,
            ImageColumnName = imageColumnName,
            PredictedTokensColumnName = predictedTokensColumnName,
        });
}
