using System.Text.Json;
using GSS.Tests;

namespace GSS.Core.Tests;

/// <summary>The taxonomies of MSeg: label values of seven data sets to 194 universal classes, and universal classes to those of six test sets.</summary>
[TestClass]
public sealed class MsegTaxonomyTests
{
    [TestMethod]
    public void Label_files_of_every_training_set_are_read_as_universal_classes()
    {
        GoldenFile golden = GoldenFile.Open("k_mseg_taxonomy.safetensors");
        using var folder = new TestFolder();
        string[] tables = [.. golden.Names.Where(name => name.StartsWith("d2u.", StringComparison.Ordinal))];
        Assert.HasCount(15, tables);
        foreach (string name in tables)
        {
            long[] table = golden.Longs(name);
            var universal = new SegmentationClasses("MSeg", UniversalNames(), idMap: table.Select((id, value) => (value, id)).ToDictionary(p => p.value, p => (byte)p.id));
            string path = folder.Write(name + ".png", TestPng.Grey(16, 16, (x, y) => (16 * y) + x));
            CollectionAssert.AreEqual(table, LabelReader.Read(path, universal).Ids.ToArray().Select(id => (long)id).ToArray(), name);
        }
    }

    [TestMethod]
    public void Universal_predictions_are_relabelled_as_the_reference_projects_them()
    {
        GoldenFile golden = GoldenFile.Open("k_mseg_taxonomy.safetensors");
        using JsonDocument names = Names();
        byte[] universal = [.. Enumerable.Range(0, 194).Select(id => (byte)id)];
        string[] matrices = [.. golden.Names.Where(name => name.StartsWith("u2t.", StringComparison.Ordinal))];
        Assert.HasCount(6, matrices);
        foreach (string name in matrices)
        {
            // One-hot times the 0/1 matrix, then the first largest: what maps to nothing becomes class 0.
            byte[] matrix = golden.Bytes(name);
            int classes = (int)golden.Shape(name)[0];
            Assert.AreEqual(classes, names.RootElement.GetProperty("dataset_classnames").GetProperty(name["u2t.".Length..]).GetArrayLength());
            byte[] expected = [.. universal.Select(id => (byte)Math.Max(0, Enumerable.Range(0, classes).ToList().FindIndex(k => matrix[(k * 194) + id] == 1)))];
            byte[] table = new byte[194];
            for (int k = classes - 1; k >= 0; k--)
            {
                for (int id = 0; id < 194; id++)
                {
                    table[id] = matrix[(k * 194) + id] == 1 ? (byte)k : table[id];
                }
            }

            CollectionAssert.AreEqual(expected, new LabelMap(97, 2, universal).Relabel(table).Ids.ToArray(), name);
        }
    }

    [TestMethod]
    public void Relabelling_keeps_void_and_refuses_classes_without_a_new_id()
    {
        CollectionAssert.AreEqual(new byte[] { 7, 255, 255, 3 }, new LabelMap(2, 2, [0, 255, 1, 2]).Relabel([7, 255, 3]).Ids.ToArray());
        var e = Assert.ThrowsExactly<ArgumentException>(() => new LabelMap(2, 1, [0, 3]).Relabel([7, 255, 3]));
        Assert.StartsWith("Found class id 3, expected 0..2", e.Message);
    }

    private static string[] UniversalNames()
    {
        using JsonDocument names = Names();
        return [.. names.RootElement.GetProperty("universal_names").EnumerateArray().Select(n => n.GetString()!)];
    }

    private static JsonDocument Names() => JsonDocument.Parse(File.ReadAllText(SharedData.Require("reference", "golden", "mseg_names.json")));
}
