using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>Loads a saved model in a fresh process that has trained nothing and registered nothing, and scores a folder of images.</summary>
internal static class ScoringProcess
{
    private const string ModelVariable = "GSS_TEST_MODEL";
    private const string ImagesVariable = "GSS_TEST_IMAGES";

    /// <summary>A line for each mask (see <see cref="Line"/>), then the process's /proc/self/maps where there is one.</summary>
    public static string Run(string model, string images)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ScoringProcess).Assembly.Location);
        }

        (start.Environment[ModelVariable], start.Environment[ImagesVariable]) = (model, images);
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return output;
    }

    /// <summary>Size and SHA-256 of a mask.</summary>
    public static string Line(LabelMap mask) => $"{mask.Width}x{mask.Height} {Convert.ToHexStringLower(SHA256.HashData(mask.Ids))}";

    // Runs in place of the tests when this assembly is started as a child.
    [ModuleInitializer]
    internal static void BeChild()
    {
        if (Environment.GetEnvironmentVariable(ModelVariable) is not { } model)
        {
            return;
        }

        try
        {
            Score(model, Environment.GetEnvironmentVariable(ImagesVariable)!);
            if (OperatingSystem.IsLinux())
            {
                Console.WriteLine(File.ReadAllText("/proc/self/maps"));
            }
        }
        catch (Exception e)
        {
            Console.WriteLine(e);
        }

        Environment.Exit(0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Score(string model, string images)
    {
        var context = new MLContext();
        ITransformer loaded = context.Model.Load(model, out _);
        IDataView paths = context.Data.LoadFromEnumerable(Directory.GetFiles(images).Order(StringComparer.Ordinal).Select(path => new ImageFile { ImagePath = path }));
        IDataView photos = context.Transforms.LoadImages("Image", null, "ImagePath").Fit(paths).Transform(paths);
        IDataView scored = loaded.Transform(photos);
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["PredictedLabel"]]);
        ValueGetter<LabelMap> read = cursor.GetGetter<LabelMap>(scored.Schema["PredictedLabel"]);
        LabelMap mask = null!;
        while (cursor.MoveNext())
        {
            read(ref mask);
            Console.WriteLine(Line(mask));
        }
    }

    internal sealed class ImageFile
    {
        public string ImagePath { get; set; } = "";
    }
}
