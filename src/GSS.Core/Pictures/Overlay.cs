namespace GSS.Core;

/// <summary>Paints label maps over photographs.</summary>
public static class Overlay
{
    /// <summary>Paints each pixel's class over the photograph, in the display colours. Void pixels show the photograph.</summary>
    /// <param name="image">The photograph.</param>
    /// <param name="labels">Its label map, of the same size.</param>
    /// <param name="classes">The display colours.</param>
    /// <param name="opacity">How much of the colour shows, 0 (nothing) to 1 (only the colour). The default value is 0.6.</param>
    /// <exception cref="ArgumentException">The sizes differ, or the label map has an id that is no class.</exception>
    public static RgbImage Draw(RgbImage image, LabelMap labels, SegmentationClasses classes, double opacity = 0.6)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        if (!(opacity is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(opacity), opacity, "The opacity must be 0 to 1.");
        }

        if (image.Width != labels.Width || image.Height != labels.Height)
        {
            throw new ArgumentException($"The label map is {labels.Width}x{labels.Height} but its photograph is {image.Width}x{image.Height}, expected one size: resize the label map to it.", nameof(labels));
        }

        var drawn = new RgbImage(image.Width, image.Height);
        int share = (int)Math.Round(opacity * 256);
        ReadOnlySpan<byte> source = image.Pixels;
        Span<byte> target = drawn.Pixels;
        ReadOnlySpan<byte> ids = labels.Ids;
        source.CopyTo(target);
        for (int i = 0, at = 0; i < ids.Length; i++, at += 3)
        {
            byte id = ids[i];
            if (id == LabelMap.Void)
            {
                continue;
            }

            if (id >= classes.Count)
            {
                throw new ArgumentException($"The label map has the id {id}, expected 0 to {classes.Count - 1} or 255 for void: draw it with the classes it was made with.", nameof(labels));
            }

            RgbColor color = classes.Colors[id];
            target[at] = Blend(source[at], color.R, share);
            target[at + 1] = Blend(source[at + 1], color.G, share);
            target[at + 2] = Blend(source[at + 2], color.B, share);
        }

        return drawn;
    }

    private static byte Blend(byte below, byte above, int share) => (byte)(((below * (256 - share)) + (above * share) + 128) >> 8);
}
