using GSS.Core;
using GSS.Onnx;
using Quickstart;
using Scoring;

namespace WebApp;

/// <summary>The one model that all requests share: it may be used by many threads at the same time.</summary>
internal static class WebModel
{
    /// <summary>The file that the quickstart saves.</summary>
    public const string Quickstart = "street.zip";

    /// <summary>Opens the model; null where the quickstart was to train one and did not, which has said why.</summary>
    /// <exception cref="SegmentationModelException">The file is missing, damaged, or has no one model of GSS.ML.</exception>
    /// <exception cref="ArgumentException">Label files have no value for one of the classes, so that no label map can be sent.</exception>
    public static SegmentationModel? Open(WebSettings settings)
    {
        if (settings.Model is null && !File.Exists(Quickstart))
        {
            Console.WriteLine($"There is no --model and no '{Quickstart}' here: the quickstart trains it now, which takes some minutes.");
            if (QuickstartRun.Start(new QuickstartSettings { Small = settings.Small, Epochs = settings.Small ? 1 : null }) != 0)
            {
                return null;
            }
        }

        var model = new SegmentationModel(PackageFile.Read(settings.Model ?? Quickstart), new ScoringOptions { ThreadCount = settings.Threads });
        try
        {
            TryOut(model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    // What would fail with every request fails at the start; and the first request is as quick as the others.
    private static void TryOut(SegmentationModel model)
    {
        SegmentationClasses classes = model.Manifest.Classes;
        LabelWriter.SavePng(new LabelMap(classes.Count, 1, [.. Enumerable.Range(0, classes.Count).Select(id => (byte)id)]), classes, Stream.Null);
        model.Predict(new RgbImage(64, 64));

        // Reading the file left as much garbage as the model is large; nothing may ask for that memory for hours.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
