namespace GSS.Torch;

/// <summary>How wide the two halves of a compact tokenizer are: at stride 4, at stride 8, and how many colours a token has of its own.</summary>
internal sealed record CompactWidths(int Encoder, int EncoderContext, int Decoder, int DecoderContext, int OwnColors)
{
    /// <summary>Those of the weights inside this package.</summary>
    public static CompactWidths Packaged { get; } = new(96, 140, 112, 160, 2);

    /// <summary>What 3 GMAC to encode and 4 to decode leave room for at 480×360 with finite scalar quantisation, which searches no codebook and has few channels.</summary>
    public static CompactWidths Scalar { get; } = new(96, 152, 128, 160, 3);

    /// <summary>What they leave room for with a codebook of 1024 codes.</summary>
    public static CompactWidths Codebook { get; } = new(96, 140, 120, 168, 3);
}
