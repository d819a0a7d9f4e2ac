using System.Text.Json;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class DecayRulesTests
{
    [TestMethod]
    [DataRow("swin")]
    [DataRow("resnetv1c")]
    public void The_references_recipe_spares_the_same_parameters(string backbone)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(SharedData.Require("reference", "golden", "n_paramwise_weight_decay.json")));
        using DisposeScope scope = TorchTest.NewScope();
        Tensor any = zeros(1);
        foreach ((string list, bool expected) in new[] { ("no_weight_decay", false), ("weight_decay_0.01", true) })
        {
            JsonElement names = golden.RootElement.GetProperty(backbone).GetProperty(list);
            Assert.IsGreaterThan(0, names.GetArrayLength());
            foreach (JsonElement name in names.EnumerateArray())
            {
                string ours = name.GetString()!.Replace("backbone.", "encoder.", StringComparison.Ordinal).Replace("decode_head.", "head.", StringComparison.Ordinal);
                Assert.AreEqual(expected, DecayRules.Applies(ours, any, TrainingRecipe.Reference), ours);
            }
        }
    }

    [TestMethod]
    public void The_head_has_the_parameters_of_the_references_list()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(SharedData.Require("reference", "golden", "n_paramwise_weight_decay.json")));
        using DisposeScope scope = TorchTest.NewScope();
        using var head = new ReferenceHead(new TokenHeadInputs([4, 8, 16, 32], 0), new ReferenceHeadSize(8, 16, 24, Heads: 4, Depth: 2), 30, 5, auxiliaryOnFused: false);
        string[] names = [.. golden.RootElement.GetProperty("resnetv1c").EnumerateObject().SelectMany(list => list.Value.EnumerateArray().Select(n => n.GetString()!))
            .Where(n => n.StartsWith("decode_head.", StringComparison.Ordinal)).Select(n => n["decode_head.".Length..]).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(names, head.named_parameters().Select(p => p.name).Order(StringComparer.Ordinal).ToArray());
    }

    [TestMethod]
    public void Our_recipe_shrinks_weights_alone()
    {
        using DisposeScope scope = TorchTest.NewScope();
        Assert.IsTrue(DecayRules.Applies("head.fusion.conv.weight", zeros(4, 3, 1, 1), TrainingRecipe.Balanced));
        Assert.IsTrue(DecayRules.Applies("head.blocks.0.ffn.layers.1.weight", zeros(4, 3), TrainingRecipe.Balanced));
        Assert.IsFalse(DecayRules.Applies("head.fusion.bn.weight", zeros(4), TrainingRecipe.Balanced));
        Assert.IsFalse(DecayRules.Applies("head.classifier.bias", zeros(4), TrainingRecipe.Balanced));
        Assert.IsFalse(DecayRules.Applies("head.blocks.0.attn.w_msa.relative_position_bias_table", zeros(169, 4), TrainingRecipe.Balanced));
    }
}
