using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>How often each token showed each class: what the tokens of label maps mean, counted once before training.</summary>
internal static class TokenClasses
{
    /// <summary>Label maps that are counted at most, a crop of each, spread evenly over the training set.</summary>
    public const int SampleCount = 512;

    /// <summary>Fills N, the share of a token's labelled pixels that showed a class. A token counts as having shown one cell more, with the classes as frequent as they are in all: one that never occurred says nothing else.</summary>
    /// <param name="shares"><c>[V, K, 1, 1]</c>, filled; each row sums to 1.</param>
    /// <param name="samples">The training set, of which label maps alone are read.</param>
    /// <param name="trained">Tokenizer and palette.</param>
    /// <param name="options">The size of the crops, which bounds the work, and the seed that places them.</param>
    /// <param name="cancellation">Ends the counting.</param>
    /// <exception cref="SegmentationDataException">A label map cannot be read, or does not fit the classes.</exception>
    public static void Fill(Tensor shares, ISegmentationSamples samples, TrainedPrior trained, SegmentationTrainingOptions options, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (int vocabulary, int classes, int stride) = ((int)shares.shape[0], trained.Classes.Count, trained.Tokenizer.Stride);
        double[,] counts = new double[vocabulary, classes];
        int taken = Math.Min(SampleCount, samples.Count);
        for (int i = 0; i < taken; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var sample = NewDisposeScope();
            Tensor crop = OutputFrequencies.ReadCrop(samples, (int)((long)i * samples.Count / taken), options, classes, TorchRandomness.At(options.Seed, 5, i));
            Tensor labels = PriorLosses.Enlarge(crop.to(shares.device).to(ScalarType.Int64), trained.Tokenizer);
            Tensor tokens = PriorLosses.TokenTargets(labels, null, trained.PaletteColors, trained.Tokenizer);
            Add(counts, tokens.cpu().data<long>().ToArray(), crop.data<byte>().ToArray(), (int)crop.shape[2], stride);
        }

        double[] total = [.. Enumerable.Range(0, classes).Select(value => Enumerable.Range(0, vocabulary).Sum(token => counts[token, value]))];
        double all = total.Sum();
        float[] filled = new float[vocabulary * classes];
        for (int token = 0; token < vocabulary; token++)
        {
            double seen = Enumerable.Range(0, classes).Sum(value => counts[token, value]);
            for (int value = 0; value < classes; value++)
            {
                double common = all > 0 ? total[value] / all : 1.0 / classes;
                filled[(token * classes) + value] = (float)((counts[token, value] + (stride * stride * common)) / (seen + (stride * stride)));
            }
        }

        shares.copy_(tensor(filled, shares.shape));
    }

    /// <summary>Counts the labelled pixels of each class in each cell for the cell's token.</summary>
    /// <param name="counts"><c>[V, K]</c>, added to.</param>
    /// <param name="tokens">The tokens, row by row.</param>
    /// <param name="labels">The labels, row by row.</param>
    /// <param name="width">Labels in a row.</param>
    /// <param name="stride">Pixels a side of a cell.</param>
    internal static void Add(double[,] counts, ReadOnlySpan<long> tokens, ReadOnlySpan<byte> labels, int width, int stride)
    {
        int columns = (width + stride - 1) / stride;
        for (int pixel = 0; pixel < labels.Length; pixel++)
        {
            if (labels[pixel] != LabelMap.Void)
            {
                counts[tokens[(pixel / width / stride * columns) + (pixel % width / stride)], labels[pixel]]++;
            }
        }
    }
}
