using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Files that PyTorch itself wrote, each tensor bit for bit.</summary>
[TestClass]
public sealed class GoldenPyTorchTests
{
    [TestMethod]
    [DataRow("dalle_small_encoder_module.pkl", "encoder.")]
    [DataRow("dalle_small_encoder_module_legacy.pkl", "encoder.")]
    [DataRow("dalle_small_encoder_state_dict.pth", "encoder.")]
    [DataRow("dalle_small_encoder_state_dict_legacy.pth", "encoder.")]
    [DataRow("dalle_small_decoder_module.pkl", "decoder.")]
    public void The_small_dalle_is_read_from_modules_and_state_dicts(string name, string prefix)
    {
        using DisposeScope scope = TorchTest.NewScope();
        var golden = GoldenFile.Open("b_dalle_small.safetensors");
        using WeightFile file = WeightFile.Open(SharedData.Require("reference", "golden", name));
        string[] expected = [.. golden.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => n[prefix.Length..])];
        CollectionAssert.AreEquivalent(expected, file.Names.ToArray());
        foreach (string tensor in expected)
        {
            CollectionAssert.AreEqual(golden.Shape(prefix + tensor), file.Find(tensor)!.Shape, tensor);
            CollectionAssert.AreEqual(golden.Floats(prefix + tensor), file.Read(tensor).data<float>().ToArray(), tensor);
        }
    }

    [TestMethod]
    [DataRow("mmcv_style_ckpt.pth")]
    [DataRow("mmcv_style_ckpt_legacy.pth")]
    public void A_checkpoint_of_mmcv_is_read(string name)
    {
        using DisposeScope scope = TorchTest.NewScope();
        var golden = GoldenFile.Open("mmcv_style_ckpt_expected.safetensors");
        using WeightFile file = WeightFile.Open(SharedData.Require("reference", "golden", name));
        CollectionAssert.AreEquivalent(golden.Names.Append("empty").ToArray(), file.Names.ToArray());
        CollectionAssert.AreEqual(new long[] { 0, 3 }, file.Read("empty").shape);
        foreach (string tensor in golden.Names)
        {
            Tensor found = file.Read(tensor);
            CollectionAssert.AreEqual(golden.Shape(tensor), found.shape, tensor);
            CollectionAssert.AreEqual(golden.Shape(tensor), file.Find(tensor)!.Shape, tensor);
            Assert.IsTrue(found.is_contiguous(), tensor);
            double[] expected = golden.Type(tensor) switch
            {
                "F32" => [.. golden.Floats(tensor)],
                "I64" => [.. golden.Longs(tensor)],
                "BOOL" => [.. golden.Booleans(tensor)],
                _ => [.. golden.Bytes(tensor)],
            };
            CollectionAssert.AreEqual(expected, found.to_type(ScalarType.Float64).flatten().data<double>().ToArray(), tensor);
        }

        Assert.AreEqual(ScalarType.Float16, file.Find("half")!.Type);
        Assert.AreEqual(ScalarType.BFloat16, file.Find("bf16")!.Type);
        Assert.AreEqual(ScalarType.Float64, file.Find("double")!.Type);
        Assert.AreEqual(ScalarType.Bool, file.Read("bool").dtype);
        Assert.AreEqual(ScalarType.Byte, file.Read("uint8").dtype);
    }
}
