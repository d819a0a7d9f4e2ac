using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>How often each token showed each class: what the tokens of label maps mean, counted once before training.</summary>
internal static class TokenClasses
{
    /// <summary>Label maps that are counted at most, a crop of each, spread evenly over the training set.</summary>
    public const int SampleCount = 512;

    /// <summary>Quarters of a cell: upper left, upper right, lower left, lower right.</summary>
    public const int Quarters = 4;

    /// <summary>The largest length of a code of <see cref="Codes"/>.</summary>
    public const int CodeLength = 64;

    /// <summary>The number of tokens kept is a multiple of this, so that the decision can look at them in groups.</summary>
    public const int KeptMultiple = 16;

    /// <summary>Counts the classes of each token's labelled pixels, by quarters of its cell.</summary>
    /// <param name="samples">The training set, of which label maps alone are read.</param>
    /// <param name="trained">Tokenizer and palette.</param>
    /// <param name="options">The size of the crops, which bounds the work, and the seed that places them.</param>
    /// <param name="cancellation">Ends the counting.</param>
    /// <returns><c>[V, 4, K]</c>.</returns>
    /// <exception cref="SegmentationDataException">A label map cannot be read, or does not fit the classes.</exception>
    public static double[,,] Count(ISegmentationSamples samples, TrainedPrior trained, SegmentationTrainingOptions options, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (int vocabulary, int classes, int stride) = (trained.Tokenizer.VocabularySize, trained.Classes.Count, trained.Tokenizer.Stride);
        double[,,] counts = new double[vocabulary, Quarters, classes];
        int taken = Math.Min(SampleCount, samples.Count);
        for (int i = 0; i < taken; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var sample = NewDisposeScope();
            Tensor crop = OutputFrequencies.ReadCrop(samples, (int)((long)i * samples.Count / taken), options, classes, TorchRandomness.At(options.Seed, 5, i));
            Add(counts, Tokens(crop, trained).cpu().data<long>().ToArray(), crop.data<byte>().ToArray(), (int)crop.shape[2], stride);
        }

        return counts;
    }

    /// <summary>N, the share of a token's labelled pixels that showed a class. A token counts as having shown one cell more, with the classes as frequent as they are in all: one that never occurred says nothing else.</summary>
    /// <param name="counts">What <see cref="Count"/> found, in the caller's scope.</param>
    /// <param name="stride">Pixels a side of a cell.</param>
    /// <returns><c>[V, K]</c>; each row sums to 1.</returns>
    public static Tensor Shares(Tensor counts, int stride)
    {
        Tensor seen = counts.sum(1), all = seen.sum(0, keepdim: true), pixels = all.sum();
        Tensor common = pixels.item<double>() > 0 ? all / pixels : full_like(all, Constant.Of(1.0 / all.shape[1]));
        return Smooth(seen, common, stride * stride);
    }

    /// <summary>T, the share of the labelled pixels in each quarter of a token's cell that showed a class. A token counts as having shown one quarter more, with the classes of its whole cell.</summary>
    /// <param name="counts">What <see cref="Count"/> found.</param>
    /// <param name="shares">N.</param>
    /// <param name="stride">Pixels a side of a cell.</param>
    /// <returns><c>[V, 4, K]</c>; each row of K sums to 1.</returns>
    public static Tensor Pictures(Tensor counts, Tensor shares, int stride) => Smooth(counts, shares.unsqueeze(1), stride * stride / (double)Quarters);

    /// <summary>Codes whose products are those of what tokens show: the rows of T themselves, and with many classes their parts along the <see cref="CodeLength"/> directions in which T is longest, so that a decision costs no more than the classifier.</summary>
    /// <param name="pictures">T, <c>[V, 4, K]</c>.</param>
    /// <returns><c>[V, min(4 K, 64)]</c>.</returns>
    public static Tensor Codes(Tensor pictures)
    {
        Tensor rows = pictures.flatten(1);
        if (rows.shape[1] <= CodeLength)
        {
            return rows;
        }

        // In ascending order of eigenvalues: the last columns are the longest directions.
        (_, Tensor directions) = linalg.eigh(rows.t().matmul(rows));
        return rows.matmul(directions.narrow(1, rows.shape[1] - CodeLength, CodeLength));
    }

    /// <summary>For each class the token inside an area of it alone.</summary>
    /// <param name="trained">Tokenizer, palette and classes.</param>
    public static long[] Solid(TrainedPrior trained)
    {
        using DisposeScope scope = NewDisposeScope();
        const int Cells = 8;
        int side = Cells * trained.Tokenizer.Stride;
        return [.. Enumerable.Range(0, trained.Classes.Count).Select(id => Tokens(full([1, side, side], Constant.Of(id), ScalarType.Int64), trained)[0, Cells / 2, Cells / 2].item<long>())];
    }

    /// <summary>The tokens that show most of each class: of each the commonest, until they stand for a share of its labelled pixels.</summary>
    /// <param name="counts">The classes of each token's labelled pixels, <c>[V, K]</c>.</param>
    /// <param name="always">Tokens that are kept whatever was counted: a class that happens to be in none of the counted crops has one.</param>
    /// <param name="share">The share, above 0 to 1.</param>
    /// <returns>In ascending order, a multiple of <see cref="KeptMultiple"/>; null where that is all, or the share is 1, or nothing was counted.</returns>
    public static long[]? Kept(Tensor counts, IEnumerable<long> always, double share)
    {
        using DisposeScope scope = NewDisposeScope();
        (int vocabulary, int classes) = ((int)counts.shape[0], (int)counts.shape[1]);
        double[] all = counts.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        double[] perToken = [.. all.Chunk(classes).Select(row => row.Sum())];
        if (share == 1 || perToken.Sum() == 0)
        {
            return null;
        }

        var kept = new SortedSet<long>(always);
        for (int id = 0; id < classes; id++)
        {
            double[] perClass = [.. Enumerable.Range(0, vocabulary).Select(token => all[(token * classes) + id])];
            double missing = share * perClass.Sum();
            foreach (int token in Commonest(perClass).TakeWhile(_ => missing > 0))
            {
                kept.Add(token);
                missing -= perClass[token];
            }
        }

        long wanted = (kept.Count + KeptMultiple - 1) / KeptMultiple * KeptMultiple;
        foreach (int token in Commonest(perToken).TakeWhile(_ => kept.Count < wanted))
        {
            kept.Add(token);
        }

        return kept.Count < vocabulary ? [.. kept] : null;

        static IEnumerable<int> Commonest(double[] counts) => Enumerable.Range(0, counts.Length).OrderByDescending(token => counts[token]);
    }

    private static Tensor Smooth(Tensor counts, Tensor common, double pixels) =>
        counts.Plus(common * Constant.Of(pixels)) / counts.sum(-1, keepdim: true).Plus(pixels);

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

    /// <summary>Counts the labelled pixels of each class in each quarter of each cell for the cell's token.</summary>
    /// <param name="counts"><c>[V, 4, K]</c>, added to.</param>
    /// <param name="tokens">The tokens, row by row.</param>
    /// <param name="labels">The labels, row by row.</param>
    /// <param name="width">Labels in a row.</param>
    /// <param name="stride">Pixels a side of a cell, even.</param>
    internal static void Add(double[,,] counts, ReadOnlySpan<long> tokens, ReadOnlySpan<byte> labels, int width, int stride)
    {
        int columns = (width + stride - 1) / stride, half = stride / 2;
        for (int pixel = 0; pixel < labels.Length; pixel++)
        {
            if (labels[pixel] != LabelMap.Void)
            {
                (int y, int x) = (pixel / width, pixel % width);
                int quarter = (y % stride / half * 2) + (x % stride / half);
                counts[tokens[(y / stride * columns) + (x / stride)], quarter, labels[pixel]]++;
            }
        }
    }
}
