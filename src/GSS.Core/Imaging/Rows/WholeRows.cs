namespace GSS.Core;

/// <summary>Rows of a picture that cannot be read row by row, such as one that its orientation turns: it is read as a whole when the first row is asked for.</summary>
internal sealed class WholeRows(int width, int height, long heldBytes, Func<RgbImage> read) : ImageRows(width, height)
{
    private RgbImage? _image;
    private int _next;

    /// <summary>Rows of a picture in memory.</summary>
    public WholeRows(RgbImage image)
        : this(image.Width, image.Height, 0, () => image)
    {
    }

    public override long HeldBytes => heldBytes;

    public override void Read(Span<byte> rgb)
    {
        _image ??= read();
        _image.Pixels.Slice(3 * Width * _next++, 3 * Width).CopyTo(rgb);
    }
}
