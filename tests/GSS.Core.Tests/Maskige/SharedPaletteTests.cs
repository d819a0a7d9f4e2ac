using GSS.Core;

namespace GSS.Core.Tests;

[TestClass]
public sealed class SharedPaletteTests
{
    [TestMethod]
    public void Known_classes_keep_their_colours_and_new_ones_get_others_far_away()
    {
        MaskigePalette streets = MaskigePalette.MaximalDistance(SegmentationClasses.Cityscapes.Count);
        SegmentationClasses other = new("other", ["person", "balloon", "road", "kite", "sky"]);
        MaskigePalette shared = streets.For(SegmentationClasses.Cityscapes, other);
        int Of(string name) => ((List<string>)[.. SegmentationClasses.Cityscapes.Names]).IndexOf(name);
        foreach ((int id, string name) in new[] { (0, "person"), (2, "road"), (4, "sky") })
        {
            Assert.AreEqual(streets.Colors[Of(name)], shared.Colors[id], name);
        }

        // Five colours of which two were free to choose: farther apart than nineteen.
        Assert.IsGreaterThanOrEqualTo(streets.SmallestDistance, shared.SmallestDistance);
        Assert.AreEqual(shared, streets.For(SegmentationClasses.Cityscapes, other));
        Assert.AreEqual(streets, streets.For(SegmentationClasses.Cityscapes, SegmentationClasses.Cityscapes));
    }

    [TestMethod]
    public void Where_nothing_is_known_colours_are_as_far_apart_as_possible()
    {
        MaskigePalette streets = MaskigePalette.Random(2, 1);
        Assert.AreEqual(MaskigePalette.MaximalDistance(3), streets.For(new("two", ["a", "b"]), new("three", ["c", "d", "e"])));
        Assert.Contains("expected the classes that it was made for", Assert.Throws<ArgumentException>(() => streets.For(new("three", ["c", "d", "e"]), new("two", ["a", "b"]))).Message);
        var many = new SegmentationClasses("many", [.. Enumerable.Range(0, 254).Select(i => i == 100 ? "a" : $"class {i}")]);
        MaskigePalette shared = streets.For(new("two", ["a", "b"]), many);
        Assert.AreEqual(streets.Colors[0], shared.Colors[100]);
        Assert.HasCount(254, shared.Colors.Distinct());
    }
}
