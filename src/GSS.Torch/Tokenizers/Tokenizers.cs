namespace GSS.Torch;

/// <summary>The tokenizers to choose from.</summary>
public static class Tokenizers
{
    /// <summary>
    /// The default: a compact VQVAE of stride 4, trained on procedural maskiges only, whose weights are inside this package.
    /// At 480×360 it costs less than 3 GMAC to encode and 4 GMAC to decode.
    /// </summary>
    public static Tokenizer Compact() => new CompactTokenizer();

    /// <summary>The default tokenizer at a stride of choice.</summary>
    /// <param name="stride">4, or 8 for a quarter of the tokens (the paper's d = 1/8): label maps are halved before they are encoded and doubled when they come back, so that thin things are lost.</param>
    /// <exception cref="ArgumentOutOfRangeException">The stride is neither 4 nor 8.</exception>
    public static Tokenizer Compact(int stride) => stride switch
    {
        4 => new CompactTokenizer(),
        8 => new HalvedTokenizer(new CompactTokenizer()),
        _ => throw new ArgumentOutOfRangeException(nameof(stride), $"Found stride {stride}, expected 4 or 8."),
    };

    /// <summary>
    /// A compact tokenizer of stride 4 that <c>train-tokenizer</c> trained, of either quantiser. The file is read and checked here, and read again when training or scoring begins.
    /// Its name, which saved models keep, is made of the content: the same file under another name or in another folder is the same tokenizer.
    /// </summary>
    /// <param name="path">The <c>.safetensors</c> file.</param>
    /// <exception cref="ArgumentException">The file name is empty.</exception>
    /// <exception cref="WeightFileException">The file is missing or damaged, or holds something else than such a tokenizer.</exception>
    public static Tokenizer FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return new FileTokenizer(path);
    }

    /// <summary>
    /// OpenAI's discrete VAE of DALL-E (Ramesh et al., ICML 2021), the tokenizer of the paper: 8192 tokens, 97.6 M parameters.
    /// At stride 8 it costs about 360 GMAC to encode and 400 to decode at 480×360, at stride 4 four times as much: for a GPU, or for comparison.
    /// </summary>
    /// <param name="encoderFile">OpenAI's <c>encoder.pkl</c>, or the same weights as <c>.pth</c>, as <c>.safetensors</c>, or inside a released GSS checkpoint. Read when training or scoring begins.</param>
    /// <param name="decoderFile">OpenAI's <c>decoder.pkl</c>, or as above.</param>
    /// <param name="stride">Pixels a token stands for in each direction: 8, or 4 (the paper's d = 1/4), where label maps are coloured at twice their size.</param>
    /// <exception cref="ArgumentException">A file name is empty, or the stride is neither 8 nor 4.</exception>
    public static Tokenizer DalleDVae(string encoderFile, string decoderFile, int stride = 8)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(encoderFile);
        ArgumentException.ThrowIfNullOrWhiteSpace(decoderFile);
        return stride is 8 or 4
            ? new DalleTokenizer(encoderFile, decoderFile, stride, new DalleSize())
            : throw new ArgumentOutOfRangeException(nameof(stride), $"Found stride {stride}, expected 8 or 4: the dVAE has one token for 8×8 pixels, or for 4×4 of a label map that is doubled first.");
    }
}
