using GSS.Core;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GSS.ML.Tests;

/// <summary>Masks of 0 and 255 from files through <c>Fit</c> and <c>Evaluate</c>.</summary>
[TestClass]
public sealed class BlackAndWhiteMaskTests
{
    // The scenes with the road white, everything else black.
    private static string MakeFolder()
    {
        string folder = Directory.CreateTempSubdirectory("gss-masks-").FullName;
        var road = new SegmentationClasses("Road", ["other", "road"], idMap: new Dictionary<int, byte> { [0] = 0, [255] = 1 });
        for (int i = 0; i < 4; i++)
        {
            (RgbImage image, LabelMap labels) = TinyScenes.Draw(i);
            ImageWriter.SavePng(image, Path.Combine(folder, $"{i}.png"));
            LabelWriter.SavePng(new LabelMap(labels.Width, labels.Height, [.. labels.Ids.ToArray().Select(id => (byte)(id == 1 ? 1 : 0))]), road, Path.Combine(folder, $"{i}_mask.png"));
        }

        return folder;
    }

    private static (List<string> Warnings, List<string> Lines, SegmentationMetrics Metrics) Run(string folder, SegmentationClasses classes)
    {
        var context = new MLContext(seed: 1);
        List<string> warnings = [], lines = [];
        context.Log += (_, e) => (e.Kind == ChannelMessageKind.Warning ? warnings : lines).Add(e.RawMessage);
        SegmentationCatalog segmentation = context.Segmentation();
        IDataView data = segmentation.LoadFromFolders(folder, folder, classes, new FolderOptions { LabelSuffix = "_mask" });
        GenerativeSegmenter.Options options = TinyScenes.Options();
        (options.Epochs, options.ValidationSet) = (1, data);
        using GenerativeSegmentationTransformer model = segmentation.Trainers.GenerativeSegmenter(options).Fit(data);

        // What is said of the machine that trains belongs to no label map: once, and where it is so.
        Assert.AreEqual(OneDnn.CanBeTrusted() ? 0 : 1, warnings.RemoveAll(warning => warning == OneDnn.Notice));
        return (warnings, lines, segmentation.Evaluate(model.Transform(data)));
    }

    [TestMethod]
    public void Void_is_named_with_what_to_write_and_mIoU_says_that_it_counts_one_class()
    {
        string folder = MakeFolder();
        try
        {
            (List<string> warnings, List<string> lines, SegmentationMetrics metrics) = Run(folder, new("Road", ["other", "road"]));
            CollectionAssert.AreEqual(
                new[] { "4 of 4 label maps hold the values 0 and 255 alone, and 255 means void, so that nothing is learned there: where 255 is a class, write \"idMap\": { \"0\": \"other\", \"255\": \"road\" } into the classes' JSON." },
                warnings);
            Assert.AreEqual(0, metrics.PerClass[1].TruthPixels);

            // What the warning says mends it.
            SegmentationClasses mended = SegmentationClasses.FromJson("""{ "name": "Road", "classes": ["other", "road"], "idMap": { "0": "other", "255": "road" } }""");
            (warnings, lines, metrics) = Run(folder, mended);
            Assert.IsEmpty(warnings);
            Assert.IsGreaterThan(0, metrics.PerClass[1].TruthPixels);
            Assert.IsFalse(double.IsNaN(metrics.PerClass[1].IoU));
            Assert.IsTrue(lines.Any(line => line.Contains("validation mIoU", StringComparison.Ordinal)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
