namespace GSS.Core.Tests;

[TestClass]
public sealed class SegmentationFilesTests
{
    private static readonly SegmentationClasses Classes = SegmentationClasses.CamVid;

    private static byte[] Photograph(int width = 6, int height = 4) => TestPng.Rgb(width, height, (x, y) => ((byte)x, (byte)y, (byte)9));

    private static byte[] Labels(int width = 6, int height = 4) => TestPng.Grey(width, height, (x, _) => x);

    private static SegmentationFiles Load(TestFolder folder, string imageSuffix = "", string labelSuffix = "")
        => SegmentationFiles.FromFolders(Path.Combine(folder.Path, "images"), Path.Combine(folder.Path, "labels"), Classes, imageSuffix, labelSuffix);

    private static string Message(Action action) => Assert.ThrowsExactly<SegmentationDataException>(action).Message;

    [TestMethod]
    public void Folders_ArePairedByStem_InOrder()
    {
        using var folder = new TestFolder();
        foreach (string stem in new[] { "b", "a", "town/c", "1.5" })
        {
            folder.Write($"images/{stem}.{(stem == "a" ? "JPG" : "png")}", Photograph());
            folder.Write($"labels/{stem}.png", Labels());
        }

        folder.Write("images/readme.txt", [1]);
        folder.Write("labels/.hidden.png", [1]);
        SegmentationFiles files = Load(folder);
        CollectionAssert.AreEqual(new[] { "1.5.png", "a.JPG", "b.png", "c.png" }, files.Pairs.Select(p => Path.GetFileName(p.ImagePath)).ToArray());
        Assert.AreEqual(4, files.Count);
        Assert.AreEqual(Path.Combine(folder.Path, "labels", "town", "c.png"), files.Pairs[3].LabelPath);
        files.CheckSizes();
        (RgbImage image, LabelMap labels) = files.Read(3);
        Assert.AreEqual((6, 4, (byte)5, (byte)5), (image.Width, image.Height, image.Pixels[15], labels[5, 0]));
        StringAssert.Contains(files.Describe(3), "c.png");
    }

    [TestMethod]
    public void Suffixes_AreLeftOut()
    {
        using var folder = new TestFolder();
        folder.Write("images/bonn/bonn_1_leftImg8bit.png", Photograph());
        folder.Write("labels/bonn/bonn_1_gtFine_labelIds.png", Labels());
        folder.Write("labels/bonn/bonn_1_gtFine_color.png", Labels());
        SegmentationFiles files = Load(folder, "_leftImg8bit", "_gtFine_labelIds");
        Assert.AreEqual(1, files.Count);
        Assert.AreEqual("bonn_1_gtFine_labelIds.png", Path.GetFileName(files.Pairs[0].LabelPath));
    }

    [TestMethod]
    public void Construction_OpensNoFile()
    {
        using var folder = new TestFolder();
        folder.Write("images/a.jpg", [1, 2, 3]);
        folder.Write("labels/a.png", [1, 2, 3]);
        SegmentationFiles files = Load(folder);
        StringAssert.Contains(Message(() => files.Read(0)), "a.jpg");
    }

    [TestMethod]
    public void EmptyFolder_IsNamed()
    {
        using var folder = new TestFolder();
        string images = Path.Combine(folder.Path, "images");
        StringAssert.StartsWith(Message(() => Load(folder)), $"The folder of photographs '{images}' was not found: ");
        Directory.CreateDirectory(images);
        Assert.AreEqual(
            $"Folder '{images}' has no photographs: found no files, expected *.jpg, *.jpeg, *.png, *.webp, *.bmp; choose the folder with the photographs.",
            Message(() => Load(folder)));
        folder.Write("images/a.png", Photograph());
        folder.Write("labels/a.bmp", Labels());
        Assert.AreEqual(
            $"Folder '{Path.Combine(folder.Path, "labels")}' has no label maps: found 1 other files such as 'a.bmp', expected *.png; label maps must be PNG, as other formats lose exact values.",
            Message(() => Load(folder)));
    }

    [TestMethod]
    public void MissingPartner_IsNamedWithCounts()
    {
        using var folder = new TestFolder();
        for (int i = 0; i < 5; i++)
        {
            folder.Write($"images/{i}.png", Photograph());
        }

        folder.Write("labels/0.png", Labels());
        folder.Write("labels/x.png", Labels());
        Assert.AreEqual(
            $"Photograph '{folder.File("images", "1.png")}' has no label map in '{Path.Combine(folder.Path, "labels")}' (4 of 5 photographs and 1 of 2 label maps have no partner): " +
            "give partners the same name without extension, remove the others, or list the pairs yourself.",
            Message(() => Load(folder)));
        for (int i = 1; i < 5; i++)
        {
            folder.Write($"labels/{i}.png", Labels());
        }

        StringAssert.StartsWith(Message(() => Load(folder)), $"Label map '{folder.File("labels", "x.png")}' has no photograph in ");
    }

    [TestMethod]
    public void TwoFilesOfOneStem_AreNamed()
    {
        using var folder = new TestFolder();
        folder.Write("images/a.png", Photograph());
        folder.Write("images/a.jpg", Photograph());
        folder.Write("labels/a.png", Labels());
        StringAssert.Contains(Message(() => Load(folder)), "has two photographs with the name 'a', one of them ");
    }

    [TestMethod]
    public void SizeMismatch_IsNamedWithCounts()
    {
        using var folder = new TestFolder();
        for (int i = 0; i < 4; i++)
        {
            folder.Write($"images/{i}.png", Photograph());
            folder.Write($"labels/{i}.png", i < 2 ? Labels() : Labels(3, 2));
        }

        SegmentationFiles files = Load(folder);
        files.Read(0);
        string expected =
            $"Label map '{files.Pairs[2].LabelPath}' is 3x2 but its photograph '{files.Pairs[2].ImagePath}' is 6x4 (2 of 4 pairs differ in size): " +
            "resize one of them, label maps only by nearest neighbour.";
        Assert.AreEqual(expected, Message(() => files.Read(2)));
        Assert.AreEqual(expected, Message(() => files.CheckSizes()));
        folder.Write("labels/0.png", Labels(4, 6));
        StringAssert.Contains(Message(() => files.Read(0)), "before its EXIF orientation was applied");
        Assert.ThrowsExactly<OperationCanceledException>(() => files.CheckSizes(new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void Pairs_AreTakenAsGiven()
    {
        using var folder = new TestFolder();
        string image = folder.Write("p.png", Photograph());
        string label = folder.Write("l.png", Labels());
        Assert.AreEqual(2, SegmentationFiles.FromPairs([(image, label), (image, label)], Classes).Count);
        StringAssert.StartsWith(Message(() => SegmentationFiles.FromPairs([], Classes)), "The list of photographs and label maps is empty");
        StringAssert.Contains(Message(() => SegmentationFiles.FromPairs([(image, "")], Classes)), "Pair 0 of photographs and label maps has an empty path");
        StringAssert.StartsWith(Message(() => SegmentationFiles.FromPairs([(image, label), (image, label + "x")], Classes)), $"'{label}x' was not found (1 of 4 files of the list are missing)");
    }

    [TestMethod]
    public void Reading_IsThreadSafe()
    {
        using var folder = new TestFolder();
        for (int i = 0; i < 8; i++)
        {
            int value = i;
            folder.Write($"images/{i}.png", TestPng.Rgb(9, 9, (_, _) => ((byte)value, (byte)0, (byte)0)));
            folder.Write($"labels/{i}.png", TestPng.Grey(9, 9, (_, _) => value));
        }

        SegmentationFiles files = Load(folder);
        Parallel.For(0, 200, i =>
        {
            (RgbImage image, LabelMap labels) = files.Read(i % 8);
            Assert.AreEqual((i % 8, i % 8), (image.Pixels[240], labels[8, 8]));
        });
    }
}
