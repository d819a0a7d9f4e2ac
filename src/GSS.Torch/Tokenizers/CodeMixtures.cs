using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Tokens with gradients, for tokenizers whose encoder gives a code and takes the nearest of a codebook.</summary>
internal static class CodeMixtures
{
    /// <summary>
    /// How well each token fits: minus the squared distance of its code, in units of the mean squared distance between a code and the one nearest to it, so that one or two make a difference between neighbours.
    /// </summary>
    /// <param name="codes">What the encoder gives, <c>[B, D, h, w]</c>.</param>
    /// <param name="codebook"><c>[V, D]</c>.</param>
    /// <returns><c>[B, V, h, w]</c>, in the caller's scope.</returns>
    public static Tensor Logits(Tensor codes, Tensor codebook)
    {
        using var scope = NewDisposeScope();
        Tensor lengths = codebook.square().sum(1);
        Tensor between = lengths.unsqueeze(0).Plus(lengths.unsqueeze(1)) - (codebook.matmul(codebook.t()) * Constant.Of(2));
        Tensor unit = between.Plus(eye(lengths.shape[0], device: lengths.device) * Constant.Of(1e9)).min(1).values.mean().clamp_min(Constant.Of(1e-12));
        Tensor products = PointwiseConvolution.Compute(codes, codebook.unsqueeze(2).unsqueeze(3)) * Constant.Of(2);
        return ((products - lengths.view(1, -1, 1, 1) - codes.square().sum(1, keepdim: true)) / unit).MoveToOuterDisposeScope();
    }

    /// <summary>The codes of mixtures of tokens: <c>[B, V, h, w]</c> to <c>[B, D, h, w]</c>, in the caller's scope.</summary>
    public static Tensor Mix(Tensor mixture, Tensor codebook) => PointwiseConvolution.Compute(mixture, codebook.t().unsqueeze(2).unsqueeze(3));
}
