using BitMiracle.LibTiff.Classic;
using SkiaSharp;

namespace GSS.Core;

/// <summary>Rows of a TIFF file (its first picture), in strips or tiles: grey, palette or RGB with 8 or 16 bits a channel, in the compressions that LibTiff.NET knows.</summary>
/// <remarks>As <see cref="ImageReader"/> does: grey becomes RGB, 16 bits are cut to 8, further channels such as alpha are dropped, colour profiles are not applied.</remarks>
internal sealed class TiffRows : ImageRows
{
    private readonly Tiff _tiff;
    private readonly TiffSource _source;
    private readonly TiffPixels _pixels;
    private readonly byte[] _buffer;
    private readonly int _tileWidth;
    private readonly int _tileHeight = 1;
    private readonly int _tileBytes;
    private int _next;

    private TiffRows(Tiff tiff, TiffSource source, TiffPixels pixels)
        : base(pixels.Width, pixels.Height)
    {
        (_tiff, _source, _pixels, _tileWidth) = (tiff, source, pixels, pixels.Width);
        long bytes = tiff.ScanlineSize();
        if (tiff.IsTiled())
        {
            (_tileWidth, _tileHeight, _tileBytes) = (tiff.GetField(TiffTag.TILEWIDTH)[0].ToInt(), tiff.GetField(TiffTag.TILELENGTH)[0].ToInt(), tiff.TileSize());
            bytes = (long)_tileBytes * TilesAcross;
        }

        // What a damaged header says must neither be too little for the rows nor claim all memory.
        long expected = (long)_tileWidth * _tileHeight * pixels.BytesPerPixel * TilesAcross;
        if (bytes != expected || bytes > Array.MaxLength)
        {
            throw source.Fault($"its header says {_tileWidth}x{_tileHeight} pixels for a tile or row");
        }

        HeldBytes = bytes + Math.Max(0, tiff.IsTiled() ? tiff.RawTileSize(0) : tiff.RawStripSize(0));
        _buffer = new byte[bytes];
    }

    /// <summary>A row of tiles, or a row of pixels, and the strip or tile that is being unpacked.</summary>
    public override long HeldBytes { get; }

    private int TilesAcross => (Width + _tileWidth - 1) / _tileWidth;

    /// <summary>Whether a file begins like a TIFF file, BigTIFF among them.</summary>
    public static bool Begins(ReadOnlySpan<byte> file) =>
        file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) || file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8);

    /// <summary>Opens a file.</summary>
    /// <param name="stream">The file; closed with the rows.</param>
    /// <param name="path">What to call it.</param>
    public static ImageRows Open(Stream stream, string path)
    {
        var source = new TiffSource(stream, path);
        Tiff tiff = source.Open();
        var pixels = source.Try(() => new TiffPixels(tiff, source, path), "its header cannot be read");
        TiffRows rows = source.Try(() => new TiffRows(tiff, source, pixels), "its header cannot be read");
        var origin = (SKEncodedOrigin)pixels.Origin;
        (int width, int height) = Orientation.SwapsSides(origin) ? (rows.Height, rows.Width) : (rows.Width, rows.Height);
        if (origin == SKEncodedOrigin.TopLeft)
        {
            return rows;
        }

        return (long)width * height <= ImageReader.MaximumPixelCount ? new TurnedRows(rows, width, height, origin) : throw new SegmentationDataException(
            $"Photograph '{path}' has {width}x{height} pixels that its orientation {(int)origin} turns, expected at most {ImageReader.MaximumPixelCount} of those, which are read as a whole: save it upright.");
    }

    public override void Read(Span<byte> rgb)
    {
        int row = _next++ % _tileHeight;
        if (_tileBytes == 0)
        {
            Require(() => _tiff.ReadScanline(_buffer, _next - 1));
            _pixels.ToRgb(_buffer, rgb);
            return;
        }

        for (int tile = 0; tile < TilesAcross; tile++)
        {
            if (row == 0)
            {
                int number = _tiff.ComputeTile(tile * _tileWidth, _next - 1, 0, 0), offset = tile * _tileBytes;
                Require(() => _tiff.ReadEncodedTile(number, _buffer, offset, _tileBytes) == _tileBytes);
            }

            int count = Math.Min(_tileWidth, Width - (tile * _tileWidth));
            int start = (tile * _tileBytes) + (row * _tileWidth * _pixels.BytesPerPixel);
            _pixels.ToRgb(_buffer.AsSpan(start, count * _pixels.BytesPerPixel), rgb.Slice(3 * tile * _tileWidth, 3 * count));
        }
    }

    public override void Dispose() => _tiff.Dispose();

    private void Require(Func<bool> read) =>
        _source.Try(() => read() ? this : null, FormattableString.Invariant($"its pixels end after {_next - 1} of its {Height} rows"));
}
