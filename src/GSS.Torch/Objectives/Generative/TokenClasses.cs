using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>How often each token showed each class: what the tokens of label maps mean, counted once before training.</summary>
internal static class TokenClasses
{
    /// <summary>Label maps that are counted at most, a crop of each, spread evenly over the training set.</summary>
    public const int SampleCount = 512;

    /// <summary>N, the share of a token's labelled pixels that showed a class. A token counts as having shown one cell more, with the classes as frequent as they are in all: one that never occurred says nothing else.</summary>
    /// <param name="samples">The training set, of which label maps alone are read.</param>
    /// <param name="trained">Tokenizer and palette.</param>
    /// <param name="options">The size of the crops, which bounds the work, and the seed that places them.</param>
    /// <param name="cancellation">Ends the counting.</param>
    /// <returns><c>[V, K]</c>; each row sums to 1.</returns>
    /// <exception cref="SegmentationDataException">A label map cannot be read, or does not fit the classes.</exception>
    public static float[,] Shares(ISegmentationSamples samples, TrainedPrior trained, SegmentationTrainingOptions options, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (int vocabulary, int classes, int stride) = (trained.Tokenizer.VocabularySize, trained.Classes.Count, trained.Tokenizer.Stride);
        double[,] counts = new double[vocabulary, classes];
        int taken = Math.Min(SampleCount, samples.Count);
        for (int i = 0; i < taken; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var sample = NewDisposeScope();
            Tensor crop = OutputFrequencies.ReadCrop(samples, (int)((long)i * samples.Count / taken), options, classes, TorchRandomness.At(options.Seed, 5, i));
            Add(counts, Tokens(crop, trained).cpu().data<long>().ToArray(), crop.data<byte>().ToArray(), (int)crop.shape[2], stride);
        }

        double[] total = [.. Enumerable.Range(0, classes).Select(value => Enumerable.Range(0, vocabulary).Sum(token => counts[token, value]))];
        double all = total.Sum();
        float[,] shares = new float[vocabulary, classes];
        for (int token = 0; token < vocabulary; token++)
        {
            double seen = Enumerable.Range(0, classes).Sum(value => counts[token, value]);
            for (int value = 0; value < classes; value++)
            {
                double common = all > 0 ? total[value] / all : 1.0 / classes;
                shares[token, value] = (float)((counts[token, value] + (stride * stride * common)) / (seen + (stride * stride)));
            }
        }

        return shares;
    }

    /// <summary>How much a token weighs in the loss: the mean weight of the pixels that it stands for, so that a rare class weighs as much in tokens as in pixels.</summary>
    /// <param name="shares">N, <c>[V, K]</c>.</param>
    /// <param name="classWeights">The weight of each class, <c>[K]</c>.</param>
    /// <returns><c>[V]</c>.</returns>
    public static Tensor Weights(Tensor shares, Tensor classWeights) => shares.matmul(classWeights.unsqueeze(1)).squeeze(1);

    /// <summary>The tokens of a label map that is counted before training, when no auxiliary head can fill void yet: void takes the most frequent class of its own cell.</summary>
    /// <param name="labels">Class ids and void, <c>[1, H, W]</c>.</param>
    /// <param name="trained">Tokenizer and palette.</param>
    /// <returns>int64 <c>[1, h, w]</c>; <see cref="PriorLosses.IgnoredToken"/> for a cell of void alone.</returns>
    /// <remarks>Filled with class 0 instead, tokens of that class would be counted for others.</remarks>
    public static Tensor Tokens(Tensor labels, TrainedPrior trained)
    {
        byte[] filled = FillVoid(labels.to(ScalarType.Byte).cpu().data<byte>().ToArray(), (int)labels.shape[2], trained.Tokenizer.Stride);
        Tensor ids = tensor(filled, labels.shape).to(trained.PaletteColors.device).to(ScalarType.Int64);
        return PriorLosses.TokenTargets(PriorLosses.Enlarge(ids, trained.Tokenizer), null, trained.PaletteColors, trained.Tokenizer);
    }

    /// <summary>Void takes the most frequent class of its own cell, so that the cell has a token that shows what is labelled in it and nothing else. Cells of void alone stay.</summary>
    /// <param name="labels">The labels, row by row.</param>
    /// <param name="width">Labels in a row.</param>
    /// <param name="stride">Pixels a side of a cell.</param>
    internal static byte[] FillVoid(ReadOnlySpan<byte> labels, int width, int stride)
    {
        byte[] filled = labels.ToArray();
        if (!labels.Contains(LabelMap.Void))
        {
            return filled;
        }

        int height = labels.Length / width;
        Span<int> counts = stackalloc int[LabelMap.Void];
        for (int top = 0; top < height; top += stride)
        {
            for (int left = 0; left < width; left += stride)
            {
                counts.Clear();
                int bottom = Math.Min(top + stride, height), right = Math.Min(left + stride, width), most = 0;
                for (int y = top; y < bottom; y++)
                {
                    foreach (byte label in labels[((y * width) + left)..((y * width) + right)])
                    {
                        if (label != LabelMap.Void && ++counts[label] > counts[most])
                        {
                            most = label;
                        }
                    }
                }

                for (int y = top; counts[most] > 0 && y < bottom; y++)
                {
                    filled.AsSpan((y * width) + left, right - left).Replace(LabelMap.Void, (byte)most);
                }
            }
        }

        return filled;
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
