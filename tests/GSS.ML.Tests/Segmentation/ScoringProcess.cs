using System.Security.Cryptography;
using GSS.Core;
using Microsoft.ML;

namespace GSS.ML.Tests;

/// <summary>Loads a saved model in a fresh process that has trained nothing and registered nothing, and scores a folder of images.</summary>
internal static class ScoringProcess
{
    private const string ModelVariable = "GSS_TEST_MODEL";
    private const string ImagesVariable = "GSS_TEST_IMAGES";

    /// <summary>A line for each mask (see <see cref="Line"/>), then the process's /proc/self/maps where there is one.</summary>
    public static string Run(string model, string images) => ChildProcess.Run("score", [], (ModelVariable, model), (ImagesVariable, images));

    /// <summary>Size and SHA-256 of a mask.</summary>
    public static string Line(LabelMap mask) => $"{mask.Width}x{mask.Height} {Convert.ToHexStringLower(SHA256.HashData(mask.Ids))}";

    /// <summary>What the child process does.</summary>
    public static void Score()
    {
        PrintMasks(Environment.GetEnvironmentVariable(ModelVariable)!, Environment.GetEnvironmentVariable(ImagesVariable)!);
        if (OperatingSystem.IsLinux())
        {
            Console.WriteLine(File.ReadAllText("/proc/self/maps"));
        }
    }

    private static void PrintMasks(string model, string images)
    {
        var context = new MLContext();
        ITransformer loaded = context.Model.Load(model, out _);
        IDataView paths = context.Data.LoadFromEnumerable(Directory.GetFiles(images).Order(StringComparer.Ordinal).Select(path => new ImageFile { ImagePath = path }));
        IDataView photos = context.Transforms.LoadImages("Image", null, "ImagePath").Fit(paths).Transform(paths);
        foreach (LabelMap mask in TinyScenes.Column<LabelMap>(loaded.Transform(photos), "PredictedLabel"))
        {
            Console.WriteLine(Line(mask));
        }
    }

    internal sealed class ImageFile
    {
        public string ImagePath { get; set; } = "";
    }
}
