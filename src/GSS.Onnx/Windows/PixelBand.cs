using GSS.Core;

namespace GSS.Onnx;

/// <summary>The rows of a photograph that a row of windows covers.</summary>
internal sealed class PixelBand(ImageRows rows, int height)
{
    private readonly byte[] _pixels = new byte[3L * rows.Width * height];
    private int _top;
    private int _end;

    /// <summary>Moves down and reads the rows that are new.</summary>
    public void MoveTo(int top)
    {
        int rowBytes = 3 * rows.Width;
        _pixels.AsSpan(Math.Min((top - _top) * rowBytes, _pixels.Length)).CopyTo(_pixels);
        for (_top = top; _end < top + height; _end++)
        {
            // Rows between windows do not occur: a stride is at most a window's size.
            rows.Read(_pixels.AsSpan((_end - top) * rowBytes, rowBytes));
        }
    }

    /// <summary>Copies a window's pixels.</summary>
    /// <param name="left">Its first column.</param>
    /// <param name="window">As high as the band; filled.</param>
    public void CopyTo(int left, RgbImage window)
    {
        for (int y = 0; y < height; y++)
        {
            _pixels.AsSpan(3 * ((y * rows.Width) + left), 3 * window.Width).CopyTo(window.Pixels[(3 * y * window.Width)..]);
        }
    }
}
