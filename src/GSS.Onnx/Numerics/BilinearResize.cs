using GSS.Core;

namespace GSS.Onnx;

/// <summary>Resizes photographs by PyTorch's bilinear rule with <c>align_corners=false</c> and without antialiasing, rounded to bytes.</summary>
internal static class BilinearResize
{
    /// <summary>The image at another size; the image itself where the size is the same.</summary>
    public static RgbImage To(RgbImage image, int width, int height)
    {
        if (image.Width == width && image.Height == height)
        {
            return image;
        }

        (int[] left, int[] right, float[] columnShare) = Taps(image.Width, width);
        (int[] above, int[] below, float[] rowShare) = Taps(image.Height, height);
        var resized = new RgbImage(width, height);
        Span<float> mixed = new float[3 * image.Width];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> upper = image.Pixels.Slice(3 * image.Width * above[y], 3 * image.Width);
            ReadOnlySpan<byte> lower = image.Pixels.Slice(3 * image.Width * below[y], 3 * image.Width);
            for (int i = 0; i < mixed.Length; i++)
            {
                mixed[i] = upper[i] + ((lower[i] - upper[i]) * rowShare[y]);
            }

            Span<byte> target = resized.Pixels.Slice(3 * width * y, 3 * width);
            for (int x = 0; x < width; x++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    float a = mixed[(3 * left[x]) + channel];
                    float b = mixed[(3 * right[x]) + channel];
                    target[(3 * x) + channel] = (byte)(a + ((b - a) * columnShare[x]) + 0.5f);
                }
            }
        }

        return resized;
    }

    /// <summary>For each target position the two source positions that it lies between, and the share of the second.</summary>
    private static (int[] First, int[] Second, float[] Share) Taps(int source, int target)
    {
        int[] first = new int[target];
        int[] second = new int[target];
        float[] share = new float[target];
        double scale = (double)source / target;
        for (int i = 0; i < target; i++)
        {
            double position = Math.Max(0, ((i + 0.5) * scale) - 0.5);
            first[i] = Math.Min((int)position, source - 1);
            second[i] = Math.Min(first[i] + 1, source - 1);
            share[i] = (float)(position - first[i]);
        }

        return (first, second, share);
    }
}
