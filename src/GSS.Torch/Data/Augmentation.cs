using System.Buffers;
using GSS.Core;

namespace GSS.Torch;

/// <summary>
/// The reference's training augmentation: random scale, random crop, mirror, photometric distortion, padding.
/// Only the pixels of the crop are ever resized: the crop is chosen on the label map first.
/// </summary>
internal static class Augmentation
{
    /// <summary>How often a crop that one class dominates is drawn again.</summary>
    private const int CropTries = 10;

    /// <summary>The mean colour of ImageNet, which normalisation turns into 0: the padding of images.</summary>
    private static readonly float[] MeanColor = [123.675f, 116.28f, 103.53f];

    /// <summary>Draws one training sample.</summary>
    /// <param name="image">The photograph.</param>
    /// <param name="labels">Its label map, of the same size.</param>
    /// <param name="options">What to vary.</param>
    /// <param name="random">The sample's own generator.</param>
    /// <param name="planarRgb">Receives the image, [3, CropHeight, CropWidth], RGB, 0..255.</param>
    /// <param name="ids">Receives the labels, [CropHeight, CropWidth]; void where the scaled sample is smaller than the crop.</param>
    public static void Apply(RgbImage image, LabelMap labels, AugmentationOptions options, Random random, Span<float> planarRgb, Span<byte> ids)
    {
        double scale = options.MinimumScale + ((options.MaximumScale - options.MinimumScale) * random.NextDouble());
        int scaledWidth = Math.Max(1, (int)((image.Width * scale) + 0.5));
        int scaledHeight = Math.Max(1, (int)((image.Height * scale) + 0.5));
        int width = Math.Min(options.CropWidth, scaledWidth), height = Math.Min(options.CropHeight, scaledHeight);
        (int left, int top) = ChooseCrop(labels, options, random, scaledWidth, scaledHeight, width, height);
        bool flip = options.Flip && random.Next(2) == 1;
        var columns = new CropAxis(left, width, image.Width, scaledWidth, flip, options.AlignCentres);
        var rows = new CropAxis(top, height, image.Height, scaledHeight, reversed: false, options.AlignCentres);

        byte[] rented = ArrayPool<byte>.Shared.Rent(3 * width * height);
        Span<byte> pixels = rented.AsSpan(0, 3 * width * height);
        CropResize.Bilinear(image, columns, rows, pixels);
        if (options.PhotometricDistortion)
        {
            PhotometricDistortion.Apply(pixels, random);
        }

        WriteImage(pixels, width, height, options, planarRgb);
        ArrayPool<byte>.Shared.Return(rented);

        ids.Fill(LabelMap.Void);
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> source = labels.Ids.Slice(rows.Nearest[y] * labels.Width, labels.Width);
            Span<byte> target = ids.Slice(y * options.CropWidth, width);
            for (int x = 0; x < target.Length; x++)
            {
                target[x] = source[columns.Nearest[x]];
            }
        }
    }

    private static (int Left, int Top) ChooseCrop(LabelMap labels, AugmentationOptions options, Random random, int scaledWidth, int scaledHeight, int width, int height)
    {
        for (int attempt = 0; ; attempt++)
        {
            int left = random.Next(scaledWidth - width + 1), top = random.Next(scaledHeight - height + 1);
            if (options.MaximumClassShare >= 1 || attempt == CropTries || IsVaried(labels, options, left, top, width, height, scaledWidth, scaledHeight))
            {
                return (left, top);
            }
        }
    }

    /// <summary>Whether a crop shows two classes at least and none of them covers too much of its labelled pixels.</summary>
    private static bool IsVaried(LabelMap labels, AugmentationOptions options, int left, int top, int width, int height, int scaledWidth, int scaledHeight)
    {
        var columns = new CropAxis(left, width, labels.Width, scaledWidth, reversed: false, options.AlignCentres);
        var rows = new CropAxis(top, height, labels.Height, scaledHeight, reversed: false, options.AlignCentres);
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (int y in rows.Nearest)
        {
            ReadOnlySpan<byte> source = labels.Ids.Slice(y * labels.Width, labels.Width);
            foreach (int x in columns.Nearest)
            {
                counts[source[x]]++;
            }
        }

        int present = 0, largest = 0, sum = 0;
        foreach (int count in counts[..LabelMap.Void])
        {
            present += count > 0 ? 1 : 0;
            largest = Math.Max(largest, count);
            sum += count;
        }

        return present > 1 && largest < options.MaximumClassShare * sum;
    }

    private static void WriteImage(ReadOnlySpan<byte> pixels, int width, int height, AugmentationOptions options, Span<float> planarRgb)
    {
        int plane = options.CropWidth * options.CropHeight;
        for (int channel = 0; channel < 3; channel++)
        {
            Span<float> target = planarRgb.Slice(channel * plane, plane);
            if (width < options.CropWidth || height < options.CropHeight)
            {
                target.Fill(MeanColor[channel]);
            }

            for (int y = 0; y < height; y++)
            {
                ReadOnlySpan<byte> source = pixels.Slice(3 * y * width, 3 * width);
                Span<float> row = target.Slice(y * options.CropWidth, width);
                for (int x = 0, from = channel; x < row.Length; x++, from += 3)
                {
                    row[x] = source[from];
                }
            }
        }
    }
}
