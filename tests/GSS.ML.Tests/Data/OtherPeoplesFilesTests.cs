using System.Buffers.Binary;
using GSS.Core;
using GSS.Tests;
using Microsoft.ML;
using SkiaSharp;

namespace GSS.ML.Tests;

/// <summary>
/// A new user's first day with files as other people make them: each data set in its own layout goes from its files through Fit, Save, a fresh process, Load and Transform.
/// The layouts are those that users ask about: Pascal VOC's palette files and split lists, masks of 0 and 255 (huggingface/transformers 27224, PaddleSeg 1110),
/// the names of Cityscapes, photographs of telephones.
/// </summary>
[TestClass]
public sealed class OtherPeoplesFilesTests
{
    private const int Count = 4;

    [TestMethod]
    public void Each_layout_goes_from_its_files_to_masks_in_a_fresh_process()
    {
        using var folder = new TemporaryFolder();
        var expected = new List<string>();
        var list = new List<string>();
        foreach ((string name, IDataView data, string? warning) in new[] { Voc(folder), BlackAndWhite(folder), Cityscapes(folder), Telephone(folder) })
        {
            var lines = new List<string>();
            var context = new MLContext();
            context.Log += (_, line) => lines.Add(line.Message);
            GenerativeSegmenter.Options options = TinyScenes.Options() with { Epochs = 1, BatchSize = 2 };
            using GenerativeSegmentationTransformer model = context.Segmentation().Trainers.GenerativeSegmenter(options).Fit(data);
            Assert.AreEqual(warning is not null, lines.Any(line => warning is not null && line.Contains(warning, StringComparison.Ordinal)), $"{name}: {string.Join('\n', lines)}");
            SegmentationMetrics metrics = context.Segmentation().Evaluate(model.Transform(data));
            Assert.IsTrue(metrics.PixelAccuracy is >= 0 and <= 1, name);
            string zip = folder.File($"{name}.zip");
            context.Model.Save(model, data.Schema, zip);
            list.Add($"{zip}|Image|PredictedLabel");
            expected.AddRange(OptionsInAFreshProcessTests.Lines(model, OptionsInAFreshProcessTests.Photographs("Image"), "PredictedLabel"));
        }

        File.WriteAllLines(folder.File("list.txt"), list);
        string[] found = ChildProcess.Run("options", [], (OptionsInAFreshProcessTests.ListVariable, folder.File("list.txt"))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        CollectionAssert.AreEqual(expected, found, string.Join('\n', found));
    }

    [TestMethod]
    public void A_turned_photograph_is_upright_from_a_file_and_from_a_folder()
    {
        using var folder = new TemporaryFolder();
        (_, IDataView data, _) = Telephone(folder);
        List<Microsoft.ML.Data.MLImage> rows = TinyScenes.Column<Microsoft.ML.Data.MLImage>(data, "Image", atMost: 2);
        for (int i = 0; i < 2; i++)
        {
            using var image = MLImages.Load(folder.File(Path.Combine("dcim", i == 0 ? "0.jpg" : "1.png")));
            using Microsoft.ML.Data.MLImage loaded = rows[i];
            (RgbImage upright, _) = TinyScenes.Draw(i);
            Assert.AreEqual((upright.Width, upright.Height), (image.Width, image.Height));
            Assert.IsTrue(loaded.Pixels.SequenceEqual(image.Pixels));

            // The sky is above the road, which lying on its side it would not be: blue rules the first row, and not the last.
            Assert.IsGreaterThan(Blue(image, image.Height - 2) + 30, Blue(image, 1));
        }

        // PNG keeps every pixel.
        using var exact = MLImages.Load(folder.File(Path.Combine("dcim", "1.png")));
        Assert.IsTrue(MLImages.ToRgb(exact).Pixels.SequenceEqual(TinyScenes.Draw(1).Image.Pixels));
    }

    private static double Blue(Microsoft.ML.Data.MLImage image, int row)
    {
        RgbImage pixels = MLImages.ToRgb(image);
        return Enumerable.Range(0, pixels.Width).Average(x => pixels.Pixels[(3 * ((row * pixels.Width) + x)) + 2]);
    }

    /// <summary>What the quickstart is tried on: the folders of Pascal VOC and of Cityscapes.</summary>
    internal static void WriteAll(TemporaryFolder folder)
    {
        Voc(folder);
        Cityscapes(folder);
    }

    // JPEGImages, SegmentationClass with palette indices and colours, and a list of the labelled ones.
    private static (string, IDataView, string?) Voc(TemporaryFolder folder)
    {
        for (int i = 0; i < Count + 2; i++)
        {
            (RgbImage image, LabelMap labels) = TinyScenes.Draw(i);
            Write(folder, $"voc/JPEGImages/2007_{i}.jpg", Encode(image, SKEncodedImageFormat.Jpeg));
            if (i < Count)
            {
                using var stream = new MemoryStream();
                LabelWriter.SavePng(labels, SegmentationClasses.Voc, stream);
                Write(folder, $"voc/SegmentationClass/2007_{i}.png", stream.ToArray());
            }
        }

        Write(folder, "voc/ImageSets/Segmentation/train.txt", System.Text.Encoding.UTF8.GetBytes(string.Join("\r\n", Enumerable.Range(0, Count).Select(i => $"2007_{i}"))));
        IDataView data = TinyScenes.Segmentation.LoadFromFolders(
            folder.File("voc/JPEGImages"), folder.File("voc/SegmentationClass"), SegmentationClasses.Voc, new FolderOptions { SplitList = folder.File("voc/ImageSets/Segmentation/train.txt") });
        Assert.AreEqual(Count, data.GetRowCount());
        return ("voc", data, "of 21 classes");
    }

    private static (string, IDataView, string?) BlackAndWhite(TemporaryFolder folder)
    {
        for (int i = 0; i < Count; i++)
        {
            (RgbImage image, LabelMap labels) = TinyScenes.Draw(i);
            Write(folder, $"cells/x{i}.png", Encode(image, SKEncodedImageFormat.Png));
            Write(folder, $"cells/x{i}_mask.png", Grey(labels, id => id == 2 ? (byte)255 : (byte)0));
        }

        SegmentationClasses classes = SegmentationClasses.FromJson("""
            { "name": "Cells", "classes": [ { "name": "background", "color": "#000000" }, { "name": "cell", "color": "#ffffff" } ], "idMap": { "0": "background", "255": "cell" } }
            """);
        IDataView data = TinyScenes.Segmentation.LoadFromFolders(folder.File("cells"), folder.File("cells"), classes, new FolderOptions { LabelSuffix = "_mask" });
        return ("cells", data, null);
    }

    private static (string, IDataView, string?) Cityscapes(TemporaryFolder folder)
    {
        for (int i = 0; i < Count; i++)
        {
            (RgbImage image, LabelMap labels) = TinyScenes.Draw(i);
            string city = i % 2 == 0 ? "aachen" : "bochum";
            Write(folder, $"city/leftImg8bit/{city}/{city}_00000{i}_000019_leftImg8bit.png", Encode(image, SKEncodedImageFormat.Png));
            Write(folder, $"city/gtFine/{city}/{city}_00000{i}_000019_gtFine_labelIds.png", Grey(labels, id => id switch { 0 => 23, 1 => 7, 2 => 26, _ => 0 }));
            Write(folder, $"city/gtFine/{city}/{city}_00000{i}_000019_gtFine_instanceIds.png", Grey(labels, id => id));
        }

        IDataView data = TinyScenes.Segmentation.LoadFromFolders(
            folder.File("city/leftImg8bit"), folder.File("city/gtFine"), SegmentationClasses.CityscapesLabelIds, new FolderOptions { ImageSuffix = "_leftImg8bit", LabelSuffix = "_gtFine_labelIds" });
        return ("city", data, "of 19 classes");
    }

    // The telephone stores its sensor's rows and says by EXIF 6 that the picture is to be turned to the right; the label map was drawn on what the user saw.
    private static (string, IDataView, string?) Telephone(TemporaryFolder folder)
    {
        for (int i = 0; i < Count; i++)
        {
            (RgbImage image, LabelMap labels) = TinyScenes.Draw(i);
            var stored = new RgbImage(image.Height, image.Width);
            for (int y = 0; y < image.Height; y++)
            {
                for (int x = 0; x < image.Width; x++)
                {
                    image.Pixels.Slice(3 * ((y * image.Width) + x), 3).CopyTo(stored.Pixels[(3 * (((image.Width - 1 - x) * stored.Width) + y))..]);
                }
            }

            if (i % 2 == 0)
            {
                byte[] jpeg = Encode(stored, SKEncodedImageFormat.Jpeg);
                Write(folder, $"dcim/{i}.jpg", [.. jpeg[..2], .. Exif(orientation: 6), .. jpeg[2..]]);
            }
            else
            {
                // PNG has the same block, without its first ten bytes, in a chunk of its own behind the header.
                byte[] png = Encode(stored, SKEncodedImageFormat.Png), chunk = [.. "eXIf"u8, .. Exif(orientation: 6)[10..]];
                byte[] length = new byte[4], checksum = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(length, chunk.Length - 4);
                BinaryPrimitives.WriteUInt32BigEndian(checksum, Checksum(chunk));
                Write(folder, $"dcim/{i}.png", [.. png[..33], .. length, .. chunk, .. checksum, .. png[33..]]);
            }

            Write(folder, $"drawn/{i}.png", Grey(labels, id => id));
        }

        return ("telephone", TinyScenes.Segmentation.LoadFromFolders(folder.File("dcim"), folder.File("drawn"), TinyScenes.Classes), "turned upright by their EXIF orientation");
    }

    private static byte[] Exif(byte orientation) =>
        [0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];

    // The CRC of the PNG standard (annex D), bit by bit.
    private static uint Checksum(byte[] bytes) =>
        ~bytes.Aggregate(uint.MaxValue, (sum, next) => Enumerable.Range(0, 8).Aggregate(sum ^ next, (value, _) => (value >> 1) ^ (0xEDB88320 * (value & 1))));

    private static byte[] Encode(RgbImage image, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Bgra8888, SKAlphaType.Opaque));
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            ReadOnlySpan<byte> pixel = image.Pixels.Slice(3 * i, 3);
            bitmap.SetPixel(i % image.Width, i / image.Width, new SKColor(pixel[0], pixel[1], pixel[2]));
        }

        using SKData data = bitmap.Encode(format, 95);
        return data.ToArray();
    }

    private static byte[] Grey(LabelMap labels, Func<byte, byte> value)
    {
        byte[] rows = [.. labels.Ids.ToArray().Select(value)];
        using SKImage picture = SKImage.FromPixelCopy(new SKImageInfo(labels.Width, labels.Height, SKColorType.Gray8, SKAlphaType.Opaque), rows, labels.Width);
        using SKData data = picture.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static void Write(TemporaryFolder folder, string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        File.WriteAllBytes(folder.File(name), bytes);
    }
}
