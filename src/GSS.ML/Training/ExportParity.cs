using System.Globalization;
using GSS.Core;
using GSS.Onnx;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.ML;

/// <summary>Compares an exported network with the one that was trained: what scoring will compute with what training measured.</summary>
/// <remarks>
/// Logits do not leave the exported graph, so that they are compared in a graph that ends before the decision. The exported one must then decide as these logits do:
/// a logit that is wrong by d moves the logarithm of a probability by up to 2 d.
/// </remarks>
internal static class ExportParity
{
    /// <summary>The largest difference that is let pass, as a share of the logits' range; a sound export is ten times closer.</summary>
    public const double LargestDifference = 1e-4;

    /// <summary>The largest share of pixels with another class that is let pass.</summary>
    public const double LargestShare = 5e-4;

    // Below this a float has no digits left to compare.
    private const double SmallestProbability = 1e-30;

    // Logits of a whole 4K photograph would take gigabytes.
    private const int LargestSide = 512;

    /// <summary>Runs both on one photograph.</summary>
    /// <param name="trained">The logits of a photograph as training computes them, <c>[V, h, w]</c>.</param>
    /// <param name="logitsOnnx">The exported network up to its logits.</param>
    /// <param name="exported">The exported network with its decision.</param>
    /// <param name="isMostLikely">Whether the token with the largest logit is chosen.</param>
    /// <param name="kept">The tokens that the exported network chooses from; null means all.</param>
    /// <param name="photograph">Of any size.</param>
    /// <returns>The largest difference as a share of the logits' range.</returns>
    /// <exception cref="SegmentationModelException">It is above <see cref="LargestDifference"/>, or not a number.</exception>
    public static double Check(Func<RgbImage, float[]> trained, byte[] logitsOnnx, LatentPriorModel exported, bool isMostLikely, long[]? kept, RgbImage photograph)
    {
        RgbImage image = Shrink(photograph);
        float[] logits = trained(image);
        double difference = Largest(logits, Run(logitsOnnx, image));
        (LatentTokens tokens, float[] probabilities) = exported.PredictUnresizedWithConfidence(image);
        difference = logits.Length == (long)exported.VocabularySize * probabilities.Length ? difference : double.NaN;
        kept ??= [.. Enumerable.Range(0, exported.VocabularySize)];
        for (int place = 0; place < probabilities.Length && !double.IsNaN(difference); place++)
        {
            double[] possible = [.. kept.Select(token => (double)logits[(token * probabilities.Length) + place])];
            int chosen = Array.BinarySearch(kept, tokens.Ids[place]);
            difference = chosen < 0 ? double.NaN : Larger(difference, Difference(possible, chosen, probabilities[place], isMostLikely));
        }

        return Require(difference, logits);
    }

    /// <summary>The same for a per-pixel head, whose decision is a label map.</summary>
    /// <param name="trained">The logits of a photograph as training computes them, <c>[K, h, w]</c>.</param>
    /// <param name="logitsOnnx">The exported network up to its logits.</param>
    /// <param name="trainedLabels">The label map as training computes it.</param>
    /// <param name="exportedLabels">The label map of the exported network.</param>
    /// <param name="photograph">Of any size.</param>
    /// <returns>The largest difference as a share of the logits' range.</returns>
    /// <exception cref="SegmentationModelException">It is above <see cref="LargestDifference"/>, or not a number, or more than one pixel and <see cref="LargestShare"/> have another class.</exception>
    public static double CheckLabels(
        Func<RgbImage, float[]> trained, byte[] logitsOnnx, Func<RgbImage, LabelMap> trainedLabels, Func<RgbImage, LabelMap> exportedLabels, RgbImage photograph)
    {
        RgbImage image = Shrink(photograph);
        float[] logits = trained(image);
        double difference = Require(Largest(logits, Run(logitsOnnx, image)), logits);
        LabelMap expected = trainedLabels(image), found = exportedLabels(image);
        int others = Enumerable.Range(0, expected.Ids.Length).Count(i => expected.Ids[i] != found.Ids[i]);
        double share = (double)others / expected.Ids.Length;
        return others <= 1 || share <= LargestShare
            ? difference
            : throw new SegmentationModelException(string.Create(
                CultureInfo.InvariantCulture, $"The label map of the exported network differs from that of the trained one in {100 * share:G3} % of the pixels, expected at most {100 * LargestShare:G3} %."));
    }

    // Logits that are all the same have no range to speak of.
    private static double Require(double difference, float[] logits)
    {
        double range = logits.Length == 0 ? double.NaN : (double)logits.Max() - logits.Min(), share = difference / Math.Max(range, 1e-3);
        return share <= LargestDifference
            ? share
            : throw new SegmentationModelException(string.Create(
                CultureInfo.InvariantCulture,
                $"The exported network differs from the trained one by {share:G3} of its logits' range ({range:G3}), expected at most {LargestDifference:G3}."));
    }

    // Not a number where they cannot be compared.
    private static double Largest(float[] logits, float[] found)
    {
        double difference = logits.Length == found.Length && logits.All(float.IsFinite) ? 0 : double.NaN;
        for (int i = 0; i < found.Length && !double.IsNaN(difference); i++)
        {
            difference = Larger(difference, Math.Abs((double)found[i] - logits[i]));
        }

        return difference;
    }

    // Not a number where one of them is none.
    private static double Larger(double difference, double step) => step <= difference ? difference : step;

    private static RgbImage Shrink(RgbImage photograph) => photograph.Resize(Math.Min(photograph.Width, LargestSide), Math.Min(photograph.Height, LargestSide));

    private static float[] Run(byte[] onnx, RgbImage image)
    {
        OnnxTensor[] inputs = [new(OnnxParts.Image, TensorElementType.Float)], outputs = [new(OnnxParts.Logits, TensorElementType.Float)];
        using var session = new OnnxSession(onnx, "the exported network up to its logits", inputs, new ScoringOptions(), outputs);
        using var input = new ImageBatch([image], [0], (image.Width, image.Height));
        using OnnxOutputs logits = session.Run(OnnxParts.Image, input.Values, input.Shape, [OnnxParts.Logits]);
        return logits.Span<float>(0).ToArray();
    }

    /// <summary>By how much a logit must differ at least for the exported network to have said this.</summary>
    private static double Difference(double[] logits, int chosen, float probability, bool isMostLikely)
    {
        double largest = logits.Max(), below = largest - logits[chosen];
        double expected = Math.Exp(-below) / logits.Sum(logit => Math.Exp(logit - largest));
        double byProbability = expected < SmallestProbability && probability < SmallestProbability ? 0 : Math.Abs(Math.Log(probability) - Math.Log(expected)) / 2;
        return isMostLikely && below / 2 > byProbability ? below / 2 : byProbability;
    }
}
