using GSS.Core;

namespace GSS.Onnx;

/// <summary>
/// Scores an image in windows, in views, or both, and adds up what they say of each pixel. Only a band of rows as high as a window is in memory: rows that no window
/// reaches any more are decided and given out.
/// </summary>
internal sealed class WindowedScoring(IPixelScores model, SlidingWindow? window, TestTimeAugmentation? augmentation, int? shortSide)
{
    private readonly Views _views = new(model, augmentation);

    /// <summary>Whether an image of a size is scored so; a smaller one than a window is scored whole.</summary>
    public bool AppliesTo(int imageWidth, int imageHeight)
    {
        (int width, int height) = WorkingSize.Of(imageWidth, imageHeight, shortSide);
        return augmentation is not null || (window is not null && (width > window.Size || height > window.Size));
    }

    /// <summary>The label map at the size of the image.</summary>
    public LabelMap Predict(RgbImage image)
    {
        byte[] ids = new byte[(long)image.Width * image.Height];
        int y = 0;
        Predict(new WholeRows(image), row => row.CopyTo(ids.AsSpan(image.Width * y++)));
        return new LabelMap(image.Width, image.Height, ids);
    }

    /// <summary>Scores rows of a photograph to rows of its label map.</summary>
    /// <param name="image">The photograph; none of its rows were read.</param>
    /// <param name="give">Takes the rows of the label map, from top to bottom.</param>
    /// <param name="progress">Is told after each window.</param>
    /// <param name="cancellationToken">Ends it between two windows.</param>
    /// <exception cref="ArgumentException">The image is too narrow, or more memory is needed than there is.</exception>
    public void Predict(ImageRows image, Action<ReadOnlySpan<byte>> give, IProgress<ScoringProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        (int width, int height) = WorkingSize.Require(image.Width, image.Height, shortSide);
        (int Left, int Top, int Width, int Height)[] boxes = window is null ? [(0, 0, width, height)] : [.. window.Boxes(width, height)];
        (int boxWidth, int boxHeight) = (boxes[0].Width, boxes[0].Height);
        RequireMemory(image, width, height, boxWidth, boxHeight);

        var pixels = new PixelBand((width, height) == (image.Width, image.Height) ? image : new ResizedRows(image, width, height), boxHeight);
        var sums = new ScoreBand(model.ClassCount, width, boxHeight);
        float[]? weights = WeightsOf(boxWidth, boxHeight);
        var resized = new NearestRows(width, height, image.Width, image.Height, give);
        byte[] labels = new byte[width];
        var crop = new RgbImage(boxWidth, boxHeight);
        for (int i = 0; i < boxes.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (int left, int top, _, _) = boxes[i];
            if (i == 0 || top > sums.Top)
            {
                GiveUntil(top);
                sums.MoveTo(top);
                pixels.MoveTo(top);
            }

            pixels.CopyTo(left, crop);
            _views.Score(crop, (id, plane) => Add(id, plane, left));
            progress?.Report(new ScoringProgress(i + 1, boxes.Length));
        }

        GiveUntil(height);

        void GiveUntil(int end)
        {
            for (int y = sums.Top; y < end; y++)
            {
                sums.Choose(y, labels);
                resized.Take(y, labels);
            }
        }

        void Add(int id, ReadOnlySpan<float> plane, int left)
        {
            for (int y = 0; y < boxHeight; y++)
            {
                int start = y * boxWidth;
                sums.Add(id, sums.Top + y, left, plane.Slice(start, boxWidth), weights is null ? [] : weights.AsSpan(start, boxWidth));
            }
        }
    }

    private float[]? WeightsOf(int boxWidth, int boxHeight)
    {
        if (window?.Weights(boxWidth) is not { } across || window.Weights(boxHeight) is not { } down)
        {
            return null;
        }

        float[] weights = new float[boxWidth * boxHeight];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = across[i % boxWidth] * down[i / boxWidth];
        }

        return weights;
    }

    private void RequireMemory(ImageRows image, int width, int height, int boxWidth, int boxHeight)
    {
        long sums = (long)sizeof(float) * width * boxHeight * model.ClassCount;
        long pixels = image.HeldBytes + (3L * width * boxHeight);
        long network = _views.LargestView(boxWidth, boxHeight) * model.BytesPerPixel;
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

        // Rows so long that an array cannot hold a band of them are refused as if memory could not.
        new ScoringMemory(sums, pixels, network).Require(
            $"{width}x{height} pixels to score for {model.ClassCount} classes {(window is null ? "in one piece" : $"in windows of {boxWidth}x{boxHeight}")}",
            window is null ? $"score it in windows ({nameof(ScoringOptions)}.{nameof(ScoringOptions.Window)}), or resize it ({nameof(ScoringOptions.ShortSide)})"
                : $"take a smaller {nameof(SlidingWindow.Size)} of the window{(augmentation is null ? "" : $" or smaller {nameof(TestTimeAugmentation.Scales)}")}, or cut the image into narrower parts",
            3L * width * boxHeight > Array.MaxLength ? Math.Min(memory, Array.MaxLength) : memory);
    }
}
