using GSS.Torch;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>What the parity tests of the encoders share: golden weights through the product's own reader, and the comparison of levels.</summary>
internal static class GoldenEncoder
{
    /// <summary>Fills a network with the tensors under <c>w.</c>, read by the product's own reader; a name that is missing on either side or a wrong shape fails the test.</summary>
    public static void Load(nn.Module network, string fileName)
    {
        using WeightFile file = WeightFile.Open(SharedData.Require("reference", "golden", fileName));
        WeightLoading.Load(network, file, fileName, new NamesUnder("w."));
    }

    /// <summary>Fails unless every level is the golden one.</summary>
    public static void AssertLevels(GoldenFile golden, string prefix, EncoderNetwork network, Tensor[] levels, double tolerance)
    {
        Assert.AreEqual(network.Channels.Count, levels.Length);
        for (int i = 0; i < levels.Length; i++)
        {
            TorchTest.AssertClose(TorchTest.Golden(golden, $"{prefix}{i}"), levels[i], tolerance, $"{prefix}{i}");
            Assert.AreEqual(levels[i].shape[1], network.Channels[i]);
        }
    }
}
