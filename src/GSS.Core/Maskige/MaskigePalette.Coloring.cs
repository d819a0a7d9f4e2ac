using System.Buffers;

namespace GSS.Core;

/// <content>X and X⁻¹ of GSS-FF: from class ids to colours and back by the nearest colour.</content>
public sealed partial class MaskigePalette
{
    private readonly SearchValues<byte> _knownIds;
    private readonly float[] _red;
    private readonly float[] _green;
    private readonly float[] _blue;

    /// <summary>X: the maskige of a label map. Void pixels get <see cref="VoidColor"/>.</summary>
    /// <param name="labels">Class ids 0..K-1 and void.</param>
    /// <exception cref="SegmentationDataException">A class id is K or more and not void.</exception>
    public RgbImage Colorize(LabelMap labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ThrowIfUnknown(labels.Ids);
        var image = new RgbImage(labels.Width, labels.Height);
        Span<byte> pixels = image.Pixels;
        ReadOnlySpan<byte> ids = labels.Ids;
        for (int i = 0; i < ids.Length; i++)
        {
            RgbColor color = ids[i] == LabelMap.Void ? VoidColor : _colors[ids[i]];
            pixels[3 * i] = color.R;
            pixels[(3 * i) + 1] = color.G;
            pixels[(3 * i) + 2] = color.B;
        }

        return image;
    }

    /// <summary>X in the form that networks take: three planes of colours in 0..1, red first. Void pixels get <see cref="VoidColor"/>.</summary>
    /// <param name="ids">n class ids 0..K-1 and void.</param>
    /// <param name="planarRgb01">Filled with [3, n] values in 0..1.</param>
    /// <exception cref="ArgumentException"><paramref name="planarRgb01"/> does not hold 3 × n values.</exception>
    /// <exception cref="SegmentationDataException">A class id is K or more and not void.</exception>
    public void Colorize(ReadOnlySpan<byte> ids, Span<float> planarRgb01)
    {
        ThrowIfNotThreePlanes(planarRgb01.Length, ids.Length, nameof(planarRgb01));
        ThrowIfUnknown(ids);
        Span<float> table = stackalloc float[256];
        for (int channel = 0; channel < 3; channel++)
        {
            FillTable(table, channel);
            Span<float> plane = planarRgb01.Slice(channel * ids.Length, ids.Length);
            for (int i = 0; i < plane.Length; i++)
            {
                plane[i] = table[ids[i]];
            }
        }
    }

    /// <summary>X⁻¹: the class whose colour is nearest by squared Euclidean distance; of equally near ones the lowest (reference: GSS-FF, its void row left out).</summary>
    /// <param name="planarRgb">[3, n] colours in 0..255, red first. A pixel with a value that is not a number becomes class 0.</param>
    /// <param name="ids">Filled with n class ids 0..K-1.</param>
    /// <exception cref="ArgumentException"><paramref name="planarRgb"/> does not hold 3 × n values.</exception>
    public void Decode(ReadOnlySpan<float> planarRgb, Span<byte> ids)
    {
        ThrowIfNotThreePlanes(planarRgb.Length, ids.Length, nameof(planarRgb));
        int n = ids.Length;
        NearestColor.Decode(planarRgb[..n], planarRgb.Slice(n, n), planarRgb[(2 * n)..], _red, _green, _blue, ids);
    }

    /// <summary>X⁻¹ of a picture: the label map of the nearest colours, of the same size. It has no void pixels.</summary>
    /// <param name="maskige">Any picture.</param>
    public LabelMap Decode(RgbImage maskige)
    {
        ArgumentNullException.ThrowIfNull(maskige);
        const int block = 1024;
        byte[] ids = new byte[maskige.Width * maskige.Height];
        Span<float> planes = stackalloc float[3 * block];
        for (int start = 0; start < ids.Length; start += block)
        {
            int count = Math.Min(block, ids.Length - start);
            ReadOnlySpan<byte> pixels = maskige.Pixels.Slice(3 * start, 3 * count);
            Span<float> red = planes[..count], green = planes.Slice(block, count), blue = planes.Slice(2 * block, count);
            for (int i = 0; i < red.Length; i++)
            {
                red[i] = pixels[3 * i];
                green[i] = pixels[(3 * i) + 1];
                blue[i] = pixels[(3 * i) + 2];
            }

            NearestColor.Decode(red, green, blue, _red, _green, _blue, ids.AsSpan(start, count));
        }

        return new LabelMap(maskige.Width, maskige.Height, ids);
    }

    private static (SearchValues<byte> Known, float[] Red, float[] Green, float[] Blue) Tables(RgbColor[] colors) =>
        (SearchValues.Create([.. Enumerable.Range(0, colors.Length).Select(i => (byte)i), LabelMap.Void]),
         [.. colors.Select(c => (float)c.R)], [.. colors.Select(c => (float)c.G)], [.. colors.Select(c => (float)c.B)]);

    private static void ThrowIfNotThreePlanes(int found, int pixels, string name)
    {
        if (found != 3L * pixels)
        {
            throw new ArgumentException($"Found {found} colour values for {pixels} pixels, expected {3L * pixels}: three planes of one value a pixel.", name);
        }
    }

    private void FillTable(Span<float> table, int channel)
    {
        float[] values = channel switch { 0 => _red, 1 => _green, _ => _blue };
        for (int i = 0; i < values.Length; i++)
        {
            table[i] = values[i] / 255f;
        }

        table[LabelMap.Void] = (channel switch { 0 => VoidColor.R, 1 => VoidColor.G, _ => VoidColor.B }) / 255f;
    }

    private void ThrowIfUnknown(ReadOnlySpan<byte> ids)
    {
        int first = ids.IndexOfAnyExcept(_knownIds);
        if (first >= 0)
        {
            throw new SegmentationDataException(
                $"Found class id {ids[first]} in {ids.Count(ids[first])} pixels, expected 0..{Count - 1} or {LabelMap.Void} (void) for a palette of {Count} colours: "
                + "read the label map with the SegmentationClasses that the palette was made for.");
        }
    }
}
