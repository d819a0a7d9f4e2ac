using SkiaSharp;

namespace GSS.Core.Tests;

/// <summary>What a user hears before training about label maps that are likely not what was meant.</summary>
[TestClass]
public sealed class LabelAuditTests
{
    private static SegmentationFiles Write(TestFolder folder, SegmentationClasses classes, params byte[][] labels)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            (int width, int height) = LabelSize(labels[i]);
            folder.Write($"images/{i:d3}.png", TestPng.Rgb(width, height, (x, y) => ((byte)x, (byte)y, (byte)9)));
            folder.Write($"labels/{i:d3}.png", labels[i]);
        }

        return SegmentationFiles.FromFolders(folder.File("images"), folder.File("labels"), classes);
    }

    private static (int Width, int Height) LabelSize(byte[] png)
    {
        PngHeader header = PngReader.ReadHeader(png);
        return (header.Width, header.Height);
    }

    private static byte[] Grey(params int[] values) => TestPng.Grey(values.Length, 1, (x, _) => values[x]);

    private static string[] Warnings(TestFolder folder, SegmentationFiles files) =>
        [.. LabelWarnings.Of(LabelAudit.Of(files, files.Classes)).Select(text => text.Replace(folder.Path + Path.DirectorySeparatorChar, "").Replace($"labels{Path.DirectorySeparatorChar}", "labels/").Replace($"images{Path.DirectorySeparatorChar}", "images/"))];

    [TestMethod]
    public void MasksOf0And255_AreNamed_AndTheJsonMendsThem()
    {
        using var folder = new TestFolder();
        var classes = new SegmentationClasses("Fields", ["bg", "fg \"x\""]);
        SegmentationFiles files = Write(folder, classes, Grey(0, 255), Grey(0, 0), Grey(255, 0));
        Assert.AreEqual(
            """2 of 3 label maps hold the values 0 and 255 alone, and 255 means void, so that nothing is learned there: where 255 is a class, write "idMap": { "0": "bg", "255": "fg \"x\"" } into the classes' JSON.""",
            Warnings(folder, files).Single());
        SegmentationClasses mended = SegmentationClasses.FromJson("""{ "name": "Fields", "classes": ["bg", "fg \"x\""], "idMap": { "0": "bg", "255": "fg \"x\"" } }""");
        Assert.IsEmpty(Warnings(folder, SegmentationFiles.FromFolders(folder.File("images"), folder.File("labels"), mended)));
        var single = new SegmentationClasses("One", ["fg"]);
        StringAssert.Contains(Warnings(folder, SegmentationFiles.FromFolders(folder.File("images"), folder.File("labels"), single)).Single(), """{ "0": null, "255": "fg" }""");
    }

    [TestMethod]
    public void ClassesWithoutPixels_AreNamed()
    {
        using var folder = new TestFolder();
        var classes = new SegmentationClasses("Seven", ["a", "b", "c", "d", "e", "f", "g"]);
        Assert.AreEqual(
            "6 of 7 classes have no pixel in 2 label maps and will never be learned: 'a', 'c', 'd', 'e', 'f' and 1 more; where files hold such a class under another value, "
            + "name the value in the classes' JSON, as in \"idMap\": { \"7\": \"a\" } with all other values, else leave the class out or add images that show it.",
            Warnings(folder, Write(folder, classes, Grey(1, 1), Grey(1, 255))).Single());
    }

    [TestMethod]
    public void MuchVoid_IsNamed()
    {
        using var folder = new TestFolder();
        var classes = new SegmentationClasses("Two", ["a", "b"]);
        Assert.AreEqual(
            "50.0 % of the pixels of 1 label maps are void (value 255) and teach nothing: where they belong to a class, "
            + "write \"voidIndex\": null and an idMap with all values, such as \"idMap\": { \"255\": \"a\" }, into the classes' JSON.",
            Warnings(folder, Write(folder, classes, Grey(0, 1, 255, 255))).Single());
        Assert.IsEmpty(Warnings(folder, Write(folder, classes, Grey(0, 1, 1, 255, 255))));
    }

    [TestMethod]
    public void ReorderedPalette_IsNamed_AndTheJsonMendsIt()
    {
        using var folder = new TestFolder();
        var classes = new SegmentationClasses("Three", ["a", "b", "c"], [new(0, 0, 0), new(128, 0, 0), new(0, 128, 0)], voidColor: new(224, 224, 192));
        byte[] Palette(params (byte, byte, byte)[] palette) => new TestPng { Width = 3, Height = 1, BitDepth = 8, ColorType = 3, Sample = (x, _, _) => x, Palette = palette }.Encode();
        byte[] right = Palette((0, 0, 0), (128, 0, 0), (0, 128, 0)), swapped = Palette((0, 0, 0), (0, 128, 0), (128, 0, 0)), strange = Palette((9, 9, 9), (8, 8, 8), (7, 7, 7));
        Assert.AreEqual(
            "1 of 3 label maps have a palette with the colours of other classes, such as index 1 ('b') with the colour of 'c' in 'labels/001.png', as if an editor had reordered it: "
            + "to read palette files by colour write \"colorMap\": { \"#000000\": \"a\", \"#800000\": \"b\", \"#008000\": \"c\", \"#e0e0c0\": null } into the classes' JSON.",
            Warnings(folder, Write(folder, classes, right, swapped, strange)).Single());
        SegmentationClasses byColor = SegmentationClasses.FromJson(
            classes.ToJson().TrimEnd().TrimEnd('}') + """, "colorMap": { "#000000": "a", "#800000": "b", "#008000": "c", "#e0e0c0": null } }""");
        CollectionAssert.AreEqual(new byte[] { 0, 2, 1 }, LabelReader.Read(folder.File("labels", "001.png"), byColor).Ids.ToArray());

        // Classes without colours of their own, in files with the VOC palette: index 1 has the colour that class 0 is shown in, and nothing is wrong.
        var plain = new SegmentationClasses("Plain", ["a", "b", "c"]);
        Assert.IsEmpty(Warnings(folder, Write(folder, plain, right, right, right)));
    }

    [TestMethod]
    public void TurnedPhotographs_AreCounted()
    {
        using var folder = new TestFolder();
        using var bitmap = new SKBitmap(new SKImageInfo(2, 1, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        byte[] jpeg = data.ToArray();
        foreach ((int i, byte orientation) in new (int, byte)[] { (0, 1), (1, 3), (2, 2) })
        {
            byte[] exif = [.. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
            folder.Write($"images/00{i}.jpg", [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg.AsSpan(2)]);
            folder.Write($"labels/00{i}.png", Grey(0, 1));
        }

        var files = SegmentationFiles.FromFolders(folder.File("images"), folder.File("labels"), new("Two", ["a", "b"]));
        Assert.AreEqual(
            "2 of 3 photographs are turned upright by their EXIF orientation as they are read, such as 'images/001.jpg': "
            + "their label maps must lie on the upright photograph; where they were drawn on the stored pixels, remove the orientation from these photographs.",
            Warnings(folder, files).Single());
    }

    [TestMethod]
    public void GoodLabels_SayNothing_AndLargeSetsAreSampled()
    {
        using var folder = new TestFolder();
        Assert.IsEmpty(Warnings(folder, Write(folder, new("Two", ["a", "b"]), Grey(0, 1), Grey(1, 0), Grey(0, 255, 1))));
        var few = new Counting(3000);
        LabelAudit audit = LabelAudit.Of(few, new("Two", ["a", "b"]));
        Assert.AreEqual((LabelAudit.MostOthers, 3000, LabelAudit.MostOthers), (audit.Count, audit.Total, few.Reads));
        StringAssert.StartsWith(LabelWarnings.Of(audit).Single(), "1 of 2 classes have no pixel in 200 label maps (of 3000, evenly spread) and will never be learned: 'b'; ");
        Assert.ThrowsExactly<OperationCanceledException>(() => LabelAudit.Of(few, new("Two", ["a", "b"]), new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void UnusableLabelMap_IsToldByItself()
    {
        using var folder = new TestFolder();
        SegmentationFiles files = Write(folder, new("Two", ["a", "b"]), Grey(0, 1), Grey(9, 0), Grey(0, 8));
        StringAssert.Contains(Assert.ThrowsExactly<SegmentationDataException>(() => LabelAudit.Of(files, files.Classes)).Message, "001.png' has values that mean no class: 9 in 1 pixel");
    }

    private sealed class Counting(int count) : ISegmentationSamples
    {
        private int _reads;

        public int Reads => _reads;

        public int Count => count;

        public string Describe(int index) => "";

        public (RgbImage Image, LabelMap Labels) Read(int index)
        {
            Interlocked.Increment(ref _reads);
            return (new RgbImage(1, 1), new LabelMap(1, 1, [0]));
        }
    }
}
