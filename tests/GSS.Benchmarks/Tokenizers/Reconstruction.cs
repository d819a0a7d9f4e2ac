using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>What Stage I loses: label map → maskige → tokens → maskige → label map, against the label map itself.</summary>
internal static class Reconstruction
{
    /// <summary>mIoU in percent over all label maps together (void ignored, absent classes skipped), and how many tokens were met how often.</summary>
    public static (double MeanIoU, double[] ClassIoU, long[] TokenCounts) Measure(TokenizerNetwork tokenizer, IEnumerable<LabelMap> labelMaps, MaskigePalette palette)
    {
        int classes = palette.Count;
        long[] intersection = new long[classes];
        long[] truths = new long[classes];
        long[] predictions = new long[classes];
        long[] tokenCounts = new long[tokenizer.VocabularySize];
        float[] colors = [.. palette.Colors.SelectMany(c => new[] { c.R / 255f, c.G / 255f, c.B / 255f })];
        foreach (LabelMap truth in labelMaps)
        {
            byte[] ids = FillVoid(truth);
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            Tensor table = tensor(colors, [classes, 3]);
            Tensor maskige = table.index_select(0, tensor(ids.Select(i => (long)i).ToArray())).view(1, truth.Height, truth.Width, 3).permute(0, 3, 1, 2).contiguous();
            Tensor tokens = tokenizer.Encode(maskige);
            Tensor painted = tokenizer.Decode(tokens).narrow(2, 0, truth.Height).narrow(3, 0, truth.Width);
            Tensor pixels = painted.permute(0, 2, 3, 1).reshape(-1, 3);
            Tensor decoded = ((pixels.matmul(table.t()) * Constant.Of(2)) - table.square().sum(1)).argmax(1);
            long[] predicted = decoded.data<long>().ToArray();
            foreach (long token in tokens.flatten().data<long>().ToArray())
            {
                tokenCounts[token]++;
            }

            ReadOnlySpan<byte> expected = truth.Ids;
            for (int i = 0; i < expected.Length; i++)
            {
                if (expected[i] == LabelMap.Void)
                {
                    continue;
                }

                truths[expected[i]]++;
                predictions[predicted[i]]++;
                if (predicted[i] == expected[i])
                {
                    intersection[expected[i]]++;
                }
            }
        }

        double[] iou = [.. Enumerable.Range(0, classes).Select(k => 100.0 * intersection[k] / (truths[k] + predictions[k] - intersection[k]))];
        return (iou.Where(v => !double.IsNaN(v)).Average(), iou, tokenCounts);
    }

    /// <summary>Void takes the class of the pixel before it: training never encodes a void colour either.</summary>
    public static byte[] FillVoid(LabelMap labels)
    {
        byte[] ids = labels.Ids.ToArray();
        byte last = ids.FirstOrDefault(id => id != LabelMap.Void);
        for (int i = 0; i < ids.Length; i++)
        {
            last = ids[i] = ids[i] == LabelMap.Void ? last : ids[i];
        }

        return ids;
    }
}
