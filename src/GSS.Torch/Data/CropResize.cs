using System.Buffers;
using GSS.Core;

namespace GSS.Torch;

/// <summary>Where the pixels of a crop come from along one axis, when the crop lies in a scaled picture.</summary>
internal readonly struct CropAxis
{
    /// <summary>Works out one axis.</summary>
    /// <param name="start">The crop's first pixel in the scaled picture.</param>
    /// <param name="length">The crop's pixels.</param>
    /// <param name="sourceSize">The picture's own size.</param>
    /// <param name="scaledSize">The picture's size after scaling.</param>
    /// <param name="reversed">Mirror the crop.</param>
    /// <param name="alignCentres">Whether labels are taken where photographs are, at the centres of pixels; the reference takes floor(scaled index × source size / scaled size), half a pixel beside.</param>
    public CropAxis(int start, int length, int sourceSize, int scaledSize, bool reversed, bool alignCentres = true)
    {
        Nearest = new int[length];
        Lower = new int[length];
        Upper = new int[length];
        UpperWeight = new float[length];
        double ratio = (double)sourceSize / scaledSize;
        for (int i = 0; i < length; i++)
        {
            int scaled = start + (reversed ? length - 1 - i : i);
            Nearest[i] = (int)(alignCentres ? ((2L * scaled) + 1) * sourceSize / (2L * scaledSize) : (long)scaled * sourceSize / scaledSize);
            double position = Math.Max(0, ((scaled + 0.5) * ratio) - 0.5);
            Lower[i] = Math.Min((int)position, sourceSize - 1);
            Upper[i] = Math.Min(Lower[i] + 1, sourceSize - 1);
            UpperWeight[i] = (float)(position - Lower[i]);
        }
    }

    /// <summary>The source pixel of nearest neighbour: floor((scaled index + 0.5) × source size / scaled size).</summary>
    public int[] Nearest { get; }

    /// <summary>The lower of the two source pixels of bilinear interpolation (half-pixel convention).</summary>
    public int[] Lower { get; }

    /// <summary>The upper one.</summary>
    public int[] Upper { get; }

    /// <summary>The upper one's weight.</summary>
    public float[] UpperWeight { get; }
}

/// <summary>Bilinear resizing of a crop alone.</summary>
internal static class CropResize
{
    /// <summary>Fills a crop, RGB interleaved, values rounded to bytes.</summary>
    public static void Bilinear(RgbImage image, in CropAxis columns, in CropAxis rows, Span<byte> target)
    {
        int length = 3 * columns.Lower.Length;
        float[] rented = ArrayPool<float>.Shared.Rent(2 * length);
        Span<float> lower = rented.AsSpan(0, length), upper = rented.AsSpan(length, length);
        int lowerRow = -1, upperRow = -1;
        for (int y = 0; y < rows.Lower.Length; y++)
        {
            // Enlarging meets the same source rows again and again, so the two last ones are kept.
            if (rows.Lower[y] != lowerRow)
            {
                if (rows.Lower[y] == upperRow)
                {
                    upper.CopyTo(lower);
                }
                else
                {
                    InterpolateRow(image, rows.Lower[y], columns, lower);
                }

                lowerRow = rows.Lower[y];
            }

            if (rows.Upper[y] != upperRow)
            {
                InterpolateRow(image, rows.Upper[y], columns, upper);
                upperRow = rows.Upper[y];
            }

            float weight = rows.UpperWeight[y];
            Span<byte> result = target.Slice(y * length, length);
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = (byte)(lower[i] + ((upper[i] - lower[i]) * weight) + 0.5f);
            }
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    private static void InterpolateRow(RgbImage image, int row, in CropAxis columns, Span<float> target)
    {
        ReadOnlySpan<byte> source = image.Pixels.Slice(3 * row * image.Width, 3 * image.Width);
        int[] lower = columns.Lower, upper = columns.Upper;
        float[] weights = columns.UpperWeight;
        for (int x = 0, to = 0; x < lower.Length; x++, to += 3)
        {
            ReadOnlySpan<byte> first = source.Slice(3 * lower[x], 3), second = source.Slice(3 * upper[x], 3);
            float weight = weights[x];
            Span<float> result = target.Slice(to, 3);
            result[0] = first[0] + ((second[0] - first[0]) * weight);
            result[1] = first[1] + ((second[1] - first[1]) * weight);
            result[2] = first[2] + ((second[2] - first[2]) * weight);
        }
    }
}
