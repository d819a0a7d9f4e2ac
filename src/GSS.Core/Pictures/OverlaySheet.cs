namespace GSS.Core;

/// <summary>
/// A picture for looking at results: one row for each photograph with truth, maskige and prediction side by side,
/// and below them a legend with the colours and names of the classes that occur.
/// </summary>
/// <remarks>Text is drawn with a font of the library's own (ASCII), so no font needs to be installed. Not thread-safe.</remarks>
[TypeFormatterSource(typeof(OverlaySheetHtml))]
public sealed class OverlaySheet
{
    private const int Margin = 8;
    private static readonly string[] ColumnNames = ["image", "truth", "maskige", "prediction"];
    private static readonly RgbColor Paper = new(255, 255, 255);
    private static readonly RgbColor Ink = new(32, 32, 32);

    private readonly SegmentationClasses _classes;
    private readonly double _opacity;
    private readonly int _largestPanelWidth;
    private readonly List<(string Title, RgbImage?[] Panels)> _rows = [];
    private readonly bool[] _occurs = new bool[256];

    /// <summary>Begins an empty sheet.</summary>
    /// <param name="classes">Names and display colours.</param>
    /// <param name="opacity">How much of the class colours shows over the photograph, 0..1. The default value is 0.6.</param>
    /// <param name="panelWidth">The largest width of one picture; larger ones are reduced. The default value is 480, at least 32.</param>
    public OverlaySheet(SegmentationClasses classes, double opacity = 0.6, int panelWidth = 480)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentOutOfRangeException.ThrowIfLessThan(panelWidth, 32);
        if (!(opacity is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(opacity), opacity, "The opacity must be 0 to 1.");
        }

        _classes = classes;
        _opacity = opacity;
        _largestPanelWidth = panelWidth;
    }

    /// <summary>How many rows there are.</summary>
    public int RowCount => _rows.Count;

    /// <summary>Adds a row. What is left out leaves its place empty; a column that no row fills is not drawn.</summary>
    /// <param name="image">The photograph.</param>
    /// <param name="truth">Its label map, of the same size; painted over the photograph.</param>
    /// <param name="maskige">The predicted maskige, of any size.</param>
    /// <param name="prediction">The predicted label map, of the photograph's size; painted over the photograph.</param>
    /// <param name="title">A line above the row, such as the file name and its mIoU.</param>
    /// <exception cref="ArgumentException">A label map has another size than the photograph, or an id that is no class.</exception>
    public void AddRow(RgbImage image, LabelMap? truth = null, RgbImage? maskige = null, LabelMap? prediction = null, string title = "")
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(title);
        int width = Math.Min(image.Width, _largestPanelWidth);
        int height = Math.Max(1, (int)Math.Round((double)image.Height * width / image.Width));
        RgbImage small = image.Resize(width, height);
        _rows.Add((title, [small, Paint(truth, nameof(truth)), maskige?.ResizeNearest(width, height), Paint(prediction, nameof(prediction))]));

        RgbImage? Paint(LabelMap? labels, string parameter)
        {
            if (labels is null)
            {
                return null;
            }

            if (labels.Width != image.Width || labels.Height != image.Height)
            {
                throw new ArgumentException($"The label map is {labels.Width}x{labels.Height} but its photograph is {image.Width}x{image.Height}, expected one size.", parameter);
            }

            RgbImage painted = Overlay.Draw(small, labels.Resize(width, height), _classes, _opacity);
            foreach (byte id in labels.Ids)
            {
                _occurs[id] = true;
            }

            return painted;
        }
    }

    /// <summary>Draws the sheet.</summary>
    /// <exception cref="InvalidOperationException">There is no row.</exception>
    public RgbImage Draw()
    {
        if (_rows.Count == 0)
        {
            throw new InvalidOperationException("The overlay sheet has no rows, expected at least one: call AddRow first.");
        }

        int[] columns = [.. Enumerable.Range(0, ColumnNames.Length).Where(column => _rows.Any(row => row.Panels[column] is not null))];
        int panelWidth = _rows.Max(row => row.Panels[0]!.Width);
        int scale = panelWidth >= 240 ? 2 : 1;
        int line = (BitmapFont.Height + 3) * scale;
        int width = Margin + (columns.Length * (panelWidth + Margin));
        var legend = new OverlayLegend(_classes, _occurs, width - (2 * Margin), scale);
        int height = Margin + line + _rows.Sum(row => TitleHeight(row.Title, line) + row.Panels[0]!.Height + Margin) + legend.Height + Margin;
        var sheet = new RgbImage(width, height);
        sheet.Pixels.Fill(Paper.R);

        int top = Margin;
        for (int i = 0; i < columns.Length; i++)
        {
            Text(ColumnNames[columns[i]], i, panelWidth);
        }

        top += line;
        foreach ((string title, RgbImage?[] panels) in _rows)
        {
            if (title.Length > 0)
            {
                Text(title, 0, width - (2 * Margin));
                top += line;
            }

            for (int i = 0; i < columns.Length; i++)
            {
                if (panels[columns[i]] is { } panel)
                {
                    Canvas.Paste(sheet, panel, Left(i), top);
                }
            }

            top += panels[0]!.Height + Margin;
        }

        legend.Draw(sheet, Margin, top, Ink);
        return sheet;

        int Left(int column) => Margin + (column * (panelWidth + Margin));

        void Text(string text, int column, int space) => BitmapFont.Draw(sheet, BitmapFont.Fit(text, space, scale), Left(column), top, Ink, scale);
    }

    /// <summary>Draws the sheet and saves it as a PNG file, whole or not at all.</summary>
    /// <param name="path">The file to make or to replace.</param>
    /// <exception cref="InvalidOperationException">There is no row.</exception>
    /// <exception cref="IOException">The file cannot be written; nothing of it is left behind.</exception>
    public void SavePng(string path) => ImageWriter.SavePng(Draw(), path);

    /// <inheritdoc/>
    public override string ToString() => $"OverlaySheet of {RowCount} rows";

    private static int TitleHeight(string title, int line) => title.Length > 0 ? line : 0;
}
