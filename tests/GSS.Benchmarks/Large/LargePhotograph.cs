using BitMiracle.LibTiff.Classic;
using GSS.Core;
using SkiaSharp;

namespace GSS.Benchmarks;

/// <summary>A large photograph, laid out like tiles of photographs of a folder, made row by row.</summary>
internal sealed class LargePhotograph
{
    private readonly RgbImage[] _tiles;

    /// <summary>Reads the photographs of a folder, as many as the largest picture shows.</summary>
    /// <param name="folder">Photographs of one size.</param>
    /// <param name="side">Pixels of a row of the large picture.</param>
    /// <param name="rows">Its rows.</param>
    public LargePhotograph(string folder, int side, int rows)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)];
        if (files.Length == 0)
        {
            throw new BenchmarkException($"There is no photograph in '{folder}'.");
        }

        RgbImage first = ImageReader.Read(files[0]);
        (TileWidth, TileHeight, Side, Rows) = (first.Width, first.Height, side, rows);
        Across = (side + TileWidth - 1) / TileWidth;
        int count = Math.Min(files.Length, Across * ((rows + TileHeight - 1) / TileHeight));
        _tiles = [.. files.Take(count).Select(file => ImageReader.Read(file).Resize(TileWidth, TileHeight))];
    }

    public int Side { get; }

    public int Rows { get; }

    public int TileWidth { get; }

    public int TileHeight { get; }

    public int Count => _tiles.Length;

    private int Across { get; }

    /// <summary>Writes the picture as its extension says: .png, .jpg (quality 90), or .tif (tiles of 256x256, deflated).</summary>
    public void Save(string path)
    {
        switch (Path.GetExtension(path))
        {
            case ".jpg":
                SaveJpeg(path);
                break;
            case ".tif":
                SaveTiff(path);
                break;
            default:
                SavePng(path);
                break;
        }
    }

    /// <summary>A square part of the picture.</summary>
    public RgbImage Part(int left, int top, int side)
    {
        var part = new RgbImage(side, side);
        for (int y = 0; y < side; y++)
        {
            Fill(part.Pixels.Slice(3 * y * side, 3 * side), left, top + y);
        }

        return part;
    }

    private void SavePng(string path)
    {
        using FileStream stream = File.Create(path);
        using var rows = new PngRowWriter(stream, new(Side, Rows, 8, PngColorType.Rgb, Interlaced: false));
        byte[] row = new byte[3 * Side];
        for (int y = 0; y < Rows; y++)
        {
            Fill(row, 0, y);
            rows.Write(row);
        }

        rows.Finish();
    }

    private void SaveJpeg(string path)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Side, Rows, SKColorType.Rgba8888, SKAlphaType.Opaque));
        byte[] row = new byte[3 * Side];
        for (int y = 0; y < Rows; y++)
        {
            Fill(row, 0, y);
            Span<byte> pixels = AllPixels(bitmap).Slice(4 * y * Side, 4 * Side);
            for (int x = 0; x < Side; x++)
            {
                row.AsSpan(3 * x, 3).CopyTo(pixels[(4 * x)..]);
                pixels[(4 * x) + 3] = 255;
            }
        }

        using FileStream stream = File.Create(path);
        if (!bitmap.Encode(stream, SKEncodedImageFormat.Jpeg, 90))
        {
            throw new BenchmarkException($"A JPEG of {Side}x{Rows} could not be written.");
        }
    }

    private static unsafe Span<byte> AllPixels(SKBitmap bitmap) => new((void*)bitmap.GetPixels(), bitmap.ByteCount);

    private void SaveTiff(string path)
    {
        const int Tile = 256;
        using Tiff tiff = Tiff.Open(path, "w");
        foreach ((TiffTag tag, object value) in new (TiffTag, object)[]
        {
            (TiffTag.IMAGEWIDTH, Side), (TiffTag.IMAGELENGTH, Rows), (TiffTag.SAMPLESPERPIXEL, 3), (TiffTag.BITSPERSAMPLE, 8), (TiffTag.PHOTOMETRIC, Photometric.RGB),
            (TiffTag.PLANARCONFIG, PlanarConfig.CONTIG), (TiffTag.COMPRESSION, Compression.ADOBE_DEFLATE), (TiffTag.TILEWIDTH, Tile), (TiffTag.TILELENGTH, Tile),
        })
        {
            tiff.SetField(tag, value);
        }

        byte[] pixels = new byte[3 * Tile * Tile];
        for (int top = 0; top < Rows; top += Tile)
        {
            for (int left = 0; left < Side; left += Tile)
            {
                for (int y = 0; y < Math.Min(Tile, Rows - top); y++)
                {
                    Fill(pixels.AsSpan(3 * y * Tile, 3 * Math.Min(Tile, Side - left)), left, top + y);
                }

                tiff.WriteTile(pixels, left, top, 0, 0);
            }
        }
    }

    private void Fill(Span<byte> row, int left, int y)
    {
        for (int x = left, target = 0; target < row.Length;)
        {
            RgbImage tile = _tiles[((y / TileHeight * Across) + (x / TileWidth)) % _tiles.Length];
            int column = x % TileWidth, count = Math.Min(TileWidth - column, (row.Length - target) / 3);
            tile.Pixels.Slice(3 * ((y % TileHeight * TileWidth) + column), 3 * count).CopyTo(row[target..]);
            (x, target) = (x + count, target + (3 * count));
        }
    }
}
