using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// Targets and losses of Stage II (paper section 3.4, equation 7; reference: the FF head). By default a loss is the mean over the labelled elements, and
/// not, as in the reference, over all: the share of void must not change how hard a step pulls. Where nothing is void the two are equal.
/// </summary>
internal static class PriorLosses
{
    /// <summary>The token that no loss counts.</summary>
    public const long IgnoredToken = -100;

    /// <summary>Token targets: void pixels take the auxiliary head's class of the present step, then X and E; a token of void pixels alone is ignored.</summary>
    /// <param name="labels">Class ids and void, int64 <c>[B, H, W]</c>, at the size of the tokenizer's own maskiges (see <see cref="Enlarge"/>).</param>
    /// <param name="auxiliary">Auxiliary logits <c>[B, K, H, W]</c>; null fills void with class 0, or paints it in the void colour where one is given.</param>
    /// <param name="palette">β, <c>[K, 3]</c> in 0..1.</param>
    /// <param name="tokenizer">E.</param>
    /// <param name="voidColor">The colour of void without auxiliary logits, <c>[1, 3]</c> in 0..1 (reference: the palette's last row).</param>
    /// <returns>int64 <c>[B, h, w]</c>.</returns>
    public static Tensor TokenTargets(Tensor labels, Tensor? auxiliary, Tensor palette, TokenizerNetwork tokenizer, Tensor? voidColor = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor isVoid = labels.eq(Constant.Of(LabelMap.Void));
        Tensor composed = Compose(labels, auxiliary);
        if (auxiliary is null && voidColor is not null)
        {
            composed = composed.masked_fill(isVoid, Constant.Of(palette.shape[0]));
            palette = cat([palette, voidColor], 0);
        }

        Tensor maskige = palette.index_select(0, composed.flatten())
            .view(labels.shape[0], labels.shape[1], labels.shape[2], 3).permute(0, 3, 1, 2).contiguous();
        Tensor tokens = tokenizer.EncodeEnlarged(maskige);

        // A cell with one labelled pixel counts; padding beyond the image does not.
        int cell = tokenizer.Stride * tokenizer.MaskigeScale;
        Tensor labelled = functional.pad(isVoid.logical_not().to(ScalarType.Float32).unsqueeze(1), Padding(labels, cell), PaddingModes.Constant, 0);
        Tensor counted = functional.max_pool2d(labelled, cell).squeeze(1);
        return tokens.masked_fill(counted.eq(Constant.Of(0)), Constant.Of(IgnoredToken)).MoveToOuterDisposeScope();
    }

    /// <summary>Label maps without void: where nothing is labelled, the auxiliary head's class of the present step. int64 <c>[B, H, W]</c>.</summary>
    /// <param name="labels">Class ids and void, int64 <c>[B, H, W]</c>.</param>
    /// <param name="auxiliary">Auxiliary logits <c>[B, K, H, W]</c>; null fills void with class 0.</param>
    public static Tensor Compose(Tensor labels, Tensor? auxiliary)
    {
        using var scope = NewDisposeScope();
        Tensor pseudo = auxiliary is null ? zeros_like(labels) : auxiliary.argmax(1);
        return where(labels.eq(Constant.Of(LabelMap.Void)), pseudo, labels).MoveToOuterDisposeScope();
    }

    /// <summary>Label maps int64 <c>[B, H, W]</c> at the size of the tokenizer's own maskiges, <c>[B, scale × H, scale × W]</c>: every pixel repeated, which at twice the size is what the reference's vote of one-hot maps gives.</summary>
    public static Tensor Enlarge(Tensor labels, TokenizerNetwork tokenizer) => tokenizer.MaskigeScale == 1
        ? labels
        : labels.repeat_interleave(tokenizer.MaskigeScale, 1).repeat_interleave(tokenizer.MaskigeScale, 2);

    /// <summary>Cross entropy, the mean over elements that are not ignored, or by the reference's recipe over all; 0 where all are ignored.</summary>
    /// <param name="logits"><c>[B, C, H, W]</c>.</param>
    /// <param name="targets">int64 <c>[B, H, W]</c>.</param>
    /// <param name="ignored">The target that does not count.</param>
    /// <param name="recipe">What the sum is divided by.</param>
    /// <param name="weights">The weight of each target, <c>[C]</c>, or null: the mean is then a weighted one, and void has no weight.</param>
    /// <param name="smoothing">The share of each target that is spread evenly over all, 0 to below 1. It weighs what the target weighs.</param>
    public static Tensor CrossEntropy(Tensor logits, Tensor targets, long ignored, TrainingRecipe recipe = TrainingRecipe.Balanced, Tensor? weights = null, double smoothing = 0)
    {
        // Logits that lie channels last go pixel by pixel: the softmax over neighbours in memory is four times as fast on the CPU.
        (Tensor scores, Tensor expected) = logits.is_contiguous()
            ? (logits, targets)
            : (logits.permute(0, 2, 3, 1).reshape(-1, logits.shape[1]), targets.flatten());
        Tensor sum = smoothing == 0
            ? functional.cross_entropy(scores, expected, weights, ignored, Reduction.Sum)
            : SmoothedSum(logits.permute(0, 2, 3, 1).reshape(-1, logits.shape[1]), targets.flatten(), ignored, weights, smoothing);
        if (weights is not null && recipe == TrainingRecipe.Balanced)
        {
            Tensor counted = expected.flatten();
            counted = counted.index_select(0, counted.ne(Constant.Of(ignored)).nonzero().flatten());
            return sum / weights.index_select(0, counted).sum().clamp_min(Constant.Of(1e-6));
        }

        return sum / (recipe == TrainingRecipe.Reference
            ? tensor((float)targets.numel(), device: targets.device)
            : targets.ne(Constant.Of(ignored)).sum().clamp_min(Constant.Of(1)));
    }

    // PyTorch's own smoothing would weigh the spread share by the classes that it goes to.
    private static Tensor SmoothedSum(Tensor scores, Tensor targets, long ignored, Tensor? weights, double smoothing)
    {
        Tensor counted = targets.ne(Constant.Of(ignored)).nonzero().flatten();
        targets = targets.index_select(0, counted);
        Tensor losses = functional.cross_entropy(scores.index_select(0, counted), targets, reduction: Reduction.None, label_smoothing: smoothing);
        return (weights is null ? losses : losses * weights.index_select(0, targets)).sum();
    }

    private static long[] Padding(Tensor labels, int stride) =>
        [0, (stride - (labels.shape[2] % stride)) % stride, 0, (stride - (labels.shape[1] % stride)) % stride];
}
