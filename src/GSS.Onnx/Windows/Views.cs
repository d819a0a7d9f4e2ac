using GSS.Core;

namespace GSS.Onnx;

/// <summary>Scores a picture in the views of test-time augmentation, each brought back to where the picture's pixels are.</summary>
internal sealed class Views(IPixelScores model, TestTimeAugmentation? augmentation)
{
    private readonly IReadOnlyList<double> _scales = augmentation?.Scales ?? [1];

    /// <summary>The pixels of the largest view of a picture.</summary>
    public long LargestView(int width, int height) => _scales.Max(scale => (long)Size(width, scale) * Size(height, scale));

    /// <summary>Scores a picture.</summary>
    /// <param name="picture">At its working size.</param>
    /// <param name="add">Takes a class and <c>[H, W]</c> of scores, several times for each class.</param>
    public void Score(RgbImage picture, Action<int, ReadOnlySpan<float>> add)
    {
        foreach (double scale in _scales)
        {
            Score(picture, scale, mirror: false, add);
            if (augmentation is { Flip: true })
            {
                Score(picture, scale, mirror: true, add);
            }
        }
    }

    private static int Size(int length, double scale) => Math.Max(1, (int)Math.Round(length * scale, MidpointRounding.AwayFromZero));

    private void Score(RgbImage picture, double scale, bool mirror, Action<int, ReadOnlySpan<float>> add)
    {
        (int width, int height) = (Size(picture.Width, scale), Size(picture.Height, scale));
        RgbImage view = (mirror ? Mirror(picture) : picture).Resize(width, height);
        float[] back = view.Width == picture.Width && view.Height == picture.Height && !mirror ? [] : new float[picture.Width * picture.Height];
        model.Score(view, byConfidence: augmentation is not null, (id, plane) =>
        {
            if (back.Length == 0)
            {
                add(id, plane);
                return;
            }

            PlaneResize.Resize(plane, width, height, back, picture.Width, picture.Height);
            for (int y = 0; mirror && y < picture.Height; y++)
            {
                back.AsSpan(y * picture.Width, picture.Width).Reverse();
            }

            add(id, back);
        });
    }

    private static RgbImage Mirror(RgbImage picture)
    {
        var mirrored = new RgbImage(picture.Width, picture.Height);
        for (int i = 0; i < picture.Width * picture.Height; i++)
        {
            int x = i % picture.Width;
            picture.Pixels.Slice(3 * (i + picture.Width - 1 - (2 * x)), 3).CopyTo(mirrored.Pixels[(3 * i)..]);
        }

        return mirrored;
    }
}
