using SkiaSharp;

namespace GSS.Core;

/// <summary>Rows of a picture that is stored turned or mirrored, upright: the whole of it is read when the first row is asked for.</summary>
internal sealed class TurnedRows(ImageRows stored, int width, int height, SKEncodedOrigin origin) : ImageRows(width, height)
{
    private RgbImage? _upright;
    private int _next;

    /// <summary>The stored picture and the upright one.</summary>
    public override long HeldBytes => stored.HeldBytes + (6L * Width * Height);

    public override void Read(Span<byte> rgb)
    {
        _upright ??= Orientation.ToUprightRgb(stored.ReadAll().Pixels, stored.Width, stored.Height, origin, channels: 3);
        _upright.Pixels.Slice(3 * Width * _next++, 3 * Width).CopyTo(rgb);
    }

    public override void Dispose() => stored.Dispose();
}
