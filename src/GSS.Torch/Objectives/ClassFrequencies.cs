using GSS.Core;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>How many pixels each class covers, and weights of the loss from it.</summary>
internal static class ClassFrequencies
{
    /// <summary>Label maps that are counted at most, spread evenly over the training set.</summary>
    public const int SampleCount = 1000;

    /// <summary>The weight of each class, float <c>[K]</c>; null where all weigh the same.</summary>
    /// <exception cref="SegmentationDataException">A label map cannot be read.</exception>
    public static Tensor? Weights(ClassWeighting weighting, ISegmentationSamples samples, int classCount, CancellationToken cancellation)
    {
        if (weighting == ClassWeighting.None)
        {
            return null;
        }

        long[] counts = new long[classCount];
        int taken = Math.Min(SampleCount, samples.Count);
        for (int i = 0; i < taken; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (byte id in samples.ReadLabels((int)((long)i * samples.Count / taken)).Ids)
            {
                if (id < classCount)
                {
                    counts[id]++;
                }
            }
        }

        return tensor(Weights(weighting, counts));
    }

    /// <summary>Weights raised to the power of a step: 1 at the first, and falling evenly to what <see cref="SegmentationTrainingOptions.FinalClassWeightPower"/> says for the end.</summary>
    /// <param name="weights">Weights, above 0.</param>
    /// <param name="finalPower">The power after the last step.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="steps">How many there are.</param>
    public static Tensor AtStep(Tensor weights, double finalPower, long step, long steps)
    {
        double power = 1 - ((1 - finalPower) * Math.Min(1, step / (double)steps));
        return weights.pow(tensor((float)power, device: weights.device));
    }

    /// <summary>The formulas alone. A class without a pixel weighs as the rarest one that has any.</summary>
    public static float[] Weights(ClassWeighting weighting, IReadOnlyList<long> counts)
    {
        double all = Math.Max(1, counts.Sum());
        int present = Math.Max(1, counts.Count(count => count > 0));
        long rarest = counts.Where(count => count > 0).DefaultIfEmpty(1).Min();
        return [.. counts.Select(count => Math.Max(count, rarest) / all).Select(share => (float)(weighting == ClassWeighting.Enet ? 1 / Math.Log(1.02 + share) : 1 / (present * share)))];
    }
}
