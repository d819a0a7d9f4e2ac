using GSS.Core;

namespace GSS.Onnx;

/// <summary>Bilinear resizing of one plane of scores, by the rule of <see cref="RgbImage.Resize"/>.</summary>
internal static class PlaneResize
{
    /// <summary>Resizes a plane.</summary>
    /// <param name="source"><c>[height, width]</c>.</param>
    /// <param name="width">Source width.</param>
    /// <param name="height">Source height.</param>
    /// <param name="target"><c>[targetHeight, targetWidth]</c>, filled.</param>
    /// <param name="targetWidth">Target width.</param>
    /// <param name="targetHeight">Target height.</param>
    public static void Resize(ReadOnlySpan<float> source, int width, int height, Span<float> target, int targetWidth, int targetHeight)
    {
        LinearAxis columns = LinearAxis.Make(width, targetWidth), rows = LinearAxis.Make(height, targetHeight);
        for (int y = 0; y < targetHeight; y++)
        {
            ReadOnlySpan<float> above = source.Slice(rows.First[y] * width, width), below = source.Slice(rows.Second[y] * width, width);
            Span<float> row = target.Slice(y * targetWidth, targetWidth);
            for (int x = 0; x < row.Length; x++)
            {
                (int first, int second, float weight) = (columns.First[x], columns.Second[x], columns.Weight[x]);
                float upper = above[first] + (weight * (above[second] - above[first]));
                float lower = below[first] + (weight * (below[second] - below[first]));
                row[x] = upper + (rows.Weight[y] * (lower - upper));
            }
        }
    }
}
