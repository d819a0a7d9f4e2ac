namespace GSS.ML;

/// <content>The last of the three parts.</content>
public sealed partial class SegmentationTransforms
{
    /// <summary>Latent tokens to label maps: the decoding part of <see cref="GenerativeSegmenter"/>.</summary>
    /// <param name="options">What to decode and how; copied.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message lists every fault.</exception>
    public LatentTokenDecoder LatentTokenDecoder(LatentTokenDecoder.Options options) => new(_context, options);

    /// <summary>Latent tokens to label maps: the decoding part of <see cref="GenerativeSegmenter"/>, with the default tokenizer.</summary>
    /// <param name="predictedTokensColumnName">The column of latent tokens.</param>
    /// <param name="predictedLabelColumnName">The column of label maps that is added.</param>
    /// <param name="maskigeColumnName">The column of decoded maskiges that is added, or null.</param>
    /// <exception cref="ArgumentException">An argument is out of range; the message lists every fault.</exception>
    public LatentTokenDecoder LatentTokenDecoder(string predictedTokensColumnName = "PredictedTokens", string predictedLabelColumnName = "PredictedLabel", string? maskigeColumnName = null) =>
        LatentTokenDecoder(new LatentTokenDecoder.Options
        {
            PredictedTokensColumnName = predictedTokensColumnName,
            PredictedLabelColumnName = predictedLabelColumnName,
            MaskigeColumnName = maskigeColumnName,
        });
}
