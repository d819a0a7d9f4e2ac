using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// The hard Gumbel-softmax (paper section 3.3, after Jang et al., ICLR 2017): a token is drawn and stands there whole, while gradients flow as if the softmax of all tokens did.
/// By it a palette learns through a tokenizer that knows only whole tokens.
/// </summary>
internal static class HardGumbelSoftmax
{
    /// <summary>Draws.</summary>
    /// <param name="logits"><c>[B, V, h, w]</c>.</param>
    /// <param name="uniform">Numbers in 0..1 of the same shape: equal ones give equal draws.</param>
    /// <param name="temperature">Above 0: near 0 the gradients are those of the drawn token's neighbours in likelihood alone; at 1 all tokens have some.</param>
    /// <returns>One-hot over dimension 1, in the caller's scope.</returns>
    public static Tensor Draw(Tensor logits, Tensor uniform, double temperature)
    {
        using DisposeScope scope = NewDisposeScope();
        const float Smallest = 1e-20f;
        Tensor noise = uniform.clamp_min(Constant.Of(Smallest)).log().neg().clamp_min(Constant.Of(Smallest)).log().neg();
        Tensor soft = (logits.Plus(noise) / Constant.Of(temperature)).softmax(1);
        Tensor hard;
        using (no_grad())
        {
            Tensor token = soft.argmax(1, keepdim: true);
            hard = zeros_like(soft).scatter_(1, token, ones_like(token, ScalarType.Float32)) - soft;
        }

        return soft.Plus(hard).MoveToOuterDisposeScope();
    }

    /// <summary>The temperature of a step: it falls by the same factor in each.</summary>
    public static double Temperature(double start, double end, long step, long steps) => start * Math.Pow(end / start, steps > 1 ? (double)Math.Min(step, steps - 1) / (steps - 1) : 0);
}
