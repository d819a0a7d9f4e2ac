namespace GSS.Core.Tests;

/// <summary>Masks of 0 and 255: void or not, blurred or not.</summary>
[TestClass]
public sealed class ValueToleranceTests
{
    private static readonly Dictionary<int, byte> Binary = new() { [0] = 0, [255] = 1 };

    private static LabelMap Read(SegmentationClasses classes, params int[] values) =>
        LabelReader.Read(new MemoryStream(TestPng.Grey(values.Length, 1, (x, _) => values[x])), "m.png", classes);

    private static string Message(SegmentationClasses classes, params int[] values) => Assert.ThrowsExactly<SegmentationDataException>(() => Read(classes, values)).Message;

    [TestMethod]
    public void Value255_IsAClass_WhereTheIdMapSaysSo()
    {
        var classes = new SegmentationClasses("Fields", ["bg", "fg"], idMap: Binary);
        Assert.IsNull(classes.VoidIndex);
        CollectionAssert.AreEqual(new byte[] { 0, 1 }, Read(classes, 0, 255).Ids.ToArray());
        SegmentationClasses again = SegmentationClasses.FromJson(classes.ToJson());
        Assert.AreEqual(classes, again);
        StringAssert.Contains(classes.ToJson(), "\"voidIndex\": null");
        Assert.AreEqual(classes, SegmentationClasses.FromJson("""{ "name": "Fields", "classes": ["bg", "fg"], "idMap": { "0": "bg", "255": "fg" } }"""));
        Assert.AreEqual(classes, SegmentationClasses.FromJson("""{ "name": "Fields", "classes": ["bg", "fg"], "voidIndex": null, "idMap": { "0": "bg", "255": "fg" } }"""));

        using var stream = new MemoryStream();
        LabelWriter.SavePng(new LabelMap(2, 1, [1, 0]), classes, stream);
        stream.Position = 0;
        CollectionAssert.AreEqual(new byte[] { 1, 0 }, LabelReader.Read(stream, "m.png", classes).Ids.ToArray());
        StringAssert.StartsWith(
            Assert.ThrowsExactly<ArgumentException>(() => LabelWriter.SavePng(new LabelMap(1, 1, [255]), classes, stream)).Message,
            "The id map of 'Fields' has no value for void: add one to save this label map.");
        Assert.AreEqual(
            "Label map 'm.png' has values that mean no class: 100 in 1 pixel; 'Fields' expects the 2 values of its id map, and no value for void: choose the classes this file was made with, or name the values in an id map.",
            Message(classes, 0, 100));
    }

    [TestMethod]
    public void NoVoid_WithoutAnIdMap()
    {
        var classes = new SegmentationClasses("Two", ["bg", "fg"], voidIndex: null);
        CollectionAssert.AreEqual(new byte[] { 0, 1 }, Read(classes, 0, 1).Ids.ToArray());
        Assert.AreEqual(
            "Label map 'm.png' has values that mean no class: 255 in 1 pixel; 'Two' expects 0 to 1, and no value for void: "
            + "these are the values of a mask of black and white; write \"idMap\": { \"0\": \"bg\", \"255\": \"fg\" } into the classes' JSON to read them so.",
            Message(classes, 0, 255));
    }

    [TestMethod]
    public void Tolerance_ReadsTheNearestValue()
    {
        var classes = new SegmentationClasses("Fields", ["bg", "fg"], idMap: Binary, valueTolerance: 7);
        CollectionAssert.AreEqual(new byte[] { 0, 0, 0, 1, 1, 1 }, Read(classes, 0, 3, 7, 248, 250, 255).Ids.ToArray());
        Assert.AreEqual(
            "Label map 'm.png' has values that mean no class: 8 in 1 pixel, 247 in 1 pixel; 'Fields' expects the 2 values of its id map ± 7, and no value for void: "
            + "they lie within 8 of exact values, as in masks that were once JPEG files; write \"valueTolerance\": 8 into the classes' JSON to read them so.",
            Message(classes, 0, 8, 247));
        Assert.AreEqual(classes, SegmentationClasses.FromJson(classes.ToJson()));
        Assert.AreNotEqual(classes, new SegmentationClasses("Fields", ["bg", "fg"], idMap: Binary));
        using var stream = new MemoryStream();
        LabelWriter.SavePng(new LabelMap(2, 1, [1, 0]), classes, stream);
        stream.Position = 0;
        CollectionAssert.AreEqual(new byte[] { 1, 0 }, LabelReader.Read(stream, "m.png", new("Fields", ["bg", "fg"], idMap: Binary)).Ids.ToArray());

        // As a threshold: each value by definition, at every tolerance.
        foreach (int tolerance in new[] { 1, 20, 100, 127, 300 })
        {
            var map = new Dictionary<int, byte> { [10] = 0, [50] = 1, [255] = 2, [60] = 1 };
            var found = new SegmentationClasses("T", ["a", "b", "c"], idMap: map, voidIndex: 128, valueTolerance: tolerance);
            (int Value, byte Id)[] all = [.. map.Select(entry => (entry.Key, entry.Value)), (128, LabelMap.Void)];
            for (int value = 0; value < 700; value++)
            {
                int least = all.Min(entry => Math.Abs(entry.Value - value));
                byte[] nearest = [.. all.Where(entry => Math.Abs(entry.Value - value) == least).Select(entry => entry.Id).Distinct()];
                Assert.AreEqual(least > tolerance || nearest.Length > 1 ? SegmentationClasses.Unknown : nearest[0], found.IdOfValue[value], $"{value} ± {tolerance}");
            }
        }
    }

    [TestMethod]
    public void BlurredMasks_AreToldWhatToWrite()
    {
        var plain = new SegmentationClasses("Fields", ["bg", "fg"]);
        Assert.AreEqual(
            "Label map 'm.png' has values that mean no class: 3 in 1 pixel, 250 in 1 pixel; 'Fields' expects 0 to 1, and 255 for void: "
            + "they lie within 5 of exact values, as in masks that were once JPEG files; write \"idMap\": { \"0\": \"bg\", \"255\": \"fg\" }, \"valueTolerance\": 5 into the classes' JSON to read them so.",
            Message(plain, 0, 3, 250, 255));
        CollectionAssert.AreEqual(
            new byte[] { 0, 0, 1, 1 },
            Read(SegmentationClasses.FromJson("""{ "name": "Fields", "classes": ["bg", "fg"], "idMap": { "0": "bg", "255": "fg" }, "valueTolerance": 5 }"""), 0, 3, 250, 255).Ids.ToArray());
    }

    [TestMethod]
    public void Faults_AreOneSentence()
    {
        static string Fault(Func<SegmentationClasses> make) => Assert.ThrowsExactly<ArgumentException>(make).Message;
        Assert.AreEqual("Classes 'K': the value tolerance is -1, expected 0 or more.", Fault(() => new("K", ["a"], idMap: Binary, valueTolerance: -1)));
        Assert.AreEqual("Classes 'K' have a value tolerance of 3 but no id map, expected both: list the exact values in the id map, such as 0 and 255.", Fault(() => new("K", ["a"], valueTolerance: 3)));
        Assert.AreEqual(
            "Classes 'K': the void index 0 is also the value of class 'a', expected a value that means no class, or null where no value means void.",
            Fault(() => new("K", ["a", "b"], voidIndex: 0, idMap: Binary)));
        StringAssert.Contains(
            Assert.ThrowsExactly<SegmentationDataException>(() => SegmentationClasses.FromJson("""{ "name": "K", "classes": ["a"], "valueTolerance": "much" }""")).Message, "'valueTolerance' is \"much\", expected a whole number");
    }

    [TestMethod]
    public void GreyMapSavedAsRgb_IsNamed()
    {
        var classes = new SegmentationClasses("Two", ["bg", "fg"], [new(1, 2, 3), new(9, 9, 0)]);
        byte[] file = TestPng.Rgb(3, 1, (x, _) => ((byte)x, (byte)x, (byte)x));
        Assert.AreEqual(
            "Label map 'm.png' is a grey label map saved as RGB (its three channels are equal everywhere; #010101 in 1 pixel, #020202 in 1 pixel mean no class of 'Two'), expected values in one channel: "
            + "save it as 8-bit grey PNG, or give the classes a colorMap with these colours.",
            Assert.ThrowsExactly<SegmentationDataException>(() => LabelReader.Read(new MemoryStream(file), "m.png", classes)).Message);
    }

    [TestMethod]
    public void JsonOfVersion010_IsReadAndWrittenTheSame()
    {
        const string Old = """
            {
              "name": "Farm",
              "classes": [
                {
                  "name": "soil",
                  "color": "#8b5a2b"
                }
              ],
              "voidIndex": 255,
              "voidColor": "#000000",
              "reduceZeroLabel": false,
              "idMap": {
                "0": null,
                "7": "soil"
              }
            }
            """;
        Assert.AreEqual(Old.ReplaceLineEndings("\n"), SegmentationClasses.FromJson(Old).ToJson().ReplaceLineEndings("\n"));
    }
}
