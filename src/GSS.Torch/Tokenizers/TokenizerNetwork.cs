using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>A frozen tokenizer: the encoder E turns a maskige into latent tokens, the decoder D turns tokens back into a maskige.</summary>
/// <remarks>Both run without gradients and may be called from several threads. The caller disposes what they return.</remarks>
public abstract class TokenizerNetwork : IDisposable
{
    /// <summary>The tokenizer's name, kept in saved models.</summary>
    public abstract string Name { get; }

    /// <summary>Pixels a token stands for in each direction (the paper's d = 1 / stride).</summary>
    public abstract int Stride { get; }

    /// <summary>How many different tokens there are.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>How many times larger than the label map the network's own maskige is in each direction: 1, or 2 where a token of stride 4 comes from a network of stride 8.</summary>
    public virtual int MaskigeScale => 1;

    /// <summary>What the decoder reads for each token, <c>[V, D]</c>: the codebook, up to a bias that all tokens share.</summary>
    internal abstract Tensor Codes { get; }

    /// <summary>What was read from the user's weight files; empty where the weights are inside the package.</summary>
    internal IReadOnlyList<LoadedWeights> LoadedWeights { get; set; } = [];

    /// <summary>About how many bytes a run of <c>encoder.onnx</c> needs for each pixel of the label map.</summary>
    internal abstract long EncoderBytesPerPixel { get; }

    /// <summary>About how many bytes a run of <c>decoder.onnx</c> needs for each pixel of the label map.</summary>
    internal abstract long DecoderBytesPerPixel { get; }

    /// <summary>Encodes maskiges.</summary>
    /// <param name="maskige">RGB in 0..1, <c>[B, 3, H, W]</c> of any size: the right and bottom edges are repeated up to a multiple of the stride.</param>
    /// <returns>Tokens 0..V-1, int64 <c>[B, ceil(H / stride), ceil(W / stride)]</c>.</returns>
    public Tensor Encode(Tensor maskige)
    {
        ArgumentNullException.ThrowIfNull(maskige);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return EncodeCore(Enlarge(Pad(maskige, Stride), MaskigeScale)).MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="Encode"/>, of maskiges that are <see cref="MaskigeScale"/> times larger than their label maps already.</summary>
    internal Tensor EncodeEnlarged(Tensor maskige)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return EncodeCore(Pad(maskige, Stride * MaskigeScale)).MoveToOuterDisposeScope();
    }

    /// <summary>Decodes tokens.</summary>
    /// <param name="tokens">Tokens 0..V-1, int64 <c>[B, h, w]</c>.</param>
    /// <returns>RGB, about 0..1, <c>[B, 3, h × stride × scale, w × stride × scale]</c> with the <see cref="MaskigeScale"/>; the caller crops it to the size of the image.</returns>
    public Tensor Decode(Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return DecodeCore(tokens).MoveToOuterDisposeScope();
    }

    /// <summary>How well each token fits each cell, as logits that gradients flow through to the maskige: what a palette is learned by. The largest is the token of <see cref="EncodeEnlarged"/>.</summary>
    /// <param name="maskige">RGB in 0..1, <c>[B, 3, stride × scale × h, stride × scale × w]</c> with the <see cref="MaskigeScale"/>.</param>
    /// <returns><c>[B, V, h, w]</c>, in the caller's scope.</returns>
    internal abstract Tensor TokenLogits(Tensor maskige);

    /// <summary>Decodes mixtures of tokens, with gradients to the mixture; of a one-hot mixture this is what <see cref="Decode"/> gives for its token.</summary>
    /// <param name="mixture"><c>[B, V, h, w]</c>, 0 or more, 1 in sum.</param>
    /// <returns>As <see cref="Decode"/>, in the caller's scope.</returns>
    internal abstract Tensor DecodeMixture(Tensor mixture);

    /// <summary>Moves the weights to a device.</summary>
    /// <param name="device">Where the maskiges and tokens to come will be.</param>
    public abstract void To(Device device);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Repeats the right and bottom edges of <c>[B, C, H, W]</c> up to the next multiple of <paramref name="multiple"/>.</summary>
    internal static Tensor Pad(Tensor image, int multiple)
    {
        long right = (multiple - (image.shape[3] % multiple)) % multiple;
        long bottom = (multiple - (image.shape[2] % multiple)) % multiple;
        return right == 0 && bottom == 0 ? image : nn.functional.pad(image, [0, right, 0, bottom], PaddingModes.Replicate);
    }

    /// <summary>Repeats every pixel of <c>[B, C, H, W]</c> <paramref name="factor"/> times in both directions.</summary>
    internal static Tensor Enlarge(Tensor image, int factor) => factor == 1
        ? image
        : nn.functional.interpolate(image, [factor * image.shape[2], factor * image.shape[3]], mode: InterpolationMode.Nearest);

    /// <summary>The encoder as ONNX operators, for any batch, height and width.</summary>
    /// <param name="graph">Where the operators go.</param>
    /// <param name="maskige">RGB in 0..255, <c>[B, 3, stride × h, stride × w]</c>: not yet enlarged by the <see cref="MaskigeScale"/>.</param>
    /// <returns>Tokens, int64 <c>[B, h, w]</c>.</returns>
    internal abstract OnnxValue EncodeToOnnx(OnnxGraph graph, OnnxValue maskige);

    /// <summary>The decoder as ONNX operators, for any batch, height and width.</summary>
    /// <param name="graph">Where the operators go.</param>
    /// <param name="tokens">Tokens, int64 <c>[B, h, w]</c>.</param>
    /// <returns>RGB in 0..255, <c>[B, 3, h × stride × scale, w × stride × scale]</c> with the <see cref="MaskigeScale"/>.</returns>
    internal abstract OnnxValue DecodeToOnnx(OnnxGraph graph, OnnxValue tokens);

    private protected abstract Tensor EncodeCore(Tensor maskige);

    private protected abstract Tensor DecodeCore(Tensor tokens);

    private protected abstract void Dispose(bool disposing);
}
