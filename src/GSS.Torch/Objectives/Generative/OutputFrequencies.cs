using GSS.Core;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// How often each token (or class) is the target, and first biases from it. A classifier that begins with the logarithms of these frequencies knows from the
/// first step what is common. One that begins with a thousand equal tokens spends its first hundred steps on that alone, and shakes the encoder meanwhile.
/// </summary>
internal static class OutputFrequencies
{
    /// <summary>Label maps that are counted, spread evenly over the training set: the common tokens are known from few.</summary>
    public const int SampleCount = 32;

    /// <summary>Each output is counted as seen that often more than it was, so that one not met keeps a chance: a bias is a start, not a ban.</summary>
    private const double Unseen = 1;

    /// <summary>Sets the classifier's biases to the logarithms of the frequencies. Without labelled pixels all stay equal.</summary>
    /// <param name="prior">The untrained network, its tokenizer and palette.</param>
    /// <param name="samples">The training set.</param>
    /// <param name="cancellation">Ends the counting.</param>
    /// <exception cref="SegmentationDataException">A sample cannot be read, or does not fit the classes.</exception>
    public static void SetBiases(TrainedPrior prior, ISegmentationSamples samples, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor bias = prior.Network.Classifier.bias!;
        Tensor counts = full(bias.shape, Unseen, ScalarType.Float64, bias.device);
        var read = new SampleCache(samples, keep: false, classCount: prior.Classes.Count);
        int taken = Math.Min(SampleCount, samples.Count);
        for (int i = 0; i < taken; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            LabelMap labels = read.Read((int)((long)i * samples.Count / taken)).Labels;
            using var sample = NewDisposeScope();
            Tensor targets = Targets(prior, labels, bias.device);
            counts.add_(targets.bincount(null, bias.shape[0]), Constant.Of(1));
        }

        bias.copy_((counts / counts.sum()).log());
    }

    /// <summary>The tokens of a label map, or its classes where there are no tokens, without void: int64 <c>[N]</c>.</summary>
    private static Tensor Targets(TrainedPrior prior, LabelMap labels, Device device)
    {
        Tensor ids = tensor(labels.Ids.ToArray(), [1, labels.Height, labels.Width]).to(device).to(ScalarType.Int64);
        bool generative = prior.Options.Head == SegmentationHead.Generative;
        Tensor all = generative ? PriorLosses.TokenTargets(PriorLosses.Enlarge(ids, prior.Tokenizer), null, prior.PaletteColors, prior.Tokenizer).flatten() : ids.flatten();
        return all.index_select(0, all.ne(Constant.Of(generative ? PriorLosses.IgnoredToken : LabelMap.Void)).nonzero().flatten());
    }
}
