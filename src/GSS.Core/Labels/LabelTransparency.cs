namespace GSS.Core;

/// <summary>The alpha channel of a label file: a transparent pixel carries no label, a half-transparent one is the trace of smoothing.</summary>
internal static class LabelTransparency
{
    /// <summary>Makes transparent pixels void.</summary>
    /// <exception cref="SegmentationDataException">Pixels are neither opaque nor transparent.</exception>
    public static void Apply(PngImage png, string name, byte[] ids)
    {
        if (png.Header.ColorType is not (PngColorType.GreyAlpha or PngColorType.Rgba))
        {
            return;
        }

        int bytesPerSample = png.Header.BitDepth / 8;
        int bytesPerPixel = png.Header.SamplesPerPixel * bytesPerSample;
        int halfTransparent = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            ReadOnlySpan<byte> alpha = png.Samples.AsSpan(((i + 1) * bytesPerPixel) - bytesPerSample, bytesPerSample);
            if (!alpha.ContainsAnyExcept((byte)0))
            {
                ids[i] = LabelMap.Void;
            }
            else if (alpha.ContainsAnyExcept((byte)255))
            {
                halfTransparent++;
            }
        }

        if (halfTransparent > 0)
        {
            throw new SegmentationDataException(
                $"Label map '{name}' has {halfTransparent} half-transparent pixels, expected each to be opaque, or transparent for void: save it without smoothing or alpha channel.");
        }
    }
}
