using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>How well an image encoder predicts the tokens of label maps that it has not seen: what a vocabulary costs in Stage II.</summary>
internal static class TokenPrediction
{
    /// <summary>The share of tokens predicted right, their cross entropy in bits, and the entropy of the tokens by themselves in bits; tokens of void alone do not count.</summary>
    public static (double Accuracy, double CrossEntropy, double Entropy) Measure(TrainedPrior prior, SegmentationFiles samples)
    {
        double right = 0, bits = 0;
        long[] counts = new long[prior.Tokenizer.VocabularySize];
        for (int i = 0; i < samples.Count; i++)
        {
            (RgbImage image, LabelMap labels) = samples.Read(i);
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            Tensor ids = tensor(labels.Ids.ToArray().Select(id => (long)id).ToArray(), [1, labels.Height, labels.Width]);
            Tensor targets = PriorLosses.TokenTargets(ids, null, prior.PaletteColors, prior.Tokenizer).flatten();
            Tensor logits = tensor(prior.Logits(image)).view(prior.Tokenizer.VocabularySize, -1).t();
            Tensor counted = targets.ne(Constant.Of(PriorLosses.IgnoredToken)).nonzero().flatten();
            (targets, logits) = (targets.index_select(0, counted), logits.index_select(0, counted));
            right += logits.argmax(1).eq(targets).sum().item<long>();
            bits += nn.functional.cross_entropy(logits, targets, reduction: nn.Reduction.Sum).item<float>() / Math.Log(2);
            foreach (long token in targets.data<long>().ToArray())
            {
                counts[token]++;
            }
        }

        double total = counts.Sum();
        double entropy = counts.Where(count => count > 0).Sum(count => -count / total * Math.Log2(count / total));
        return (right / total, bits / total, entropy);
    }
}
