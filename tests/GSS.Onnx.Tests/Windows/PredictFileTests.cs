using BitMiracle.LibTiff.Classic;
using GSS.Core;
using GSS.Onnx;
using SkiaSharp;

namespace GSS.Tests;

/// <summary>From a photograph in a file to a label map in a file, with the result of Predict.</summary>
[TestClass]
public sealed class PredictFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gss-file-").FullName;

    private string Labels => Path.Combine(_folder, "out", "labels.png");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DataRow(null, false)]
    [DataRow(null, true)]
    [DataRow(70, false)]
    [DataRow(200, true)]
    public void Every_format_gives_what_Predict_gives(int? shortSide, bool views)
    {
        RgbImage image = TestModel.RandomImage(143, 97, 2);
        ImageWriter.SavePng(image, Path.Combine(_folder, "a.png"));
        TestTiff.Save(image, Path.Combine(_folder, "strips.tif"), Compression.LZW);
        TestTiff.Save(image, Path.Combine(_folder, "one-strip.tif"), Compression.NONE, rowsPerStrip: 97);
        TestTiff.Save(image, Path.Combine(_folder, "tiles.tif"), Compression.ADOBE_DEFLATE, tile: 32);
        TestTiff.Save(image, Path.Combine(_folder, "tiles16.tif"), Compression.NONE, tile: 48, bits: 16);
        SaveWithSkia(image, "a.jpg", SKEncodedImageFormat.Jpeg);
        SaveWithSkia(image, "a.webp", SKEncodedImageFormat.Webp);
        using SegmentationModel model = TestModel.Open(options: new() { Window = new(32, 20), ShortSide = shortSide, TestTimeAugmentation = views ? new() : null });
        foreach (string path in Directory.GetFiles(_folder))
        {
            model.PredictFile(path, Labels);
            RgbImage read = path.EndsWith(".tif", StringComparison.Ordinal) ? image : ImageReader.Read(path);
            Assert.AreEqual(model.Predict(read).Labels, LabelReader.Read(Labels, TestModel.Classes), Path.GetFileName(path));
        }
    }

    [TestMethod]
    public void Images_that_are_scored_whole_are_written_too()
    {
        RgbImage image = TestModel.RandomImage(30, 22, 5);
        string path = Path.Combine(_folder, "a.png");
        ImageWriter.SavePng(image, path);
        foreach (ScoringOptions options in new ScoringOptions[] { new(), new() { Window = new(32, 20) } })
        {
            using SegmentationModel model = TestModel.Open(options: options), perPixel = new(TestModel.PerPixelPackage(), options);
            model.PredictFile(path, Labels);
            Assert.AreEqual(TestModel.Labels(image), LabelReader.Read(Labels, TestModel.Classes));
            perPixel.PredictFile(path, Labels);
            Assert.AreEqual(perPixel.Predict(image).Labels, LabelReader.Read(Labels, TestModel.Classes));
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    [DataRow(7)]
    [DataRow(8)]
    public void Orientations_are_applied(int orientation)
    {
        RgbImage stored = TestModel.RandomImage(67, 41, 4);
        (int width, int height) = orientation < 5 ? (67, 41) : (41, 67);
        var upright = new RgbImage(width, height);
        for (int i = 0; i < width * height; i++)
        {
            // Where the upright pixel (x, y) is stored, from the table of EXIF 2.32.
            (int x, int y) = (i % width, i / width);
            (int column, int row) = orientation switch
            {
                2 => (66 - x, y),
                3 => (66 - x, 40 - y),
                4 => (x, 40 - y),
                5 => (y, x),
                6 => (y, 40 - x),
                7 => (66 - y, 40 - x),
                8 => (66 - y, x),
                _ => (x, y),
            };
            stored.Pixels.Slice(3 * ((row * 67) + column), 3).CopyTo(upright.Pixels[(3 * i)..]);
        }

        using SegmentationModel model = TestModel.Open(options: new() { Window = new(32, 20) });
        LabelMap expected = model.Predict(upright).Labels;
        string tiff = Path.Combine(_folder, "a.tif"), png = Path.Combine(_folder, "a.png");
        TestTiff.Save(stored, tiff, Compression.LZW, orientation: orientation);
        ImageWriter.SavePng(stored, png);
        byte[] exif = [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];
        byte[] plain = File.ReadAllBytes(png);
        using (FileStream stream = File.Create(png))
        {
            stream.Write(plain.AsSpan(0, 33));
            PngChunkStream.WriteChunk(stream, "eXIf"u8, exif);
            stream.Write(plain.AsSpan(33));
        }

        foreach (string path in new[] { tiff, png })
        {
            model.PredictFile(path, Labels);
            Assert.AreEqual(expected, LabelReader.Read(Labels, TestModel.Classes), Path.GetFileName(path));
        }
    }

    private void SaveWithSkia(RgbImage image, string name, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            bitmap.SetPixel(i % image.Width, i / image.Width, new SKColor(image.Pixels[3 * i], image.Pixels[(3 * i) + 1], image.Pixels[(3 * i) + 2]));
        }

        using SKData data = bitmap.Encode(format, 90);
        File.WriteAllBytes(Path.Combine(_folder, name), data.ToArray());
    }
}
