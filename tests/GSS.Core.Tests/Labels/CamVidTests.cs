using GSS.Tests;
using SkiaSharp;

namespace GSS.Core.Tests;

[TestClass]
public sealed class CamVidTests
{
    [TestMethod]
    [DataRow("train", 367)]
    [DataRow("val", 101)]
    public void AllFiles_EqualWhatSkiaReads(string split, int count)
    {
        string folder = SharedData.Require("data", "camvid", split);
        var files = SegmentationFiles.FromFolders(Path.Combine(folder, "images"), Path.Combine(folder, "labels"), SegmentationClasses.CamVid);
        Assert.AreEqual(count, files.Count);
        files.CheckSizes();
        for (int i = 0; i < files.Count; i++)
        {
            LabelMap labels = LabelReader.Read(files.Pairs[i].LabelPath, files.Classes);
            byte[] values = ReadGrey(files.Pairs[i].LabelPath);
            Assert.IsTrue(labels.Ids.SequenceEqual(values.Select(v => v == 11 ? LabelMap.Void : v).ToArray()), files.Describe(i));
        }
    }

    [TestMethod]
    public void Photograph_EqualsWhatSkiaReads()
    {
        string folder = SharedData.Require("data", "camvid", "val");
        var files = SegmentationFiles.FromFolders(Path.Combine(folder, "images"), Path.Combine(folder, "labels"), SegmentationClasses.CamVid);
        (RgbImage image, LabelMap labels) = files.Read(3);
        using SKBitmap bitmap = SKBitmap.Decode(files.Pairs[3].ImagePath);
        Assert.AreEqual((480, 360, 480, 360), (image.Width, image.Height, labels.Width, labels.Height));
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                SKColor color = bitmap.GetPixel(x, y);
                int at = 3 * ((y * image.Width) + x);
                Assert.AreEqual((color.Red, color.Green, color.Blue), (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]));
            }
        }
    }

    [TestMethod]
    public void Audit_FindsNothingWrong()
    {
        string folder = SharedData.Require("data", "camvid", "train");
        var files = SegmentationFiles.FromFolders(Path.Combine(folder, "images"), Path.Combine(folder, "labels"), SegmentationClasses.CamVid);
        LabelAudit audit = LabelAudit.Of(files, files.Classes);
        Assert.AreEqual((367, 367), (audit.Count, audit.Total));
        Assert.IsEmpty(LabelWarnings.Of(audit));
        Assert.AreEqual("367 of 367 label maps looked at: 0 faults, 0 warnings", new LabelAuditReport(LabelAudit.OfFiles(files)).ToLine());
    }

    private static byte[] ReadGrey(string path)
    {
        using SKCodec codec = SKCodec.Create(path);
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Gray8, SKAlphaType.Opaque);
        using var bitmap = new SKBitmap(info);
        Assert.AreEqual(SKCodecResult.Success, codec.GetPixels(info, bitmap.GetPixels()));
        Assert.AreEqual(info.Width, bitmap.RowBytes);
        return bitmap.Bytes;
    }
}
