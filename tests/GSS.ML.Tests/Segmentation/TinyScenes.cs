using GSS.Core;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>Small procedural scenes in real files, and one model fitted on them that all tests share.</summary>
internal static class TinyScenes
{
    public const int Count = 7;

    private static readonly Lazy<string> s_folder = new(MakeFolder);
    private static readonly Lazy<GenerativeSegmentationTransformer> s_model = new(() => Segmentation.Trainers.GenerativeSegmenter(Options()).Fit(Data));

    public static SegmentationClasses Classes { get; } = new("Tiny", ["Sky", "Road", "Car"]);

    public static MLContext Context { get; } = new();

    public static SegmentationCatalog Segmentation => Context.Segmentation();

    public static string Images => Path.Combine(s_folder.Value, "images");

    public static string Labels => Path.Combine(s_folder.Value, "labels");

    /// <summary>The scenes as our own view: columns Image and Label among others.</summary>
    public static IDataView Data => Segmentation.LoadFromFolders(Images, Labels, Classes);

    /// <summary>Fitted once; nobody disposes it.</summary>
    public static GenerativeSegmentationTransformer Model => s_model.Value;

    /// <summary>The smallest network there is, trained for moments.</summary>
    public static ImageEncoder Encoder { get; } = new ResNetEncoder("ResNet-18 of width 8", 18, null, stemChannels: 8, baseChannels: 8);

    public static GenerativeSegmenter.Options Options() => new()
    {
        Encoder = Encoder,
        Epochs = 2,
        BatchSize = 2,
        CropWidth = 32,
        CropHeight = 32,
        Device = TrainingDevice.Cpu,
        Seed = 3,
        MaskigeColumnName = "Maskige",
        ConfidenceColumnName = "Confidence",
        ScoringBatchSize = 3,
    };

    /// <summary>Sky above road with a car, noisy; sizes and places depend on the number. Two sizes, so batches are mixed.</summary>
    public static (RgbImage Image, LabelMap Labels) Draw(int number)
    {
        (int width, int height) = number % 3 == 2 ? (64, 48) : (48, 36);
        var random = new Random(number);
        int horizon = height / 3 + random.Next(height / 3), left = random.Next(width / 2), top = horizon - 4 + random.Next(8);
        byte[] ids = new byte[width * height];
        var image = new RgbImage(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                byte id = x >= left && x < left + (width / 3) && y >= top && y < top + 10 ? (byte)2 : y < horizon ? (byte)0 : (byte)1;
                ids[(y * width) + x] = x == 0 ? LabelMap.Void : id;
                (int r, int g, int b) = id switch { 0 => (120, 170, 230), 1 => (90, 90, 95), _ => (200, 40, 40) };
                Span<byte> pixel = image.Pixels.Slice(3 * ((y * width) + x), 3);
                (pixel[0], pixel[1], pixel[2]) = ((byte)(r + random.Next(20)), (byte)(g + random.Next(20)), (byte)(b + random.Next(20)));
            }
        }

        return (image, new LabelMap(width, height, ids));
    }

    public static MLImage ToMLImage(RgbImage image)
    {
        byte[] pixels = new byte[4 * image.Width * image.Height];
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            (pixels[4 * i], pixels[(4 * i) + 1], pixels[(4 * i) + 2], pixels[(4 * i) + 3]) = (image.Pixels[(3 * i) + 2], image.Pixels[(3 * i) + 1], image.Pixels[3 * i], 255);
        }

        return MLImage.CreateFromPixels(image.Width, image.Height, MLPixelFormat.Bgra32, pixels);
    }

    /// <summary>All values of a column, read with a cursor for that column alone.</summary>
    public static List<T> Column<T>(IDataView view, string name, int atMost = int.MaxValue)
    {
        var values = new List<T>();
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[name]]);
        ValueGetter<T> read = cursor.GetGetter<T>(view.Schema[name]);
        while (values.Count < atMost && cursor.MoveNext())
        {
            T value = default!;
            read(ref value);
            values.Add(value);
        }

        return values;
    }

    private static string MakeFolder()
    {
        string folder = Directory.CreateTempSubdirectory("gss-tiny-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        Directory.CreateDirectory(Path.Combine(folder, "labels"));
        for (int i = 0; i < Count; i++)
        {
            (RgbImage image, LabelMap labels) = Draw(i);
            ImageWriter.SavePng(image, Path.Combine(folder, "images", $"{i}.png"));
            LabelWriter.SavePng(labels, Classes, Path.Combine(folder, "labels", $"{i}.png"));
        }

        return folder;
    }
}

/// <summary>A photograph as applications have it.</summary>
internal sealed class Photo
{
    [Microsoft.ML.Transforms.Image.ImageType(36, 48)]
    public MLImage? Image { get; set; }

    public string Name { get; set; } = "";
}

/// <summary>A prediction as applications want it.</summary>
internal sealed class Prediction
{
    [LabelMapType]
    public LabelMap? PredictedLabel { get; set; }
}
