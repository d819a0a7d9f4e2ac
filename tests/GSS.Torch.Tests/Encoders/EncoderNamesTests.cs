using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Every author's names become the network's, and the network gets every value.</summary>
[TestClass]
public sealed class EncoderNamesTests
{
    private static EncoderNetwork s_resNet = null!;

    [ClassInitialize]
    public static void MakeNetwork(TestContext context)
    {
        TorchNative.EnsureLoaded();
        s_resNet = new ResNet(18, 4, 4);
    }

    [ClassCleanup]
    public static void DisposeNetwork() => s_resNet.Dispose();

    [TestMethod]
    [DataRow("")]
    [DataRow("module.")]
    [DataRow("backbone.")]
    [DataRow("module.backbone.")]
    [DataRow("model.")]
    public void Prefixes_of_wrappers_are_taken_off(string prefix)
    {
        using DisposeScope scope = TorchTest.NewScope();
        Check(s_resNet, [("conv1.weight", null), ("layer1.0.bn1.running_mean", null)], prefix);
    }

    [TestMethod]
    public void Of_a_whole_model_only_the_backbone_counts()
    {
        using DisposeScope scope = TorchTest.NewScope();
        WeightNames names = EncoderNames.For(s_resNet.NamesIn, ["backbone.conv1.weight", "decode_head.conv_seg.weight", "auxiliary_head.conv_seg.weight"]);
        Assert.AreEqual("conv1.weight", names.Rename("backbone.conv1.weight"));
        Assert.IsNull(names.Rename("decode_head.conv_seg.weight"));
        Assert.IsNull(names.Rename("auxiliary_head.conv_seg.weight"));
    }

    [TestMethod]
    public void Classifiers_are_ignored()
    {
        using DisposeScope scope = TorchTest.NewScope();
        Check(s_resNet, [("conv1.weight", null), ("layer1.0.bn1.running_mean", null), ("fc.weight", ""), ("fc.bias", "")]);
        Check(new MobileNetV2(0.25), [("features.0.0.weight", null), ("classifier.1.weight", "")]);
        string[] hrnet = ["conv1.weight", "stage2.0.branches.0.0.conv1.weight", "stage2.0.fuse_layers.0.1.0.weight"];
        Check(HrNetTests.Small(), [.. hrnet.Select(n => (n, (string?)null)), ("incre_modules.0.0.conv1.weight", ""), ("downsamp_modules.0.0.weight", ""), ("final_layer.0.weight", ""), ("classifier.weight", "")]);
    }

    [TestMethod]
    public void The_deep_stem_has_two_spellings()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var deep = new ResNet(50, 8, 4, ResNetForm.DilatedV1c);
        string[] state = ["stem.0.weight", "stem.1.running_var", "stem.3.weight", "stem.6.weight", "stem.7.bias", "layer1.0.bn1.weight", "layer1.0.conv1.weight"];
        Check(deep, [.. state.Select(n => (n, (string?)null)), ("fc.weight", "")]);
        Check(deep, [("conv1.0.weight", "stem.0.weight"), ("conv1.1.running_var", "stem.1.running_var"), ("conv1.3.weight", "stem.3.weight"), ("conv1.6.weight", "stem.6.weight"),
            ("bn1.bias", "stem.7.bias"), ("layer1.0.bn1.weight", "layer1.0.bn1.weight"), ("layer1.0.conv1.weight", "layer1.0.conv1.weight"), ("fc.weight", "")]);
    }

    [TestMethod]
    public void Everything_else_is_unexpected()
    {
        using DisposeScope scope = TorchTest.NewScope();
        Assert.AreEqual("head.weight", EncoderNames.For(s_resNet.NamesIn, ["conv1.weight", "head.weight"]).Rename("head.weight"));
    }

    [TestMethod]
    public void A_released_checkpoint_has_parts_for_everyone()
    {
        WeightNames encoder = new NamesUnder("decode_head.d_vae.encoder."), head = new NamesUnder("decode_head.", null, "d_vae.");
        Assert.AreEqual("blocks.input.w", encoder.Rename("decode_head.d_vae.encoder.blocks.input.w"));
        Assert.IsNull(encoder.Rename("decode_head.d_vae.decoder.blocks.input.w"));
        Assert.IsNull(encoder.Rename("backbone.conv1.weight"));
        Assert.AreEqual("convs.0.conv.weight", head.Rename("decode_head.convs.0.conv.weight"));
        Assert.IsNull(head.Rename("decode_head.d_vae.encoder.blocks.input.w"));
    }

    /// <summary>Expected: null for the same name, "" for ignored.</summary>
    private static void Check(EncoderNetwork network, (string File, string? Expected)[] names, string prefix = "")
    {
        WeightNames rename = EncoderNames.For(network.NamesIn, [.. names.Select(n => prefix + n.File)]);
        foreach ((string file, string? expected) in names)
        {
            Assert.AreEqual(expected is "" ? null : expected ?? file, rename.Rename(prefix + file));
        }
    }
}
