using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GSS.Onnx;

/// <summary>Chooses the most likely token at every place of one image's logits, and tells how likely it is.</summary>
internal static class TokenChoice
{
    /// <summary>
    /// Places that are worked on together, over the whole vocabulary: their running maxima stay in the first-level cache,
    /// and each piece of a logit plane is a long contiguous read.
    /// </summary>
    private const int Block = 1024;

    /// <summary>The token with the largest logit at each place, the lowest of equal ones; places without any number get token 0.</summary>
    /// <param name="logits"><c>[V, n]</c>.</param>
    /// <param name="tokens"><c>[n]</c>, filled.</param>
    /// <param name="probabilities"><c>[n]</c>, filled with the softmax probability of the chosen token, 0..1; empty when not wanted.</param>
    public static void Choose(ReadOnlySpan<float> logits, Span<int> tokens, Span<float> probabilities)
    {
        int places = tokens.Length;
        int vocabulary = logits.Length / places;
        Span<float> best = stackalloc float[Block];
        Span<float> sum = stackalloc float[Block];
        for (int start = 0; start < places; start += Block)
        {
            int count = Math.Min(Block, places - start);
            Span<int> chosen = tokens.Slice(start, count);
            chosen.Clear();
            best.Fill(float.NegativeInfinity);
            for (int token = 0; token < vocabulary; token++)
            {
                KeepLarger(logits.Slice((token * places) + start, count), token, best, chosen);
            }

            if (!probabilities.IsEmpty)
            {
                sum.Clear();
                for (int token = 0; token < vocabulary; token++)
                {
                    AddExponentials(logits.Slice((token * places) + start, count), best, sum);
                }

                // The chosen token's own exponential is exp(0) = 1.
                Span<float> target = probabilities.Slice(start, count);
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = 1 / sum[i];
                }
            }
        }
    }

    /// <summary>The class with the largest score at each place, the lowest of equal ones.</summary>
    /// <param name="scores"><c>[K, n]</c>, K at most 254.</param>
    /// <param name="classes"><c>[n]</c>, filled.</param>
    public static void ChooseClasses(ReadOnlySpan<float> scores, Span<byte> classes)
    {
        int[] best = new int[classes.Length];
        Choose(scores, best, []);
        for (int i = 0; i < classes.Length; i++)
        {
            classes[i] = (byte)best[i];
        }
    }

    /// <summary>The class with the largest sum at each place of a row, the lowest of equal ones.</summary>
    /// <param name="planes">The sums of each class, K at most 254.</param>
    /// <param name="start">Where the row begins in each of them.</param>
    /// <param name="classes">Filled.</param>
    public static void ChooseClasses(float[][] planes, int start, Span<byte> classes)
    {
        Span<float> best = stackalloc float[Block];
        Span<int> chosen = stackalloc int[Block];
        for (int done = 0; done < classes.Length; done += Block)
        {
            int count = Math.Min(Block, classes.Length - done);
            best.Fill(float.NegativeInfinity);
            chosen.Clear();
            for (int k = 0; k < planes.Length; k++)
            {
                KeepLarger(planes[k].AsSpan(start + done, count), k, best, chosen);
            }

            for (int i = 0; i < count; i++)
            {
                classes[done + i] = (byte)chosen[i];
            }
        }
    }

    /// <summary>Turns the probabilities of the most likely tokens into those of other ones.</summary>
    /// <param name="logits"><c>[V, n]</c>.</param>
    /// <param name="mostLikely"><c>[n]</c>: the tokens with the largest logits.</param>
    /// <param name="decided"><c>[n]</c>: the tokens whose probability is wanted.</param>
    /// <param name="probabilities"><c>[n]</c>: those of <paramref name="mostLikely"/>; changed to those of <paramref name="decided"/>.</param>
    public static void Correct(ReadOnlySpan<float> logits, ReadOnlySpan<int> mostLikely, ReadOnlySpan<int> decided, Span<float> probabilities)
    {
        int places = decided.Length;
        for (int i = 0; i < places; i++)
        {
            if (decided[i] != mostLikely[i])
            {
                probabilities[i] *= MathF.Exp(logits[(decided[i] * places) + i] - logits[(mostLikely[i] * places) + i]);
            }
        }
    }

    private static void KeepLarger(ReadOnlySpan<float> values, int token, Span<float> best, Span<int> chosen)
    {
        ref float value = ref MemoryMarshal.GetReference(values);
        ref float largest = ref MemoryMarshal.GetReference(best);
        ref int index = ref MemoryMarshal.GetReference(chosen);
        var candidate = new Vector<int>(token);
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> x = Vector.LoadUnsafe(ref value, (nuint)i);
            Vector<float> old = Vector.LoadUnsafe(ref largest, (nuint)i);
            Vector<int> larger = Vector.GreaterThan(x, old);
            Vector.ConditionalSelect(larger, x, old).StoreUnsafe(ref largest, (nuint)i);
            Vector.ConditionalSelect(larger, candidate, Vector.LoadUnsafe(ref index, (nuint)i)).StoreUnsafe(ref index, (nuint)i);
        }

        for (; i < values.Length; i++)
        {
            if (values[i] > best[i])
            {
                best[i] = values[i];
                chosen[i] = token;
            }
        }
    }

    private static void AddExponentials(ReadOnlySpan<float> values, ReadOnlySpan<float> best, Span<float> sum)
    {
        ref float value = ref MemoryMarshal.GetReference(values);
        ref float largest = ref MemoryMarshal.GetReference(best);
        ref float total = ref MemoryMarshal.GetReference(sum);
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> exponential = Vector.Exp(Vector.LoadUnsafe(ref value, (nuint)i) - Vector.LoadUnsafe(ref largest, (nuint)i));
            (Vector.LoadUnsafe(ref total, (nuint)i) + exponential).StoreUnsafe(ref total, (nuint)i);
        }

        for (; i < values.Length; i++)
        {
            sum[i] += MathF.Exp(values[i] - best[i]);
        }
    }
}
