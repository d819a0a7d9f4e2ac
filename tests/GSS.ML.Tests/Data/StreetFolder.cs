using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;
using SkiaSharp;

namespace GSS.ML.Tests;

/// <summary>A temporary folder with photographs and label maps of different sizes; it goes away with the test.</summary>
internal sealed class StreetFolder : IDisposable
{
    public StreetFolder(int count = 5)
    {
        Count = count;
        Directory.CreateDirectory(Images);
        Directory.CreateDirectory(Labels);
        for (int i = 0; i < count; i++)
        {
            (int width, int height) = (6 + i, 5);
            ImageWriter.SavePng(Photograph(width, height, seed: i), ImagePath(i));
            LabelWriter.SavePng(LabelMapOf(width, height, seed: i), Classes, LabelPath(i));
        }
    }

    public static SegmentationClasses Classes { get; } = new("Street3", ["Sky", "Road", "Car"], [new(1, 2, 3), new(40, 50, 60), new(255, 0, 7)], voidIndex: 11);

    public string Root { get; } = Directory.CreateTempSubdirectory("gss-street-").FullName;

    public int Count { get; }

    public string Images => Path.Combine(Root, "images");

    public string Labels => Path.Combine(Root, "labels");

    public string ImagePath(int index) => Path.Combine(Images, $"{index}.png");

    public string LabelPath(int index) => Path.Combine(Labels, $"{index}.png");

    public IDataView Load(MLContext? context = null) => (context ?? new MLContext()).Segmentation().LoadFromFolders(Images, Labels, Classes);

    public static RgbImage Photograph(int width, int height, int seed)
    {
        byte[] pixels = new byte[3 * width * height];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    public static LabelMap LabelMapOf(int width, int height, int seed)
    {
        var random = new Random(seed);
        return new LabelMap(width, height, [.. Enumerable.Range(0, width * height).Select(_ => random.Next(4) is var id && id < 3 ? (byte)id : LabelMap.Void)]);
    }

    /// <summary>A JPEG file, 32x16, red left and blue right, whose EXIF says that it is to be turned by 90 degrees clockwise.</summary>
    public static byte[] TurnedJpeg()
    {
        using var bitmap = new SKBitmap(32, 16);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.Blue);
            using var paint = new SKPaint { Color = SKColors.Red };
            canvas.DrawRect(0, 0, 16, 16, paint);
        }

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
        byte[] jpeg = data.ToArray();
        byte[] exif = [.. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg.AsSpan(2)];
    }

    /// <summary>All values of a column, read with a cursor for that column alone.</summary>
    public static List<T> Read<T>(IDataView view, string name, Random? random = null)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[name]], random);
        return Read<T>(cursor, name);
    }

    public static List<T> Read<T>(DataViewRowCursor cursor, string name)
    {
        ValueGetter<T> read = cursor.GetGetter<T>(cursor.Schema[name]);
        var values = new List<T>();
        while (cursor.MoveNext())
        {
            T value = default!;
            read(ref value);
            values.Add(value);
        }

        return values;
    }

    /// <summary>Where label maps of <see cref="Load"/> stand, by their content.</summary>
    public List<int> Indices(IEnumerable<LabelMap> labels) =>
        [.. labels.Select(map => Enumerable.Range(0, Count).Single(i => map.Equals(LabelMapOf(6 + i, 5, seed: i))))];

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
