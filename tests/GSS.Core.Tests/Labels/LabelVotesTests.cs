using CsCheck;

namespace GSS.Core.Tests;

[TestClass]
public sealed class LabelVotesTests
{
    [TestMethod]
    public void Each_pixel_gets_the_most_frequent_of_its_four_and_of_equal_ones_the_lowest() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.Int[1, 6], Gen.Int).Sample((width, height, classes, seed) =>
        {
            var random = new Random(seed);
            byte[] ids = [.. Enumerable.Range(0, 4 * width * height).Select(_ => (byte)random.Next(classes))];
            byte[] half = new byte[width * height];
            LabelVotes.Halve(ids, 2 * width, half);
            for (int i = 0; i < half.Length; i++)
            {
                (int x, int y) = (2 * (i % width), 2 * (i / width));
                byte At(int dx, int dy) => ids[((y + dy) * 2 * width) + x + dx];
                byte expected = new[] { At(0, 0), At(1, 0), At(0, 1), At(1, 1) }.GroupBy(id => id).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).First().Key;
                Assert.AreEqual(expected, half[i]);
            }
        });

    [TestMethod]
    public void Void_is_filled_by_the_class_before_it()
    {
        const byte Void = LabelMap.Void;
        CollectionAssert.AreEqual(new byte[] { 4, 4, 4, 2, 2, 0 }, new LabelMap(3, 2, [Void, Void, 4, 2, Void, 0]).FillVoid().Ids.ToArray());
        CollectionAssert.AreEqual(new byte[] { 0, 0 }, new LabelMap(2, 1, [Void, Void]).FillVoid().Ids.ToArray());
        var whole = new LabelMap(2, 1, [3, 1]);
        Assert.AreEqual(whole, whole.FillVoid());
    }
}
