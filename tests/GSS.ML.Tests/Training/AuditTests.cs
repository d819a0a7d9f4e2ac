using GSS.Core;
using GSS.Core.Tests;
using GSS.Tests;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GSS.ML.Tests;

/// <summary>Files with every kind of fault, from their folders through <c>Audit</c>.</summary>
[TestClass]
public sealed class AuditTests
{
    private static readonly SegmentationClasses Classes = new("Three", ["a", "b", "c"], [new(0, 0, 0), new(128, 0, 0), new(0, 128, 0)]);

    private static string ImageOf(int i) => $"images/{i}.png";

    private static string LabelOf(int i) => $"labels/{i}.png";

    private static void Write(TemporaryFolder folder, string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        File.WriteAllBytes(folder.File(name), bytes);
    }

    private static byte[] Photograph(int width = 48, int height = 36) => TestPng.Rgb(width, height, (x, y) => ((byte)(4 * x), (byte)(7 * y), 90));

    private static byte[] Grey(Func<int, int> valueOfColumn, int width = 48, int height = 36) => TestPng.Grey(width, height, (x, _) => valueOfColumn(x));

    /// <summary>Good pairs: three columns in four are a, b and c, the fourth void.</summary>
    private static void WritePairs(TemporaryFolder folder, int count, Func<int, int>? valueOfColumn = null)
    {
        for (int i = 0; i < count; i++)
        {
            Write(folder, ImageOf(i), Photograph());
            Write(folder, LabelOf(i), Grey(valueOfColumn ?? (x => x % 4 == 3 ? 255 : x % 4)));
        }
    }

    // The palette of the classes with b and c in each other's place, as an editor leaves it.
    private static byte[] Reordered() => new TestPng
    {
        Width = 48,
        Height = 36,
        BitDepth = 8,
        ColorType = 3,
        Palette = [(0, 0, 0), (0, 128, 0), (128, 0, 0)],
        Sample = (x, _, _) => x % 3,
    }.Encode();

    private static LabelAuditReport Audit(TemporaryFolder folder, SegmentationClasses? classes = null) => TinyScenes.Segmentation.Audit(Load(folder, classes));

    private static IDataView Load(TemporaryFolder folder, SegmentationClasses? classes = null) =>
        TinyScenes.Segmentation.LoadFromFolders(folder.File("images"), folder.File("labels"), classes ?? Classes);

    private static string Without(TemporaryFolder folder, string text) => text.Replace(folder.FullName + Path.DirectorySeparatorChar, "", StringComparison.Ordinal).Replace('\\', '/');

    [TestMethod]
    public void Every_faulty_file_is_told_and_the_others_are_counted()
    {
        using var folder = new TemporaryFolder();
        WritePairs(folder, 9);
        Write(folder, LabelOf(1), Grey(x => x == 5 ? 9 : 0));
        Write(folder, LabelOf(2), Grey(x => x % 3, width: 24, height: 18));
        Write(folder, LabelOf(3), StreetFolder.TurnedJpeg());
        Write(folder, LabelOf(4), Grey(x => x % 3)[..70]);
        Write(folder, LabelOf(5), []);
        Write(folder, ImageOf(6), "no picture"u8.ToArray());

        // The label map was drawn on the stored 32x16 pixels, upright the photograph is 16x32.
        File.Delete(folder.File(ImageOf(7)));
        Write(folder, "images/7.jpg", StreetFolder.TurnedJpeg());
        Write(folder, LabelOf(7), Grey(x => x % 3, width: 32, height: 16));
        IDataView data = Load(folder);
        File.Delete(folder.File(LabelOf(8)));

        LabelAuditReport report = TinyScenes.Segmentation.Audit(data);
        string[] expected =
        [
            "labels/1.png: Label map 'labels/1.png' has values that mean no class: 9 in 36 pixels",
            "labels/2.png: Label map 'labels/2.png' is 24x18 but its photograph 'images/2.png' is 48x36: resize one of them",
            "labels/3.png: Label map 'labels/3.png' is a JPEG file, whose compression blurs class values",
            "labels/4.png: Label map 'labels/4.png' cannot be read because",
            "labels/5.png: Label map 'labels/5.png' cannot be read because",
            "images/6.png: Photograph 'images/6.png' cannot be read",
            "labels/7.png: Label map 'labels/7.png' is 32x16 but its photograph 'images/7.jpg' is 16x32: the label map may have been drawn on the photograph before its EXIF orientation was applied",
            "labels/8.png: Label map 'labels/8.png' was not found",
        ];
        string[] found = [.. report.Faults.Select(fault => Without(folder, $"{fault.Source}: {fault.Message}"))];
        Assert.AreEqual(expected.Length, report.FaultCount, string.Join('\n', found));
        for (int i = 0; i < expected.Length; i++)
        {
            StringAssert.StartsWith(found[i], expected[i]);
        }

        Assert.AreEqual((9, 9), (report.LookedAt, report.Total));

        // Read were 0 and 6, 48x36 with a quarter of void, and 2 and 7 without void, whose sizes are wrong.
        Assert.AreEqual(2 * 12 * 36, report.Void.Pixels);
        Assert.AreEqual((2 * 12 * 36) + (8 * 18) + (11 * 16), report.PerClass[0].Pixels);
        Assert.AreEqual((4, 2), (report.PerClass[0].LabelMaps, report.Void.LabelMaps));
        Assert.AreEqual(1, report.PerClass.Append(report.Void).Sum(row => row.Share), 1e-12);
        Assert.ThrowsExactly<SegmentationDataException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(TinyScenes.Options()).Fit(data), "training stops at one of them");
    }

    [TestMethod]
    public void Likely_mistakes_are_the_sentences_that_Fit_logs()
    {
        using var folder = new TemporaryFolder();
        WritePairs(folder, 4, x => x < 30 ? 255 : x % 2);
        Write(folder, LabelOf(1), Reordered());
        File.Delete(folder.File(ImageOf(2)));
        Write(folder, "images/2.jpg", StreetFolder.TurnedJpeg());
        Write(folder, LabelOf(2), Grey(_ => 255, width: 16, height: 32));
        var four = new SegmentationClasses("Four", ["a", "b", "c", "d"], [.. Classes.Colors, new(128, 128, 0)]);
        var context = new MLContext();
        var logged = new List<string>();
        context.Log += (_, e) => logged.AddRange(e.Kind == ChannelMessageKind.Warning && e.RawMessage != OneDnn.Notice ? [e.RawMessage] : Array.Empty<string>());
        IDataView data = Load(folder, four);
        using (context.Segmentation().Trainers.GenerativeSegmenter(TinyScenes.Options() with { Epochs = 1 }).Fit(data))
        {
            LabelAuditReport report = TinyScenes.Segmentation.Audit(data);
            CollectionAssert.AreEqual(logged, report.Warnings.ToArray());
            string[] expected = ["1 of 4 classes have no pixel in 4 label maps", "46.9 % of the pixels of 4 label maps are void (value 255)", "1 of 4 photographs are turned upright by their EXIF orientation", "1 of 4 label maps have a palette with the colours of other classes"];
            Assert.HasCount(expected.Length, report.Warnings, string.Join('\n', report.Warnings));
            for (int i = 0; i < expected.Length; i++)
            {
                StringAssert.Contains(report.Warnings[i], expected[i]);
            }
        }
    }

    [TestMethod]
    public void Masks_of_0_and_255_are_told_and_what_the_sentence_says_mends_them()
    {
        using var folder = new TemporaryFolder();
        WritePairs(folder, 3, x => x % 2 == 0 ? 0 : 255);
        var cells = new SegmentationClasses("Cells", ["outside", "inside"]);
        const string idMap = "\"idMap\": { \"0\": \"outside\", \"255\": \"inside\" }";
        StringAssert.Contains(Audit(folder, cells).Warnings.Single(), idMap);
        LabelAuditReport mended = Audit(folder, SegmentationClasses.FromJson($$"""{ "name": "Cells", "classes": ["outside", "inside"], {{idMap}} }"""));
        Assert.IsEmpty(mended.Warnings);
        Assert.AreEqual((0.5, 0L, "3 of 3 label maps looked at: 0 faults, 0 warnings"), (mended.PerClass[1].Share, mended.Void.Pixels, mended.ToLine()));
    }
}
