using GSS.Core;

namespace GSS.Onnx;

/// <summary>Scores an image window by window and adds up what the windows say of each pixel.</summary>
internal sealed class WindowedScoring(LatentPriorModel prior, MaskigeDecoder decoder, SlidingWindow window, int classCount, int? shortSide)
{
    /// <summary>Whether an image is larger than one window.</summary>
    public bool AppliesTo(RgbImage image)
    {
        (int width, int height) = WorkingSize.Of(image.Width, image.Height, shortSide);
        return width > window.Size || height > window.Size;
    }

    /// <summary>The label map at the size of the image. Takes K × 4 bytes a pixel.</summary>
    public LabelMap Predict(RgbImage image)
    {
        (int width, int height) = WorkingSize.Require(image.Width, image.Height, shortSide);
        long numbers = (long)classCount * width * height;
        if (numbers > Array.MaxLength)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Found {width}x{height} pixels to score in windows for {classCount} classes, whose sums take {numbers * sizeof(float) / 1e9:F1} GB, expected at most {Array.MaxLength * (double)sizeof(float) / 1e9:F1}: cut the image into parts, or resize it."));
        }

        RgbImage working = image.Resize(width, height);
        float[] sums = new float[numbers];
        foreach ((int left, int top, int boxWidth, int boxHeight) in window.Boxes(width, height))
        {
            LatentTokens tokens = prior.PredictUnresized(Crop(working, left, top, boxWidth, boxHeight));
            decoder.AddScores(tokens, sums, width, left, top);
        }

        byte[] classes = new byte[width * height];
        TokenChoice.ChooseClasses(sums, classes);
        return new LabelMap(width, height, classes).Resize(image.Width, image.Height);
    }

    private static RgbImage Crop(RgbImage image, int left, int top, int width, int height)
    {
        var crop = new RgbImage(width, height);
        for (int y = 0; y < height; y++)
        {
            image.Pixels.Slice(3 * (((top + y) * image.Width) + left), 3 * width).CopyTo(crop.Pixels[(3 * y * width)..]);
        }

        return crop;
    }
}
