namespace GSS.ML;

/// <content>The first of the three parts.</content>
public sealed partial class SegmentationTransforms
{
    /// <summary>Label maps to maskiges and latent tokens (Stage I).</summary>
    /// <param name="options">What to encode and how; copied.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message lists every fault.</exception>
    public MaskigeEncoder MaskigeEncoder(MaskigeEncoder.Options options) => new(_context, options);

    /// <summary>Label maps to maskiges and latent tokens (Stage I), with the default palette and tokenizer.</summary>
    /// <param name="labelColumnName">The column of label maps.</param>
    /// <param name="maskigeColumnName">The column of maskiges that is added.</param>
    /// <param name="tokensColumnName">The column of latent tokens that is added.</param>
    /// <exception cref="ArgumentException">An argument is out of range; the message lists every fault.</exception>
    public MaskigeEncoder MaskigeEncoder(string labelColumnName = "Label", string maskigeColumnName = "Maskige", string tokensColumnName = "Tokens") =>
        MaskigeEncoder(new MaskigeEncoder.Options { LabelColumnName = labelColumnName, MaskigeColumnName = maskigeColumnName, TokensColumnName = tokensColumnName });
}
