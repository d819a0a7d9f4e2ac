using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// Which cells of a batch the token loss looks at. Most cells show one class alone, teach little and cost as much as any: a step takes all cells in which classes meet and a share of
/// the others, each of which then counts for those left out, so that the mean over many steps stays that over all cells.
/// </summary>
internal sealed class CountedTokens
{
    private readonly Tensor _targets;
    private readonly Tensor? _weights;
    private readonly GenerativeOptions _options;

    private CountedTokens(Tensor? places, Tensor targets, Tensor? weights, GenerativeOptions options) => (Places, _targets, _weights, _options) = (places, targets, weights, options);

    /// <summary>int64 <c>[n]</c>: the cells, counted row by row through the batch; null for all.</summary>
    public Tensor? Places { get; }

    /// <summary>Chooses the cells of a step.</summary>
    /// <param name="targets">int64 <c>[B, h, w]</c>, with <see cref="PriorLosses.IgnoredToken"/>.</param>
    /// <param name="labels">int64 <c>[B, H, W]</c> without void, at the size of the tokenizer's own maskiges.</param>
    /// <param name="tokenizer">How large a cell is.</param>
    /// <param name="options">The share of cells of one class, the seed, label smoothing, and what a mean is divided by where all cells count.</param>
    /// <param name="step">Where in training: the draws depend on seed and step alone, so that a continued run repeats them.</param>
    public static CountedTokens Choose(Tensor targets, Tensor labels, TokenizerNetwork tokenizer, GenerativeOptions options, TrainingStep step)
    {
        if (options.InteriorTokenShare == 1)
        {
            return new(null, targets, null, options);
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor isCounted = targets.ne(Constant.Of(PriorLosses.IgnoredToken)), isInterior = IsInterior(labels, tokenizer);
        Tensor places = isCounted.logical_and(isInterior.logical_not().logical_or(Drawn(options, step, targets))).flatten().nonzero().flatten();
        Tensor weights = ones([places.shape[0]], ScalarType.Float32, places.device)
            .masked_fill(isInterior.flatten().index_select(0, places), Constant.Of(1 / options.InteriorTokenShare));
        return new(places.MoveToOuterDisposeScope(), targets.flatten().index_select(0, places).MoveToOuterDisposeScope(), weights.MoveToOuterDisposeScope(), options);
    }

    /// <summary>The mean cross entropy, by the weights of the cells and of their tokens.</summary>
    /// <param name="logits">What <see cref="TokenHeadNetwork.Classify"/> gives at <see cref="Places"/>.</param>
    /// <param name="tokenWeights">The weight of each token, <c>[V]</c>; null where all weigh the same.</param>
    public Tensor Loss(Tensor logits, Tensor? tokenWeights)
    {
        if (Places is null)
        {
            return PriorLosses.CrossEntropy(logits, _targets, PriorLosses.IgnoredToken, _options.Recipe, tokenWeights, _options.LabelSmoothing);
        }

        Tensor weights = tokenWeights is null ? _weights! : _weights! * tokenWeights.index_select(0, _targets);
        Tensor losses = functional.cross_entropy(logits.squeeze(3).squeeze(0).t(), _targets, reduction: Reduction.None, label_smoothing: _options.LabelSmoothing);
        return (losses * weights).sum() / weights.sum().clamp_min(Constant.Of(1e-6));
    }

    /// <summary>Whether all pixels of a cell are of one class, bool <c>[B, h, w]</c>.</summary>
    internal static Tensor IsInterior(Tensor labels, TokenizerNetwork tokenizer)
    {
        int cell = tokenizer.Stride * tokenizer.MaskigeScale;
        Tensor ids = labels.to(ScalarType.Float32).unsqueeze(1);
        return Largest(ids).add(Largest(ids.neg()), Constant.Of(1)).eq(Constant.Of(0)).squeeze(1);

        // Cells at the border may be cut off.
        Tensor Largest(Tensor values) => functional.max_pool2d(values, [cell, cell], [cell, cell], ceil_mode: true);
    }

    /// <summary>Which cells of one class are taken, bool <c>[B, h, w]</c>. The batches of a step share one row of draws, as the samples of one large batch would.</summary>
    private static Tensor Drawn(GenerativeOptions options, TrainingStep step, Tensor targets)
    {
        Random random = TorchRandomness.At(options.Seed, 6, step.Index);
        bool[] drawn = new bool[targets.numel()];
        for (long before = 0; before < (long)step.Part * drawn.Length; before++)
        {
            random.NextDouble();
        }

        for (int i = 0; i < drawn.Length; i++)
        {
            drawn[i] = random.NextDouble() < options.InteriorTokenShare;
        }

        return tensor(drawn, targets.shape).to(targets.device);
    }
}
