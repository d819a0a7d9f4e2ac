using System.Text;

namespace GSS.Core.Tests;

/// <summary>Data sets in their own layout.</summary>
[TestClass]
public sealed class FolderOptionsTests
{
    private static readonly SegmentationClasses Classes = SegmentationClasses.CamVid;

    private static TestFolder Make(params string[] names)
    {
        var folder = new TestFolder();
        foreach (string name in names)
        {
            folder.Write(name, name.EndsWith(".png", StringComparison.Ordinal) ? TestPng.Grey(6, 4, (x, _) => x) : [1]);
        }

        return folder;
    }

    private static string[] Pairs(TestFolder folder, FolderOptions options, string images = "images", string labels = "labels") =>
        [.. SegmentationFiles.FromFolders(Path.Combine(folder.Path, images), Path.Combine(folder.Path, labels), Classes, options).Pairs
            .Select(pair => $"{Path.GetRelativePath(folder.Path, pair.ImagePath)} {Path.GetRelativePath(folder.Path, pair.LabelPath)}".Replace('\\', '/'))];

    private static string Message(TestFolder folder, FolderOptions options, string images = "images", string labels = "labels") =>
        Assert.ThrowsExactly<SegmentationDataException>(() => Pairs(folder, options, images, labels)).Message.Replace(folder.Path + Path.DirectorySeparatorChar, "");

    private static TestFolder Cityscapes() => Make(
    [
        .. from name in new[] { "aachen/aachen_000000_000019", "aachen/aachen_000001_000019", "bochum/bochum_000000_000313" }
           from file in new[] { $"images/{name}_leftImg8bit.png", $"labels/{name}_gtFine_color.png", $"labels/{name}_gtFine_instanceIds.png", $"labels/{name}_gtFine_labelIds.png", $"labels/{name}_gtFine_polygons.json" }
           select file,
    ]);

    [TestMethod]
    public void Cityscapes_IsPaired_AndItsSuffixesAreProposed()
    {
        using TestFolder folder = Cityscapes();
        CollectionAssert.AreEqual(
            new[]
            {
                "images/aachen/aachen_000000_000019_leftImg8bit.png labels/aachen/aachen_000000_000019_gtFine_labelIds.png",
                "images/aachen/aachen_000001_000019_leftImg8bit.png labels/aachen/aachen_000001_000019_gtFine_labelIds.png",
                "images/bochum/bochum_000000_000313_leftImg8bit.png labels/bochum/bochum_000000_000313_gtFine_labelIds.png",
            },
            Pairs(folder, new() { ImageSuffix = "_leftImg8bit", LabelSuffix = "_gtFine_labelIds" }));
        Assert.AreEqual(
            "Photograph 'images/aachen/aachen_000000_000019_leftImg8bit.png' has no label map in 'labels' (3 of 3 photographs and 9 of 9 label maps have no partner): "
            + "with the image suffix \"_leftImg8bit\" and the label suffix \"_gtFine_labelIds\" 3 of them pair, so set FolderOptions.ImageSuffix and LabelSuffix.",
            Message(folder, new()).Replace(folder.Path, ""));
        StringAssert.EndsWith(Message(folder, new() { LabelSuffix = "_gtFine_labelIds" }), "with the image suffix \"_leftImg8bit\" 3 of them pair, so set FolderOptions.ImageSuffix.");
    }

    [TestMethod]
    public void CamVid_IsPaired_AndItsSuffixIsProposed()
    {
        using TestFolder folder = Make("images/0001TP_006690.png", "images/0001TP_006720.png", "labels/0001TP_006690_L.png", "labels/0001TP_006720_L.png");
        Assert.HasCount(2, Pairs(folder, new() { LabelSuffix = "_L" }));
        Assert.AreEqual(
            "Photograph 'images/0001TP_006690.png' has no label map in 'labels' (2 of 2 photographs and 2 of 2 label maps have no partner): "
            + "with the label suffix \"_L\" 2 of them pair, so set FolderOptions.LabelSuffix.",
            Message(folder, new()));
    }

    [TestMethod]
    public void PhotographsAndMasks_InOneFolder()
    {
        using TestFolder folder = Make("all/x.jpg", "all/x_mask.png", "all/y.png", "all/y_mask.png");
        CollectionAssert.AreEqual(new[] { "all/x.jpg all/x_mask.png", "all/y.png all/y_mask.png" }, Pairs(folder, new() { LabelSuffix = "_mask" }, "all", "all"));
        using TestFolder other = Make("all/x.jpg", "all/x.png", "all/y.jpg", "all/y.png");
        CollectionAssert.AreEqual(new[] { "all/x.jpg all/x.png", "all/y.jpg all/y.png" }, Pairs(other, new(), "all", "all"));
        using TestFolder third = Make("all/x_rgb.png", "all/x.png");
        CollectionAssert.AreEqual(new[] { "all/x_rgb.png all/x.png" }, Pairs(third, new() { ImageSuffix = "_rgb" }, "all", "all"));
        using TestFolder nested = Make("data/x.png", "data/masks/x.png");
        CollectionAssert.AreEqual(new[] { "data/x.png data/masks/x.png" }, Pairs(nested, new(), "data", "data/masks"));
        using TestFolder masks = Make("all/x.jpg", "all/x_mask.png", "all/y.jpg", "all/y_mask.png");
        StringAssert.EndsWith(Message(masks, new(), "all", "all"), "with the label suffix \"_mask\" 2 of them pair, so set FolderOptions.LabelSuffix.");
    }

    private static TestFolder Voc()
    {
        TestFolder folder = Make("JPEGImages/2007_000027.jpg", "JPEGImages/2007_000032.jpg", "JPEGImages/2007_000033.jpg", "JPEGImages/2007_000039.jpg",
            "SegmentationClass/2007_000032.png", "SegmentationClass/2007_000033.png", "SegmentationClass/2007_000039.png");
        folder.Write("train.txt", "2007_000039\r\n2007_000032\n\n"u8.ToArray());
        return folder;
    }

    [TestMethod]
    public void Voc_SplitListAndOnlyLabelled()
    {
        using TestFolder folder = Voc();
        CollectionAssert.AreEqual(
            new[] { "JPEGImages/2007_000039.jpg SegmentationClass/2007_000039.png", "JPEGImages/2007_000032.jpg SegmentationClass/2007_000032.png" },
            Pairs(folder, new() { SplitList = folder.File("train.txt") }, "JPEGImages", "SegmentationClass"));
        Assert.HasCount(3, Pairs(folder, new() { OnlyLabelled = true }, "JPEGImages", "SegmentationClass"));
        Assert.AreEqual(
            "Photograph 'JPEGImages/2007_000027.jpg' has no label map in 'SegmentationClass' (1 of 4 photographs and 0 of 3 label maps have no partner): "
            + "set FolderOptions.OnlyLabelled to leave such photographs out, or FolderOptions.SplitList to a list of those to take.",
            Message(folder, new(), "JPEGImages", "SegmentationClass"));
    }

    [TestMethod]
    public void SplitList_NamesWithFolderSuffixExtensionOrMore()
    {
        using TestFolder folder = Cityscapes();
        string list = folder.Write("list.txt", "\uFEFF/SegNet/bochum/bochum_000000_000313_leftImg8bit.png /x/labels.png\naachen_000001_000019 -1\naachen/aachen_000001_000019"u8.ToArray());
        var options = new FolderOptions { ImageSuffix = "_leftImg8bit", LabelSuffix = "_gtFine_labelIds", SplitList = list };
        CollectionAssert.AreEqual(new[] { "bochum_000000_000313_leftImg8bit.png", "aachen_000001_000019_leftImg8bit.png" }, Pairs(folder, options).Select(pair => Path.GetFileName(pair.Split(' ')[0])).ToArray());
        folder.Write("list.txt", "aachen_000001_000019\nberlin_7\nberlin_8 1\n"u8.ToArray());
        Assert.AreEqual(
            "Split list 'list.txt' names 'berlin_7', but folder 'images' has no such photograph (2 of 3 lines name none): choose the folder that the list belongs to, or another image suffix.",
            Message(folder, options));
        folder.Write("list.txt", " \n"u8.ToArray());
        Assert.AreEqual("Split list 'list.txt' is empty, expected the name of a photograph in each line: choose another list.", Message(folder, options));
        StringAssert.StartsWith(Message(folder, options with { SplitList = folder.File("no.txt") }), "Split list 'no.txt' was not found: ");
    }

    [TestMethod]
    public void NearlyEqualNames_ArePaired_OrNamed()
    {
        string composed = "stra\u00dfe_\u00e9", decomposed = composed.Normalize(NormalizationForm.FormD);
        using TestFolder folder = Make("images/IMG_1.JPG", "images/a.jpg", $"images/{composed}.jpg", "labels/img_1.png", "labels/a.jpg.png", $"labels/{decomposed}.png");
        CollectionAssert.AreEqual(
            new[] { "images/IMG_1.JPG labels/img_1.png", "images/a.jpg labels/a.jpg.png", $"images/{composed}.jpg labels/{decomposed}.png" },
            Pairs(folder, new()));
        if (File.Exists(Path.Combine(folder.Path, "images", "img_1.jpg")))
        {
            return; // A file system that knows no case cannot hold the rest.
        }

        folder.Write("images/Img_1.jpg", [1]);
        Assert.AreEqual(
            "Photograph 'images/IMG_1.JPG' has no label map in 'labels' (2 of 4 photographs and 1 of 3 label maps have no partner): "
            + "'labels/img_1.png' is its likely partner, but other files have nearly the same name: give partners exactly the same name.",
            Message(folder, new()));
    }

    [TestMethod]
    public void OtherFormats_AreNamed()
    {
        using TestFolder folder = Make("images/a.jpg", "images/b.tif", "labels/a.png", "labels/b.png");
        Assert.AreEqual(
            "Label map 'labels/b.png' has no photograph in 'images' (0 of 1 photographs and 1 of 2 label maps have no partner): "
            + "'images/b.tif' seems to be its photograph, but photographs must be JPEG, PNG, WebP or BMP: convert it.",
            Message(folder, new()));
        using TestFolder labels = Make("images/a.jpg", "images/b.jpg", "images/b.txt", "labels/a.png", "labels/b.jpg");
        Assert.AreEqual(
            "Photograph 'images/b.jpg' has no label map in 'labels' (1 of 2 photographs and 0 of 1 label maps have no partner): "
            + "'labels/b.jpg' seems to be its label map, but label maps must be PNG, as other formats lose exact values: save it as PNG.",
            Message(labels, new()));
        using TestFolder tiffs = Make("images/a.tif", "labels/a.png");
        Assert.AreEqual(
            "Folder 'images' has no photographs: found 1 other files such as 'a.tif', expected *.jpg, *.jpeg, *.png, *.webp, *.bmp; photographs must be JPEG, PNG, WebP or BMP, convert them.",
            Message(tiffs, new()));
        Assert.AreEqual(
            "Folder 'images' has no photographs: found 3 other files such as 'a.jpg', expected *_x.jpg, *_x.jpeg, *_x.png, *_x.webp, *_x.bmp; choose another image suffix.",
            Message(labels, new() { ImageSuffix = "_x" }));
    }
}
