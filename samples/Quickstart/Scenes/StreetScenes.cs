using System.Runtime.ExceptionServices;
using GSS.Core;
using SkiaSharp;

namespace Quickstart;

/// <summary>The classes of the procedural streets, with their ids in the label map.</summary>
internal enum StreetClass : byte
{
    Sky,
    Building,
    Pole,
    Road,
    Pavement,
    Tree,
    Car,
    Person,
    Void = LabelMap.Void,
}

/// <summary>Street scenes without a data set: photograph-like pictures with exact label maps, drawn from a seed.</summary>
internal static class StreetScenes
{
    /// <summary>The classes, with colours for label files and overlays.</summary>
    public static SegmentationClasses Classes { get; } = new(
        "StreetScenes8",
        [.. Enum.GetValues<StreetClass>().Where(c => c != StreetClass.Void).Select(c => c.ToString())],
        [new(70, 130, 180), new(70, 70, 70), new(250, 200, 40), new(128, 64, 128), new(244, 35, 232), new(107, 142, 35), new(0, 0, 200), new(220, 20, 60)]);

    /// <summary>Writes <paramref name="count"/> JPEG photographs to <c>images</c> and their label maps to <c>labels</c> in a folder; a file that is there already is kept.</summary>
    /// <param name="folder">The folder; made where it is missing.</param>
    /// <param name="count">How many pairs.</param>
    /// <param name="firstSeed">The seed of the first picture; the others follow, so that two ranges that do not meet share no picture.</param>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="drawn">Told after each pair.</param>
    /// <param name="cancel">Stops between two pictures.</param>
    public static void Write(string folder, int count, int firstSeed, int width, int height, Action? drawn, CancellationToken cancel)
    {
        string images = Directory.CreateDirectory(Path.Combine(folder, "images")).FullName;
        string labelMaps = Directory.CreateDirectory(Path.Combine(folder, "labels")).FullName;
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                string name = $"street_{firstSeed + i:d5}", image = Path.Combine(images, name + ".jpg"), labelMap = Path.Combine(labelMaps, name + ".png");
                if (!File.Exists(image))
                {
                    (RgbImage photograph, LabelMap labels) = StreetCamera.Take(firstSeed + i, width, height);
                    LabelWriter.SavePng(labels, Classes, labelMap);

                    // The photograph comes last, under its final name only when it is whole: where it is, the pair is complete.
                    using (FileStream file = File.Create(image + ".part"))
                    {
                        WriteJpeg(photograph, file);
                    }

                    File.Move(image + ".part", image, overwrite: true);
                }

                drawn?.Invoke();
            });
        }
        catch (AggregateException several)
        {
            // One full disk fails on every core; one message is enough.
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
    }

    /// <summary>Writes a photograph as a JPEG file to a stream, which stays open.</summary>
    public static void WriteJpeg(RgbImage image, Stream stream)
    {
        var pixels = new byte[4 * image.Width * image.Height];
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            image.Pixels.Slice(3 * i, 3).CopyTo(pixels.AsSpan(4 * i));
        }

        using SKImage encoded = SKImage.FromPixelCopy(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), pixels);
        using SKData file = encoded.Encode(SKEncodedImageFormat.Jpeg, quality: 92);
        file.SaveTo(stream);
    }
}
