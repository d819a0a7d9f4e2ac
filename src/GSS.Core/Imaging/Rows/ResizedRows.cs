namespace GSS.Core;

/// <summary>Rows at another size, the same as <see cref="RgbImage.Resize"/> makes them of the whole picture.</summary>
internal sealed class ResizedRows(ImageRows source, int width, int height) : ImageRows(width, height)
{
    private readonly BilinearRows _rows = new(source.Width, source.Height, channels: 3, width, height);
    private readonly byte[] _row = new byte[3 * source.Width];
    private int _at = -1;
    private int _next;

    public override long HeldBytes => source.HeldBytes;

    public override void Read(Span<byte> rgb)
    {
        (int above, int below) = _rows.Turn(_next);
        if (above >= 0)
        {
            _rows.SetAbove(above, Source(above));
        }

        if (below >= 0)
        {
            _rows.SetBelow(below, Source(below));
        }

        _rows.Mix(_next++, rgb);
    }

    // At the lower edge the last row is asked for twice.
    private byte[] Source(int row)
    {
        for (; _at < row; _at++)
        {
            source.Read(_row);
        }

        return _row;
    }
}
