namespace GSS.Core;

/// <summary>The legend of an overlay sheet: a coloured square and the name of each class that occurs, in id order, void last.</summary>
internal sealed class OverlayLegend
{
    private const int Square = BitmapFont.Height;
    private const int Gap = 3;
    private static readonly RgbColor Border = new(128, 128, 128);

    private readonly List<(RgbColor Color, string Name)> _entries = [];
    private readonly int _columns;
    private readonly int _columnWidth;
    private readonly int _scale;

    /// <summary>Lays the legend out.</summary>
    /// <param name="classes">Names and colours.</param>
    /// <param name="occurs">For each id, whether it is listed.</param>
    /// <param name="width">The space it may take.</param>
    /// <param name="scale">The scale of the text.</param>
    public OverlayLegend(SegmentationClasses classes, bool[] occurs, int width, int scale)
    {
        _scale = scale;
        for (int id = 0; id < occurs.Length; id++)
        {
            if (occurs[id])
            {
                _entries.Add(id == LabelMap.Void ? (new(255, 255, 255), "void (not painted)") : (classes.Colors[id], classes.Names[id]));
            }
        }

        int widest = _entries.Count == 0 ? 1 : _entries.Max(entry => BitmapFont.Measure(entry.Name, scale)) + ((Square + (4 * Gap)) * scale);
        _columns = Math.Clamp(width / widest, 1, Math.Max(1, _entries.Count));
        _columnWidth = Math.Min(widest, width);
    }

    /// <summary>The height in pixels; 0 where nothing occurs.</summary>
    public int Height => (_entries.Count + _columns - 1) / _columns * LineHeight;

    private int LineHeight => (Square + Gap) * _scale;

    /// <summary>Draws the legend.</summary>
    public void Draw(RgbImage image, int left, int top, RgbColor ink)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            int x = left + (i % _columns * _columnWidth);
            int y = top + (i / _columns * LineHeight);
            int side = Square * _scale;
            Canvas.Fill(image, x, y, side, side, Border);
            Canvas.Fill(image, x + 1, y + 1, side - 2, side - 2, _entries[i].Color);
            int textLeft = side + (Gap * _scale);
            BitmapFont.Draw(image, BitmapFont.Fit(_entries[i].Name, _columnWidth - textLeft, _scale), x + textLeft, y + _scale, ink, _scale);
        }
    }
}
