namespace GSS.Core.Tests;

[TestClass]
public class LatentTokensTests
{
    [TestMethod]
    public void Constructor_KeepsWhatItGets()
    {
        int[] ids = [0, 511, 3, 7, 8, 9];
        var tokens = new LatentTokens(3, 2, 11, 8, ids);
        Assert.AreEqual((3, 2, 11, 8), (tokens.Width, tokens.Height, tokens.ImageWidth, tokens.ImageHeight));
        CollectionAssert.AreEqual(ids, tokens.Ids.ToArray());
        ids[0]++;
        Assert.AreNotEqual(ids[0], tokens.Ids[0], "whoever keeps the array cannot change what compares by content");
        Assert.AreEqual(new LatentTokens(3, 2, 11, 8, [0, 511, 3, 7, 8, 9]), tokens);
        Assert.AreNotEqual(new LatentTokens(3, 2, 12, 8, ids), tokens);
        Assert.AreNotEqual(new LatentTokens(3, 2, 11, 8, [0, 511, 3, 7, 8, 1]), tokens);
        Assert.AreEqual("LatentTokens 3x2 of an image of 11x8", tokens.ToString());
    }

    [TestMethod]
    public void Constructor_RefusesWhatDoesNotFit()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LatentTokens(0, 1, 1, 1, []));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LatentTokens(1, 1, 1, 0, [0]));
        Assert.StartsWith("Latent tokens of 2x2 need 4 indices, found 3.", Assert.ThrowsExactly<ArgumentException>(() => new LatentTokens(2, 2, 8, 8, [0, 1, 2])).Message);
        Assert.StartsWith("Found the codebook index -5 at position 1", Assert.ThrowsExactly<ArgumentException>(() => new LatentTokens(2, 1, 8, 4, [0, -5])).Message);
    }
}
