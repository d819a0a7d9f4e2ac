using CsCheck;

namespace GSS.Core.Tests;

[TestClass]
public sealed class LabelReaderTests
{
    private static readonly SegmentationClasses All254 = new("All", [.. Enumerable.Range(0, 254).Select(i => $"c{i}")]);

    private static LabelMap Read(byte[] file, SegmentationClasses classes) => LabelReader.Read(new MemoryStream(file), "test.png", classes);

    private static string Message(byte[] file, SegmentationClasses classes) => Assert.ThrowsExactly<SegmentationDataException>(() => Read(file, classes)).Message;

    [TestMethod]
    public void GreyAndPalette_EveryDepthFilterAndInterlacing()
    {
        foreach (int colorType in new[] { 0, 3, 4 })
        {
            foreach (int bitDepth in new[] { 1, 2, 4, 8, 16 })
            {
                if ((colorType == 3 && bitDepth == 16) || (colorType == 4 && bitDepth < 8))
                {
                    continue;
                }

                foreach (bool interlaced in new[] { false, true })
                {
                    foreach ((int width, int height) in new[] { (1, 1), (2, 1), (1, 3), (4, 4), (5, 9), (8, 8), (17, 13), (33, 20) })
                    {
                        int most = Math.Min(1 << bitDepth, 254);
                        int Value(int x, int y) => ((x * 7) + (y * 13) + (x * y)) % most;
                        var png = new TestPng
                        {
                            Width = width,
                            Height = height,
                            BitDepth = bitDepth,
                            ColorType = colorType,
                            Interlaced = interlaced,
                            ChunkLength = 11,
                            Palette = colorType == 3 ? [.. Enumerable.Range(0, 1 << bitDepth).Select(i => ((byte)(255 - i), (byte)i, (byte)7))] : [],
                            Sample = (x, y, channel) => channel == 1 ? (1 << bitDepth) - 1 : Value(x, y),
                        };
                        LabelMap labels = Read(png.Encode(), All254);
                        Assert.AreEqual((width, height), (labels.Width, labels.Height));
                        for (int y = 0; y < height; y++)
                        {
                            for (int x = 0; x < width; x++)
                            {
                                Assert.AreEqual(Value(x, y), labels[x, y], $"type {colorType}, {bitDepth} bits, interlaced {interlaced}, {width}x{height}, at {x},{y}");
                            }
                        }
                    }
                }
            }
        }
    }

    [TestMethod]
    [DataRow(2, 8)]
    [DataRow(2, 16)]
    [DataRow(6, 8)]
    [DataRow(6, 16)]
    public void Colors_AreLookedUpExactly(int colorType, int bitDepth)
    {
        foreach (bool interlaced in new[] { false, true })
        {
            SegmentationClasses voc = SegmentationClasses.Voc;
            byte Id(int x, int y) => (x + y) % 5 == 0 ? LabelMap.Void : (byte)(((3 * x) + y) % 21);
            var png = new TestPng
            {
                Width = 19,
                Height = 11,
                BitDepth = bitDepth,
                ColorType = colorType,
                Interlaced = interlaced,
                Sample = (x, y, channel) =>
                {
                    RgbColor color = voc.ColorOf(Id(x, y));
                    int value = channel == 0 ? color.R : channel == 1 ? color.G : channel == 2 ? color.B : 255;
                    return bitDepth == 16 ? value * 257 : value;
                },
            };
            LabelMap labels = Read(png.Encode(), voc);
            for (int y = 0; y < 11; y++)
            {
                for (int x = 0; x < 19; x++)
                {
                    Assert.AreEqual(Id(x, y), labels[x, y]);
                }
            }
        }
    }

    [TestMethod]
    public void SixteenBits_ReachValuesAbove255()
    {
        var classes = new SegmentationClasses("Wide", ["a", "b"], voidIndex: 65535, idMap: new Dictionary<int, byte> { [300] = 0, [40000] = 1 });
        int[] values = [300, 40000, 65535, 300];
        LabelMap labels = Read(TestPng.Grey(4, 1, (x, _) => values[x], 16), classes);
        CollectionAssert.AreEqual(new byte[] { 0, 1, 255, 0 }, labels.Ids.ToArray());
    }

    [TestMethod]
    public void TransparentPixels_AreVoid_HalfTransparentOnesAnError()
    {
        byte[] Encode(int alpha) => new TestPng
        {
            Width = 3,
            Height = 1,
            BitDepth = 8,
            ColorType = 4,
            Sample = (x, _, channel) => channel == 0 ? (x == 1 ? 200 : x) : (x == 1 ? alpha : 255),
        }.Encode();
        CollectionAssert.AreEqual(new byte[] { 0, 255, 2 }, Read(Encode(0), SegmentationClasses.CamVid).Ids.ToArray());
        Assert.AreEqual(
            "Label map 'test.png' has 1 half-transparent pixels, expected each to be opaque, or transparent for void: save it without smoothing or alpha channel.",
            Message(Encode(128), SegmentationClasses.CamVid));
    }

    [TestMethod]
    public void ReduceZeroLabel_HappensOnce()
    {
        LabelMap labels = Read(TestPng.Grey(4, 1, (x, _) => new[] { 0, 1, 150, 255 }[x]), SegmentationClasses.Ade20k);
        CollectionAssert.AreEqual(new byte[] { 255, 0, 149, 255 }, labels.Ids.ToArray());
    }

    [TestMethod]
    public void CityscapesLabelIds_MapToTrainIds()
    {
        LabelMap labels = Read(TestPng.Grey(34, 1, (x, _) => x), SegmentationClasses.CityscapesLabelIds);
        const byte v = 255;
        CollectionAssert.AreEqual(
            new byte[] { v, v, v, v, v, v, v, 0, 1, v, v, 2, 3, 4, v, v, v, 5, v, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, v, v, 16, 17, 18 },
            labels.Ids.ToArray());
    }

    [TestMethod]
    public void UnknownValue_IsNamedWithItsCountAndFile()
    {
        byte[] file = TestPng.Grey(10, 10, (x, y) => y < 2 ? 19 : x == 9 ? 255 : 3);
        Assert.AreEqual(
            "Label map 'test.png' has values that mean no class: 19 in 20 pixels, 255 in 8 pixels; 'CamVid11' expects 0 to 10, and 11 for void: " +
            "choose the classes this file was made with, or name the values in an id map.",
            Message(file, SegmentationClasses.CamVid));
        StringAssert.Contains(Message(file, SegmentationClasses.Cityscapes), "19 in 20 pixels; 'Cityscapes19' expects 0 to 18, and 255 for void");
        StringAssert.Contains(Message(TestPng.Grey(1, 1, (_, _) => 200), SegmentationClasses.Ade20k), "200 in 1 pixel; 'Ade20k150' expects 1 to 150, and 0 or 255 for void");
        StringAssert.Contains(Message(TestPng.Grey(30, 1, (x, _) => 100 + x), SegmentationClasses.CamVid), "and 22 more in 22 pixels");
    }

    [TestMethod]
    public void Palette_IsReadByIndex_UnlessTheClassesHaveAColorMap()
    {
        var colors = new (byte, byte, byte)[] { (0, 0, 255), (255, 0, 0), (1, 2, 3) };
        byte[] Encode(Func<int, int> index) => new TestPng { Width = 4, Height = 1, BitDepth = 2, ColorType = 3, Palette = colors, Sample = (x, _, _) => index(x) }.Encode();
        var byIndex = new SegmentationClasses("Two", ["red", "blue"], [new(255, 0, 0), new(0, 0, 255)]);
        var byColor = new SegmentationClasses("Two", ["red", "blue"], colorMap: new Dictionary<RgbColor, byte> { [new(255, 0, 0)] = 0, [new(0, 0, 255)] = 1 });
        CollectionAssert.AreEqual(new byte[] { 0, 1, 0, 1 }, Read(Encode(x => x % 2), byIndex).Ids.ToArray());
        CollectionAssert.AreEqual(new byte[] { 1, 0, 1, 0 }, Read(Encode(x => x % 2), byColor).Ids.ToArray());
        Assert.AreEqual(
            "Label map 'test.png' has colours that mean no class: #010203 in 2 pixels, index 3 without a colour in 1 pixel; 'Two' knows 2 exact colours: " +
            "add the missing ones to its colour map, or use label files that were never resized or saved as JPEG.",
            Message(Encode(x => new[] { 2, 0, 2, 3 }[x]), byColor));
        StringAssert.Contains(Message(Encode(_ => 2), byIndex), "2 (#010203) in 4 pixels; 'Two' expects 0 to 1");
    }

    [TestMethod]
    public void UnknownColor_IsNamedWithItsCountAndFile()
    {
        byte[] file = TestPng.Rgb(5, 2, (x, _) => x < 2 ? ((byte)128, (byte)0, (byte)0) : ((byte)1, (byte)2, (byte)(x / 4)));
        StringAssert.StartsWith(
            Message(file, SegmentationClasses.CamVid),
            "Label map 'test.png' has colours that mean no class: #010200 in 4 pixels, #010201 in 2 pixels; 'CamVid11' knows 12 exact colours: ");
        StringAssert.Contains(Message(file, SegmentationClasses.Ade20k), "'Ade20k150' has no colour map and two of its classes share a display colour");
    }

    [TestMethod]
    public void SixteenBitColor_ThatEightBitsCannotHold_IsUnknown()
    {
        byte[] file = new TestPng { Width = 1, Height = 1, BitDepth = 16, ColorType = 2, Sample = (_, _, c) => (128 * 257) + c }.Encode();
        StringAssert.Contains(Message(file, SegmentationClasses.CamVid), "#808080818082 (16 bits a channel) in 1 pixel");
    }

    [TestMethod]
    public void RoundTrip_AnyMapThroughTheWriter()
    {
        SegmentationClasses[] taxonomies =
        [
            SegmentationClasses.CamVid, SegmentationClasses.Cityscapes, SegmentationClasses.CityscapesLabelIds, SegmentationClasses.Ade20k, SegmentationClasses.Voc, All254,
            new("Wide", ["a", "b"], voidIndex: 4000, idMap: new Dictionary<int, byte> { [300] = 0, [2] = 1 }),
            new("Colors", ["a", "b"], colorMap: new Dictionary<RgbColor, byte> { [new(1, 1, 1)] = 1, [new(2, 2, 2)] = 0, [new(0, 9, 0)] = 255 }),
        ];
        using var folder = new TestFolder();
        int number = 0;
        Gen.Select(Gen.Int[0, taxonomies.Length - 1], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[0, int.MaxValue]).Sample(
            (taxonomy, width, height, seed) =>
            {
                SegmentationClasses classes = taxonomies[taxonomy];
                var random = new Random(seed);
                byte[] ids = [.. Enumerable.Range(0, width * height).Select(_ => random.Next(8) == 0 ? LabelMap.Void : (byte)random.Next(classes.Count))];
                var labels = new LabelMap(width, height, ids);
                string path = folder.File($"{Interlocked.Increment(ref number)}.png");
                LabelWriter.SavePng(labels, classes, path);
                Assert.AreEqual(labels, LabelReader.Read(path, classes));
                Assert.AreEqual((width, height), LabelReader.ReadSize(path));
                File.Delete(path);
            },
            iter: 200);
    }
}
