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

    /// <summary>Encodes maskiges.</summary>
    /// <param name="maskige">RGB in 0..1, <c>[B, 3, H, W]</c> of any size: the right and bottom edges are repeated up to a multiple of the stride.</param>
    /// <returns>Tokens 0..V-1, int64 <c>[B, ceil(H / stride), ceil(W / stride)]</c>.</returns>
    public Tensor Encode(Tensor maskige)
    {
        ArgumentNullException.ThrowIfNull(maskige);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return EncodeCore(Pad(maskige, Stride)).MoveToOuterDisposeScope();
    }

    /// <summary>Decodes tokens.</summary>
    /// <param name="tokens">Tokens 0..V-1, int64 <c>[B, h, w]</c>.</param>
    /// <returns>RGB, about 0..1, <c>[B, 3, h × stride, w × stride]</c>; the caller crops it to the size of the image.</returns>
    public Tensor Decode(Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return DecodeCore(tokens).MoveToOuterDisposeScope();
    }

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

    private protected abstract Tensor EncodeCore(Tensor maskige);

    private protected abstract Tensor DecodeCore(Tensor tokens);

    private protected abstract void Dispose(bool disposing);
}
