namespace GSS.Torch;

/// <summary>
/// Brightness by -32..32, contrast by 0.5..1.5 (before or after the colours), saturation by 0.5..1.5 and hue by -36..34 degrees, each every second time;
/// values are cut to bytes after each step (reference: PhotoMetricDistortion).
/// </summary>
internal static class PhotometricDistortion
{
    /// <summary>Distorts pixels in place.</summary>
    /// <param name="pixels">RGB interleaved.</param>
    /// <param name="random">The sample's own generator.</param>
    public static void Apply(Span<byte> pixels, Random random)
    {
        if (Chance(random))
        {
            Linear(pixels, 1, Between(random, -32, 32));
        }

        bool contrastFirst = Chance(random);
        bool changeContrast = Chance(random);
        double contrast = Between(random, 0.5, 1.5);
        if (contrastFirst && changeContrast)
        {
            Linear(pixels, contrast, 0);
        }

        if (Chance(random))
        {
            Saturate(pixels, (float)Between(random, 0.5, 1.5));
        }

        if (Chance(random))
        {
            // The reference counts hue in 180 steps of two degrees, -18 to 17.
            TurnHue(pixels, random.Next(-18, 18) / 30f);
        }

        if (!contrastFirst && changeContrast)
        {
            Linear(pixels, contrast, 0);
        }
    }

    /// <summary>value × factor + offset, cut to bytes.</summary>
    internal static void Linear(Span<byte> pixels, double factor, double offset)
    {
        Span<byte> table = stackalloc byte[256];
        for (int value = 0; value < table.Length; value++)
        {
            table[value] = (byte)Math.Clamp((value * factor) + offset, 0, 255);
        }

        foreach (ref byte value in pixels)
        {
            value = table[value];
        }
    }

    /// <summary>Multiplies the saturation of HSV: hue and the largest channel stay, the other two move towards or away from it.</summary>
    internal static void Saturate(Span<byte> pixels, float factor)
    {
        for (int i = 0; i + 2 < pixels.Length; i += 3)
        {
            Span<byte> pixel = pixels.Slice(i, 3);
            int value = Math.Max(pixel[0], Math.Max(pixel[1], pixel[2]));
            int chroma = value - Math.Min(pixel[0], Math.Min(pixel[1], pixel[2]));
            if (chroma == 0)
            {
                continue;
            }

            // Full saturation is where the smallest channel reaches 0.
            float spread = Math.Min(factor, (float)value / chroma);
            pixel[0] = (byte)(value - ((value - pixel[0]) * spread) + 0.5f);
            pixel[1] = (byte)(value - ((value - pixel[1]) * spread) + 0.5f);
            pixel[2] = (byte)(value - ((value - pixel[2]) * spread) + 0.5f);
        }
    }

    /// <summary>Turns the hue of HSV; the largest and the smallest channel keep their values.</summary>
    /// <param name="pixels">RGB interleaved.</param>
    /// <param name="sextants">The angle in units of 60 degrees, more than -6.</param>
    internal static void TurnHue(Span<byte> pixels, float sextants)
    {
        for (int i = 0; i + 2 < pixels.Length; i += 3)
        {
            Span<byte> pixel = pixels.Slice(i, 3);
            int red = pixel[0], green = pixel[1], blue = pixel[2];
            int value = Math.Max(red, Math.Max(green, blue));
            int chroma = value - Math.Min(red, Math.Min(green, blue));
            if (chroma == 0)
            {
                continue;
            }

            float hue = sextants + (value == red ? (float)(green - blue) / chroma
                : value == green ? 2 + ((float)(blue - red) / chroma)
                : 4 + ((float)(red - green) / chroma));
            hue += hue < 0 ? 6 : 0;
            hue -= hue >= 6 ? 6 : 0;
            pixel[0] = Channel(hue + 5);
            pixel[1] = Channel(hue + 3);
            pixel[2] = Channel(hue + 1);

            // The usual closed form of HSV to RGB: value - chroma × clamp(min(k, 4 - k), 0, 1) with k = (n + hue) mod 6.
            byte Channel(float k)
            {
                k -= k >= 6 ? 6 : 0;
                return (byte)(value - (chroma * Math.Clamp(Math.Min(k, 4 - k), 0, 1)) + 0.5f);
            }
        }
    }

    private static bool Chance(Random random) => random.Next(2) == 1;

    private static double Between(Random random, double least, double most) => least + ((most - least) * random.NextDouble());
}
