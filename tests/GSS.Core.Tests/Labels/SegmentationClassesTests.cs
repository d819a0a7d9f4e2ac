using CsCheck;

namespace GSS.Core.Tests;

[TestClass]
public sealed class SegmentationClassesTests
{
    private static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => $"class {i}")];

    private static string Fault(Func<SegmentationClasses> make) => Assert.ThrowsExactly<ArgumentException>(make).Message;

    [TestMethod]
    public void BuiltIn_SizesAndReadings()
    {
        (SegmentationClasses Classes, string Name, int Count, int Void, bool Reduce)[] expected =
        [
            (SegmentationClasses.CamVid, "CamVid11", 11, 11, false),
            (SegmentationClasses.Cityscapes, "Cityscapes19", 19, 255, false),
            (SegmentationClasses.CityscapesLabelIds, "Cityscapes19", 19, 0, false),
            (SegmentationClasses.Ade20k, "Ade20k150", 150, 255, true),
            (SegmentationClasses.Voc, "Voc21", 21, 255, false),
        ];
        foreach (var (classes, name, count, voidIndex, reduce) in expected)
        {
            Assert.AreEqual((name, count, voidIndex, reduce), (classes.Name, classes.Count, classes.VoidIndex, classes.ReduceZeroLabel));
            Assert.AreEqual(count, classes.Names.Distinct().Count());
        }
    }

    [TestMethod]
    public void BuiltIn_KnownEntries()
    {
        static (string, RgbColor) Entry(SegmentationClasses classes, int id) => (classes.Names[id], classes.Colors[id]);
        Assert.AreEqual(("Sky", new RgbColor(128, 128, 128)), Entry(SegmentationClasses.CamVid, 0));
        Assert.AreEqual(("Bicyclist", new RgbColor(0, 128, 192)), Entry(SegmentationClasses.CamVid, 10));
        Assert.AreEqual(("road", new RgbColor(128, 64, 128)), Entry(SegmentationClasses.Cityscapes, 0));
        Assert.AreEqual(("bicycle", new RgbColor(119, 11, 32)), Entry(SegmentationClasses.Cityscapes, 18));
        Assert.AreEqual(("wall", new RgbColor(120, 120, 120)), Entry(SegmentationClasses.Ade20k, 0));
        Assert.AreEqual(("bed", new RgbColor(204, 5, 255)), Entry(SegmentationClasses.Ade20k, 7));
        Assert.AreEqual(("flag", new RgbColor(92, 0, 255)), Entry(SegmentationClasses.Ade20k, 149));
        Assert.AreEqual(("person", new RgbColor(192, 128, 128)), Entry(SegmentationClasses.Voc, 15));
        Assert.AreEqual(("tvmonitor", new RgbColor(0, 64, 128)), Entry(SegmentationClasses.Voc, 20));
        Assert.AreEqual(new RgbColor(224, 224, 192), SegmentationClasses.Voc.VoidColor);
    }

    [TestMethod]
    public void CamVid_HasTheSameNamesAsMSeg_InAnotherOrder()
    {
        string path = GSS.Tests.SharedData.Require("reference", "golden", "mseg_names.json");
        using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllText(path));
        System.Text.Json.JsonElement names = document.RootElement.GetProperty("dataset_classnames");
        string[] mseg = [.. names.GetProperty("camvid-11").EnumerateArray().Select(n => n.GetString()!)];
        string[] renamed = [.. SegmentationClasses.CamVid.Names.Select(n => n switch { "Pole" => "Column_Pole", "Pavement" => "Sidewalk", _ => n })];
        CollectionAssert.AreEquivalent(mseg, renamed);
        CollectionAssert.AreEqual(names.GetProperty("kitti-19").EnumerateArray().Select(n => n.GetString()!).ToArray(), SegmentationClasses.Cityscapes.Names.ToArray());
    }

    [TestMethod]
    public void Count_IsOneTo254()
    {
        Assert.AreEqual(1, new SegmentationClasses("One", Names(1)).Count);
        Assert.AreEqual(254, new SegmentationClasses("Many", Names(254)).Count);
        Assert.AreEqual("Classes 'K': found 255 classes, expected 1 to 254 (ids 0 to 253; 255 is void): merge or leave out classes.", Fault(() => new("K", Names(255))));
        StringAssert.Contains(Fault(() => new("K", [])), "found 0 classes");
    }

    [TestMethod]
    public void Faults_AreOneSentence()
    {
        Assert.AreEqual("Segmentation classes need a name, found an empty one: give the taxonomy a short name such as 'CamVid11'.", Fault(() => new(" ", Names(2))));
        Assert.AreEqual("Classes 'K': the name 'a' stands 2 times, expected distinct names: rename or merge these classes.", Fault(() => new("K", ["a", "b", "a"])));
        Assert.AreEqual("Classes 'K': class 1 has an empty name, expected a name for each class.", Fault(() => new("K", ["a", ""])));
        Assert.AreEqual("Classes 'K': found 1 display colours for 2 classes, expected one for each.", Fault(() => new("K", Names(2), [new(1, 2, 3)])));
        Assert.AreEqual(
            "Classes 'K': the void index 1 is also the value of class 'class 1', expected a value that means no class, or null where no value means void.",
            Fault(() => new("K", Names(2), voidIndex: 1)));
        StringAssert.Contains(Fault(() => new("K", Names(2), voidIndex: 2, reduceZeroLabel: true)), "the void index 2 is also the value of class 'class 1'");
        StringAssert.Contains(Fault(() => new("K", Names(2), voidIndex: 7, idMap: new Dictionary<int, byte> { [7] = 0 })), "the void index 7 is also the value of class 'class 0'");
        StringAssert.Contains(Fault(() => new("K", Names(2), voidIndex: 65536)), "the void index is 65536, expected 0 to 65535");
        StringAssert.Contains(Fault(() => new("K", Names(2), reduceZeroLabel: true, idMap: new Dictionary<int, byte> { [7] = 0 })), "both an id map and ReduceZeroLabel");
        StringAssert.Contains(Fault(() => new("K", Names(2), idMap: new Dictionary<int, byte> { [7] = 2 })), "sends value 7 to 2, expected a value of 0 to 65535 and a class id of 0 to 1");
        StringAssert.Contains(Fault(() => new("K", Names(2), idMap: new Dictionary<int, byte> { [-1] = 0 })), "sends value -1 to 0");
        StringAssert.Contains(Fault(() => new("K", Names(2), idMap: new Dictionary<int, byte>())), "the id map is empty");
        StringAssert.Contains(Fault(() => new("K", Names(2), colorMap: new Dictionary<RgbColor, byte> { [new(1, 1, 1)] = 9 })), "sends #010101 to 9");
    }

    [TestMethod]
    public void Colors_WithoutAny_AreDistinctAndNotBlack()
    {
        var classes = new SegmentationClasses("K", Names(254));
        Assert.AreEqual(254, classes.Colors.Append(new RgbColor(0, 0, 0)).Distinct().Count() - 1);
    }

    [TestMethod]
    public void Inputs_AreCopied()
    {
        string[] names = Names(2);
        var map = new Dictionary<int, byte> { [7] = 0 };
        var classes = new SegmentationClasses("K", names, idMap: map);
        names[0] = "changed";
        map[8] = 1;
        Assert.AreEqual("class 0", classes.Names[0]);
        Assert.AreEqual(1, classes.IdMap!.Count);
        Assert.AreEqual(1, classes.IndexOf("class 1"));
        Assert.AreEqual(-1, classes.IndexOf("changed"));
    }

    [TestMethod]
    public void Json_RoundTripsAnyClasses()
    {
        Gen<RgbColor> color = Gen.Select(Gen.Byte, Gen.Byte, Gen.Byte).Select((r, g, b) => new RgbColor(r, g, b));
        Gen.Select(Gen.Int[1, 254], Gen.Int[0, int.MaxValue], Gen.String.Array[0, 3], color.Array[0, 4], Gen.Bool, Gen.Bool).Sample(
            (count, seed, odd, colors, reduce, withMap) =>
            {
                var random = new Random(seed);
                byte Target() => random.Next(4) == 0 ? LabelMap.Void : (byte)random.Next(count);
                string[] names = Names(count);
                if (odd.Length > 0 && !string.IsNullOrWhiteSpace(odd[0]) && odd[0].All(c => !char.IsSurrogate(c)))
                {
                    names[0] = odd[0];
                }

                var classes = new SegmentationClasses(
                    "Any",
                    names,
                    random.Next(2) == 0 ? null : [.. names.Select(_ => new RgbColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)))],
                    voidIndex: random.Next(300, 65536),
                    voidColor: colors.FirstOrDefault(),
                    reduceZeroLabel: reduce && !withMap,
                    idMap: withMap ? Enumerable.Range(0, 5).ToDictionary(i => i * 9, _ => Target()) : null,
                    colorMap: colors.Length == 0 ? null : colors.Distinct().ToDictionary(c => c, _ => Target()));
                SegmentationClasses read = SegmentationClasses.FromJson(classes.ToJson());
                Assert.AreEqual(classes, read);
                Assert.AreEqual(classes.GetHashCode(), read.GetHashCode());
                Assert.AreEqual(classes.ToJson(), read.ToJson());
            },
            iter: 300);
        foreach (SegmentationClasses classes in new[] { SegmentationClasses.CamVid, SegmentationClasses.Ade20k, SegmentationClasses.CityscapesLabelIds, SegmentationClasses.Voc })
        {
            Assert.AreEqual(classes, SegmentationClasses.FromJson(classes.ToJson()));
        }
    }

    [TestMethod]
    public void Equality_SeesEveryProperty()
    {
        var map = new Dictionary<int, byte> { [7] = 0 };
        var colors = new Dictionary<RgbColor, byte> { [new(1, 1, 1)] = 1 };
        SegmentationClasses[] different =
        [
            new("K", Names(2)), new("L", Names(2)), new("K", Names(3)), new("K", ["a", "b"]), new("K", Names(2), [new(1, 1, 1), new(2, 2, 2)]), new("K", Names(2), voidIndex: 9),
            new("K", Names(2), voidColor: new(1, 1, 1)), new("K", Names(2), reduceZeroLabel: true), new("K", Names(2), idMap: map), new("K", Names(2), colorMap: colors),
            new("K", Names(2), idMap: new Dictionary<int, byte> { [7] = 1 }),
        ];
        for (int i = 0; i < different.Length; i++)
        {
            for (int j = 0; j < different.Length; j++)
            {
                Assert.AreEqual(i == j, different[i].Equals(different[j]), $"{i} and {j}");
            }
        }

        Assert.IsTrue(SegmentationClasses.Cityscapes.HasSameNames(SegmentationClasses.CityscapesLabelIds));
        Assert.IsFalse(SegmentationClasses.CamVid.HasSameNames(SegmentationClasses.Voc));
    }

    [TestMethod]
    public void File_OfAUser_IsRead()
    {
        using var folder = new TestFolder();
        string path = folder.Write("farm.json", """
            {
              "name": "Farm3", // a comment
              "classes": [ "soil", { "name": "crop" }, "weed" ],
              "idMap": { "0": null, "7": "soil", "8": 1, "9": "weed" },
              "colorMap": { "#ff0000": "weed", "#00FF00": 1, "#000000": null },
            }
            """u8.ToArray());
        SegmentationClasses farm = SegmentationClasses.FromFile(path);
        Assert.AreEqual(("Farm3", 3, 255), (farm.Name, farm.Count, farm.VoidIndex));
        CollectionAssert.AreEqual(new byte[] { 255, 0, 1, 2 }, new[] { 0, 7, 8, 9 }.Select(v => farm.IdMap![v]).ToArray());
        Assert.AreEqual((byte)1, farm.ColorMap![new(0, 255, 0)]);
        Assert.AreEqual(LabelMap.Void, farm.ColorMap[new(0, 0, 0)]);
    }

    [TestMethod]
    [DataRow("", "")]
    [DataRow("[]", "the whole file is a list in brackets, expected an object in braces")]
    [DataRow("{}", "'name' and 'classes' are needed")]
    [DataRow("""{"name":"K","classes":["a"],"colours":1}""", "the classes has 'colours', expected one of name, classes, ")]
    [DataRow("""{"name":"K","classes":[1]}""", "class 0 is a number, expected an object in braces")]
    [DataRow("""{"name":"K","classes":["a",{"name":"b","color":"#010203"}]}""", "1 of 2 classes have a 'color', expected all or none")]
    [DataRow("""{"name":"K","classes":[{"name":"b","color":"red"}]}""", "class 0 has the colour 'red', expected one like '#80c0ff'")]
    [DataRow("""{"name":"K","classes":["a","a"]}""", "the name 'a' stands 2 times")]
    [DataRow("""{"name":"K","classes":["a"],"voidIndex":"x"}""", "'voidIndex' is \"x\", expected a whole number")]
    [DataRow("""{"name":"K","classes":["a"],"idMap":{"7":"b"}}""", "'idMap' sends '7' to \"b\", expected the name of a class, an id of 0 to 0, or null for void")]
    [DataRow("""{"name":"K","classes":["a"],"idMap":{"x":"a"}}""", "'idMap' has the key 'x', expected a whole number of 0 to 65535")]
    [DataRow("""{"name":"K","classes":["a"],"colorMap":{"black":"a"}}""", "colorMap has the colour 'black'")]
    public void File_WithAFault_IsNamed(string json, string fault)
    {
        string message = Assert.ThrowsExactly<SegmentationDataException>(() => SegmentationClasses.FromJson(json, "farm.json")).Message;
        StringAssert.StartsWith(message, "Class file 'farm.json' cannot be used (");
        StringAssert.Contains(message, fault);
    }
}
