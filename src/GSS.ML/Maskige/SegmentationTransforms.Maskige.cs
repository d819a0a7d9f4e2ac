namespace GSS.ML;

/// <content>The first and the last of the three parts.</content>
public sealed partial class SegmentationTransforms
{
    /// <summary>Label maps to maskiges and latent tokens (Stage I).</summary>
    /// <param name="options">What to encode and how; copied.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message lists every fault.</exception>
    public MaskigeEncoder MaskigeEncoder(MaskigeEncoder.Options options) => new(options);

    /// <summary>Label maps to maskiges and latent tokens (Stage I), with the default palette and tokenizer.</summary>
    /// <param name="labelColumnName">The column of label maps.</param>
    /// <param name="maskigeColumnName">The column of maskiges that is added.</param>
    /// <param name="tokensColumnName">The column of latent tokens that is added.</param>
    /// <exception cref="ArgumentException">An argument is out of range; the message lists every fault.</exception>
    public MaskigeEncoder MaskigeEncoder(string labelColumnName = "Label", string maskigeColumnName = "Maskige", string tokensColumnName = "Tokens") =>
        MaskigeEncoder(new MaskigeEncoder.Options { LabelColumnName = labelColumnName, MaskigeColumnName = maskigeColumnName, TokensColumnName = tokensColumnName });

    /// <summary>Latent tokens to label maps: the decoding part of <see cref="GenerativeSegmenter"/>.</summary>
    /// <param name="options">What to decode and how; copied.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message lists every fault.</exception>
    public LatentTokenDecoder LatentTokenDecoder(LatentTokenDecoder.Options options) => new(options);

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
