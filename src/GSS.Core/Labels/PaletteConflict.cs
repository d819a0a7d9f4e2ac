namespace GSS.Core;

/// <summary>An index of a palette file that means one class and has the colour of another: an editor has put the palette into another order.</summary>
/// <param name="Path">The file.</param>
/// <param name="Index">The index.</param>
/// <param name="Meant">What the index means, a class id or void.</param>
/// <param name="Shown">Whose colour it has.</param>
internal sealed record PaletteConflict(string Path, int Index, byte Meant, byte Shown)
{
    /// <summary>The lowest such index that has pixels, or null.</summary>
    public static PaletteConflict? Find(PngImage png, string path, SegmentationClasses classes)
    {
        if (png.Header.ColorType != PngColorType.Palette || classes.ColorMap is not null || classes.HasDefaultColors || classes.FindColorLookup() is not { } lookup)
        {
            return null;
        }

        for (int index = 0; index < png.Palette.Length; index++)
        {
            byte meant = classes.IdOfValue[index];
            if (lookup.TryGetValue(png.Palette[index], out byte shown) && shown != meant && shown != LabelMap.Void && png.Samples.AsSpan().Contains((byte)index))
            {
                return new(path, index, meant, shown);
            }
        }

        return null;
    }
}
