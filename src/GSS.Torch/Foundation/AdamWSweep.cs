using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// One step of <see cref="AdamW"/> for a tensor in the CPU's memory, in one sweep: each number is read and written once. By tensor operations it would be a dozen passes
/// over memory, as long as a fifth of a training step with small crops.
/// </summary>
/// <param name="Kept">1 - rate × weight decay, which multiplies the parameter first.</param>
/// <param name="StepSize">The rate over the correction of the mean.</param>
/// <param name="Root">The square root of the correction of the square.</param>
internal readonly record struct AdamWSweep(float Kept, float StepSize, float Root)
{
    /// <summary>Numbers that a thread takes at a time: its four parts then lie in the second cache.</summary>
    private const int Piece = 1 << 15;

    private const float Beta1 = (float)AdamW.Beta1, Beta2 = (float)AdamW.Beta2, Epsilon = (float)AdamW.Epsilon;

    // Rounded once, as the tensor operations round them.
    private const float Rest1 = (float)(1 - AdamW.Beta1), Rest2 = (float)(1 - AdamW.Beta2);

    /// <summary>Whether tensors lie in memory as a sweep needs them: 32-bit numbers of the CPU, one behind the other, all as many.</summary>
    public static bool CanSweep(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            if (tensor.device_type != DeviceType.CPU || tensor.dtype != ScalarType.Float32 || !tensor.is_contiguous() || tensor.numel() > int.MaxValue / sizeof(float) || tensor.numel() != tensors[0].numel())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Moves a parameter and its averages.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="gradient">Its gradient.</param>
    /// <param name="mean">The running average of gradients.</param>
    /// <param name="square">The running average of squared gradients.</param>
    /// <param name="threads">Threads to share the work; the numbers are the same with any.</param>
    public unsafe void Apply(Tensor parameter, Tensor gradient, Tensor mean, Tensor square, int threads)
    {
        int count = (int)parameter.numel();
        fixed (byte* parameters = parameter.bytes, gradients = gradient.bytes, means = mean.bytes, squares = square.bytes)
        {
            float* p = (float*)parameters, g = (float*)gradients, m = (float*)means, s = (float*)squares;
            int pieces = (count + Piece - 1) / Piece;
            if (threads == 1 || pieces == 1)
            {
                Apply(p, g, m, s, count);
                return;
            }

            AdamWSweep sweep = this;
            Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = threads }, piece =>
            {
                int at = piece * Piece;
                sweep.Apply(p + at, g + at, m + at, s + at, Math.Min(Piece, count - at));
            });
        }
    }

    private unsafe void Apply(float* parameter, float* gradient, float* mean, float* square, int count)
    {
        Vector<float> kept = new(Kept), stepSize = new(StepSize), root = new(Root), epsilon = new(Epsilon);
        Vector<float> beta1 = new(Beta1), rest1 = new(Rest1), beta2 = new(Beta2), rest2 = new(Rest2);
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> g = Vector.Load(gradient + i);
            Vector<float> m = (Vector.Load(mean + i) * beta1) + (g * rest1);
            Vector<float> s = (Vector.Load(square + i) * beta2) + (g * g * rest2);
            Vector.Store(m, mean + i);
            Vector.Store(s, square + i);
            Vector.Store((Vector.Load(parameter + i) * kept) - (m / ((Vector.SquareRoot(s) / root) + epsilon) * stepSize), parameter + i);
        }

        for (; i < count; i++)
        {
            float g = gradient[i];
            float m = (mean[i] * Beta1) + (g * Rest1);
            float s = (square[i] * Beta2) + (g * g * Rest2);
            (mean[i], square[i]) = (m, s);
            parameter[i] = (parameter[i] * Kept) - (m / ((MathF.Sqrt(s) / Root) + Epsilon) * StepSize);
        }
    }
}
