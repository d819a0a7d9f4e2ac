namespace GSS.Onnx;

/// <summary>How an activation becomes bytes: q = round(x / scale) + zero point, cut to 0..255. Zero, which pads images, is always exact.</summary>
internal readonly record struct ActivationScale(float Scale, byte ZeroPoint)
{
    /// <summary>The scale for a range. One without extent, as of an image of one colour, gets the scale 1.</summary>
    public static ActivationScale Of(float low, float high)
    {
        (low, high) = (Math.Min(low, 0), Math.Max(high, 0));
        float scale = (float)(((double)high - low) / byte.MaxValue);
        return scale < 1e-30f ? new(1, 0) : new(scale, (byte)Math.Clamp(MathF.Round(-low / scale), 0, byte.MaxValue));
    }
}

/// <summary>Weights as signed bytes: w = scale · q, with a scale for each output channel.</summary>
internal static class WeightQuantization
{
    // Products and sums of a layer must leave room for its bias in 32 bits.
    private const float LargestBias = 1 << 30;

    /// <summary>Quantises weights.</summary>
    /// <param name="weights">Numbers whose output channel is index / <paramref name="inner"/> modulo <paramref name="channels"/>.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="inner">Neighbouring numbers of one channel: all of them of a convolution, 1 of the columns of a matrix.</param>
    /// <param name="bias">One for each channel; empty without.</param>
    /// <param name="inputScale">The scale of what is multiplied by the weights.</param>
    /// <param name="reduceRange">Whether -63..63 is used in place of -127..127.</param>
    public static (sbyte[] Values, float[] Scales) Quantize(ReadOnlySpan<float> weights, int channels, int inner, ReadOnlySpan<float> bias, float inputScale, bool reduceRange)
    {
        int most = reduceRange ? 63 : 127;
        float[] scales = new float[channels];
        for (int i = 0; i < weights.Length; i++)
        {
            int channel = i / inner % channels;
            scales[channel] = Math.Max(scales[channel], Math.Abs(weights[i]) / most);
        }

        for (int channel = 0; channel < channels; channel++)
        {
            float forBias = bias.IsEmpty ? 0 : Math.Abs(bias[channel]) / inputScale / LargestBias;
            scales[channel] = Math.Max(scales[channel], forBias) is var scale && scale >= 1e-30f ? scale : 1;
        }

        sbyte[] values = new sbyte[weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            values[i] = (sbyte)Math.Clamp(MathF.Round(weights[i] / scales[i / inner % channels]), -most, most);
        }

        return (values, scales);
    }

    /// <summary>The bias in the unit of the products: input scale times weight scale.</summary>
    public static (int[] Values, float[] Scales) QuantizeBias(ReadOnlySpan<float> bias, float[] weightScales, float inputScale)
    {
        (int[] values, float[] scales) = (new int[bias.Length], new float[bias.Length]);
        for (int i = 0; i < bias.Length; i++)
        {
            scales[i] = weightScales[i] * inputScale;
            values[i] = (int)Math.Round((double)bias[i] / scales[i]);
        }

        return (values, scales);
    }
}
