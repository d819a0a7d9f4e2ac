using GSS.Core;
using GSS.Torch;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>How many tokens stand for a cell that one class fills: an image encoder predicts a class best where one token says it, whatever lies beside the cell.</summary>
internal static class TokensOfOneClass
{
    /// <summary>For each class its cells, the share of its most frequent token in percent, and the entropy of its tokens in bits.</summary>
    public static IReadOnlyList<(int Cells, double Share, double Entropy)> Measure(TokenizerNetwork tokenizer, IEnumerable<LabelMap> labelMaps, MaskigePalette palette)
    {
        var counts = new Dictionary<long, int>[palette.Count];
        for (int k = 0; k < counts.Length; k++)
        {
            counts[k] = [];
        }

        foreach (LabelMap labels in labelMaps)
        {
            using var scope = NewDisposeScope();
            float[] maskige = new float[3 * labels.Ids.Length];
            byte[] ids = Reconstruction.FillVoid(labels);
            palette.Colorize(ids, maskige);
            Tensor tokens = tokenizer.Encode(tensor(maskige, [1, 3, labels.Height, labels.Width]));
            long[] found = tokens.flatten().data<long>().ToArray();
            int columns = (int)tokens.shape[2];
            for (int cell = 0; cell < found.Length; cell++)
            {
                if (OnlyClass(labels, ids, tokenizer.Stride * (cell % columns), tokenizer.Stride * (cell / columns), tokenizer.Stride) is { } id)
                {
                    counts[id][found[cell]] = counts[id].GetValueOrDefault(found[cell]) + 1;
                }
            }
        }

        return [.. counts.Select(tokens =>
        {
            double total = tokens.Values.Sum();
            return ((int)total, 100 * tokens.Values.DefaultIfEmpty().Max() / total, -tokens.Values.Sum(count => count / total * Math.Log2(count / total)));
        })];
    }

    /// <summary>The class of a whole cell; null where it shows several, void, or the end of the label map.</summary>
    private static byte? OnlyClass(LabelMap labels, byte[] ids, int left, int top, int side)
    {
        if (left + side > labels.Width || top + side > labels.Height)
        {
            return null;
        }

        byte first = ids[(top * labels.Width) + left];
        for (int y = top; y < top + side; y++)
        {
            for (int x = left; x < left + side; x++)
            {
                if (ids[(y * labels.Width) + x] != first || labels.Ids[(y * labels.Width) + x] == LabelMap.Void)
                {
                    return null;
                }
            }
        }

        return first;
    }
}
