using System.Globalization;
using GSS.Core;
using GSS.Onnx;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.ML;

/// <summary>Compares an exported latent prior with the one that was trained: what scoring will compute with what training measured.</summary>
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
    /// <param name="photograph">Of any size.</param>
    /// <returns>The largest difference as a share of the logits' range.</returns>
    /// <exception cref="SegmentationModelException">It is above <see cref="LargestDifference"/>, or not a number.</exception>
    public static double Check(Func<RgbImage, float[]> trained, byte[] logitsOnnx, LatentPriorModel exported, bool isMostLikely, RgbImage photograph)
    {
        RgbImage image = Shrink(photograph);
        float[] logits = trained(image), found = Run(logitsOnnx, image);
        (LatentTokens tokens, float[] probabilities) = exported.PredictUnresizedWithConfidence(image);
        double range = logits.Length == 0 ? double.NaN : (double)logits.Max() - logits.Min();
        bool isComparable = logits.Length == found.Length && logits.Length == (long)exported.VocabularySize * probabilities.Length && logits.All(float.IsFinite);
        double difference = isComparable ? 0 : double.NaN;
        for (int i = 0; i < found.Length && !double.IsNaN(difference); i++)
        {
            Keep(Math.Abs((double)found[i] - logits[i]));
        }

        for (int place = 0; place < probabilities.Length && !double.IsNaN(difference); place++)
        {
            Keep(Difference(logits, place, probabilities.Length, tokens.Ids[place], probabilities[place], isMostLikely));
        }

        // Logits that are all the same have no range to speak of.
        difference /= Math.Max(range, 1e-3);

        return difference <= LargestDifference
            ? difference
            : throw new SegmentationModelException(string.Create(
                CultureInfo.InvariantCulture,
                $"The exported network differs from the trained one by {difference:G3} of its logits' range ({range:G3}), expected at most {LargestDifference:G3}."));

        // The larger one, or not a number where one of them is none.
        void Keep(double step) => difference = step <= difference ? difference : step;
    }

    /// <summary>Compares label maps where logits do not leave the graph.</summary>
    /// <returns>The share of pixels that differ.</returns>
    /// <exception cref="SegmentationModelException">It is above <see cref="LargestShare"/> and more than one pixel, or the trained network gives no numbers.</exception>
    public static double CheckLabels(Func<RgbImage, float[]> logits, Func<RgbImage, LabelMap> trained, Func<RgbImage, LabelMap> exported, RgbImage photograph)
    {
        RgbImage image = Shrink(photograph);
        if (!logits(image).All(float.IsFinite))
        {
            throw new SegmentationModelException("The trained network gives logits that are not numbers (NaN or infinite), expected finite ones.");
        }

        LabelMap expected = trained(image), found = exported(image);
        int different = 0;
        for (int i = 0; i < expected.Ids.Length; i++)
        {
            different += expected.Ids[i] == found.Ids[i] ? 0 : 1;
        }

        double share = (double)different / expected.Ids.Length;
        return share <= LargestShare || different == 1
            ? share
            : throw new SegmentationModelException(string.Create(
                CultureInfo.InvariantCulture, $"The label map of the exported network differs from that of the trained one in {100 * share:G3} % of the pixels, expected at most {100 * LargestShare:G3} %."));
    }

    private static RgbImage Shrink(RgbImage photograph) => photograph.Resize(Math.Min(photograph.Width, LargestSide), Math.Min(photograph.Height, LargestSide));

    private static float[] Run(byte[] onnx, RgbImage image)
    {
        OnnxTensor[] inputs = [new(OnnxParts.Image, TensorElementType.Float)], outputs = [new(OnnxParts.Logits, TensorElementType.Float)];
        using var session = new OnnxSession(onnx, "prior.onnx", inputs, new ScoringOptions(), outputs);
        using var input = new ImageBatch([image], [0], (image.Width, image.Height));
        using OnnxOutputs logits = session.Run(OnnxParts.Image, input.Values, input.Shape, [OnnxParts.Logits]);
        return logits.Span<float>(0).ToArray();
    }

    /// <summary>By how much a logit must differ at least for the exported network to have said this.</summary>
    private static double Difference(float[] logits, int place, int places, int token, float probability, bool isMostLikely)
    {
        double largest = double.NegativeInfinity, sum = 0;
        for (int i = place; i < logits.Length; i += places)
        {
            largest = Math.Max(largest, logits[i]);
        }

        for (int i = place; i < logits.Length; i += places)
        {
            sum += Math.Exp(logits[i] - largest);
        }

        double chosen = logits[(token * places) + place] - largest;
        double expected = Math.Exp(chosen) / sum;
        double byProbability = expected < SmallestProbability && probability < SmallestProbability ? 0 : Math.Abs(Math.Log(probability) - Math.Log(expected)) / 2;
        return isMostLikely && -chosen / 2 > byProbability ? -chosen / 2 : byProbability;
    }
}
