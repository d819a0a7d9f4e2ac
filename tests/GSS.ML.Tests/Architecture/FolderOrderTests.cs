using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace GSS.Tests.Architecture;

/// <summary>
/// Inside a library folders form layers: each uses those to its right in these lists, never those to its left. A new folder has to be given its place here.
/// Objectives stand above the loop, so that the loop cannot name one.
/// </summary>
[TestClass]
public sealed class FolderOrderTests
{
    [TestMethod]
    [DataRow("GSS.Core", "Cards", "Packaging", "Pictures", "Metrics", "Maskige", "Labels", "Imaging", "Graphs", "Notebooks", "Files", "Native")]
    [DataRow("GSS.Torch", "Released", "Objectives", "Training", "Heads", "Tokenizers", "Inverse", "Encoders", "Data", "Weights", "Export", "Foundation", "Native")]
    [DataRow("GSS.Onnx", FolderArrows.Root, "Export", "Quantization", "Windows", "Models", "Numerics", "Sessions")]
    [DataRow("GSS.ML", FolderArrows.Root, "Cards", "Comparison", "Evaluation", "Segmentation", "LatentPrior", "Maskige", "Training", "Data", "Rows", "Scoring", "Schema", "Saving")]
    public void Folders_UseOnlyThoseBelowThem(string library, params string[] order)
    {
        var faults = new List<string>();
        foreach (((string from, string to), string place) in FolderArrows.Of(library, leftOut: "Interop"))
        {
            (int user, int used) = (Array.IndexOf(order, from), Array.IndexOf(order, to));
            if (user < 0 || used < 0)
            {
                faults.Add($"{(user < 0 ? from : to)} has no place in the order ({place})");
            }
            else if (used < user)
            {
                faults.Add($"{from} -> {to}: {place}");
            }
        }

        Assert.IsEmpty(faults, $"{library}: {string.Join("; ", faults.Order(StringComparer.Ordinal))}.");
    }

    // Otherwise the test above would pass with a reader that finds nothing: a type, a member and an extension method.
    [TestMethod]
    [DataRow("GSS.Core", "Maskige", "Labels")]
    [DataRow("GSS.Torch", "Objectives", "Training")]
    [DataRow("GSS.Torch", "Heads", "Foundation")]
    [DataRow("GSS.Onnx", "Models", "Sessions")]
    [DataRow("GSS.ML", "Segmentation", "Schema")]
    public void Reader_FindsWhatIsThere(string library, string from, string to) =>
        Assert.IsTrue(FolderArrows.Of(library, leftOut: "Interop").ContainsKey((from, to)), $"No arrow from {from} to {to} was found in {library}.");
}
