using GSS.Core;

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

    /// <summary>Writes the picture as a PNG file.</summary>
    public void Save(string path)
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
