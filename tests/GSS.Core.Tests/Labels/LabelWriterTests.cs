using SkiaSharp;

namespace GSS.Core.Tests;

[TestClass]
public sealed class LabelWriterTests
{
    [TestMethod]
    public void Palette_HasTheDisplayColors()
    {
        using var folder = new TestFolder();
        string path = folder.File("a.png");
        LabelWriter.SavePng(new(13, 1, [.. Enumerable.Range(0, 12).Select(i => (byte)i).Select(i => i == 11 ? LabelMap.Void : i), 3]), SegmentationClasses.CamVid, path);
        using SKBitmap bitmap = SKBitmap.Decode(path);
        for (int x = 0; x < 11; x++)
        {
            SKColor color = bitmap.GetPixel(x, 0);
            Assert.AreEqual(SegmentationClasses.CamVid.Colors[x], new RgbColor(color.Red, color.Green, color.Blue));
        }

        Assert.AreEqual(SKColors.Black, bitmap.GetPixel(11, 0));
        byte[] file = File.ReadAllBytes(path);
        Assert.AreEqual((8, 3), (file[24], file[25]), "bit depth and colour type");
    }

    [TestMethod]
    public void Indices_AreTheValuesOfTheDataSet()
    {
        using var folder = new TestFolder();
        string path = folder.File("a.png");
        var values = new SegmentationClasses("Values", [.. Enumerable.Range(0, 254).Select(i => $"{i}")]);
        LabelWriter.SavePng(new(3, 1, [0, 18, 255]), SegmentationClasses.CityscapesLabelIds, path);
        CollectionAssert.AreEqual(new byte[] { 7, 33, 0 }, LabelReader.Read(path, values).Ids.ToArray());
        LabelWriter.SavePng(new(3, 1, [0, 149, 255]), SegmentationClasses.Ade20k, path);
        CollectionAssert.AreEqual(new byte[] { 1, 150, 0 }, LabelReader.Read(path, values).Ids.ToArray());
    }

    [TestMethod]
    public void UnusableIds_AreRefused_AndNothingIsWritten()
    {
        using var folder = new TestFolder();
        string path = folder.File("a.png");
        string Fault(byte id, SegmentationClasses classes) => Assert.ThrowsExactly<ArgumentException>(() => LabelWriter.SavePng(new(1, 1, [id]), classes, path)).Message;
        StringAssert.StartsWith(Fault(11, SegmentationClasses.CamVid), "The label map has the id 11, expected 0 to 10 or 255 for void");
        StringAssert.StartsWith(Fault(1, new("K", ["a", "b"], idMap: new Dictionary<int, byte> { [5] = 0 })), "The id map of 'K' has no value for class 'b'");
        StringAssert.StartsWith(Fault(255, new("K", ["a"], colorMap: new Dictionary<RgbColor, byte> { [default] = 0 })), "The colour map of 'K' has no colour for void");
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void FailedWriting_LeavesNothingHalf()
    {
        using var folder = new TestFolder();
        string path = folder.Write("a.txt", [1, 2, 3]);
        Assert.ThrowsExactly<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write([9, 9]);
            throw new InvalidOperationException();
        }));
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3 }, File.ReadAllBytes(path));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
        AtomicFile.Write(path, stream => stream.Write([4]));
        CollectionAssert.AreEqual(new byte[] { 4 }, File.ReadAllBytes(path));

        // A file where a folder must be: cannot be written even by an administrator.
        string below = Path.Combine(path, "b.png");
        string message = Assert.ThrowsExactly<IOException>(() => LabelWriter.SavePng(new(1, 1, [0]), SegmentationClasses.CamVid, below)).Message;
        StringAssert.StartsWith(message, $"'{below}' could not be written (");
    }

    [TestMethod]
    public void Stream_GetsTheBytesOfTheFile_AndStaysOpen()
    {
        using var folder = new TestFolder();
        var labels = new LabelMap(2, 2, [0, 1, 255, 10]);
        string path = folder.File("a.png");
        LabelWriter.SavePng(labels, SegmentationClasses.CamVid, path);
        using var stream = new MemoryStream();
        LabelWriter.SavePng(labels, SegmentationClasses.CamVid, stream);
        CollectionAssert.AreEqual(File.ReadAllBytes(path), stream.ToArray());
        stream.Position = 0;
        Assert.AreEqual(labels, LabelReader.Read(stream, "a.png", SegmentationClasses.CamVid));
        using var empty = new MemoryStream();
        Assert.ThrowsExactly<ArgumentException>(() => LabelWriter.SavePng(new LabelMap(1, 1, [99]), SegmentationClasses.CamVid, empty));
        Assert.AreEqual(0, empty.Length);
    }
}
