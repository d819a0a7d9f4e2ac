using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Swin's weights under four authors' names: all become mmseg's, and all give the same values.</summary>
[TestClass]
public sealed class SwinNamesTests
{
    private static readonly string[] Blocks =
    [
        "norm1.weight", "attn.w_msa.relative_position_bias_table", "attn.w_msa.relative_position_index", "attn.w_msa.qkv.bias", "attn.w_msa.proj.weight", "norm2.bias",
        "ffn.layers.0.0.weight", "ffn.layers.1.bias",
    ];

    [TestMethod]
    [DataRow("mmseg")]
    [DataRow("Microsoft")]
    [DataRow("timm")]
    [DataRow("torchvision")]
    public void All_spellings_fill_the_network(string author)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        Dictionary<string, Tensor> source = NewState();
        var target = new State(NewState());
        List<(string, Tensor)> stored = [.. source.Select(e => (Spell(e.Key, author), e.Key.Contains(".downsample.", StringComparison.Ordinal) && author != "mmseg" ? OfficialOrder(e.Value) : e.Value))];
        stored.Add(("head.weight", zeros(2)));
        stored.Add(("norm.bias", zeros(2)));
        if (author == "Microsoft")
        {
            stored.Add(("layers.0.blocks.1.attn_mask", zeros(2)));
        }

        string path = folder.File("swin.safetensors");
        using (FileStream stream = File.Create(path))
        {
            SafeTensorsWriter.Write(stream, [.. stored.Where(s => !IsOutputNorm(s.Item1))]);
        }

        Dictionary<string, Tensor> fresh = target.state_dict().ToDictionary(e => e.Key, e => e.Value.clone());
        using WeightFile file = WeightFile.Open(path);
        WeightLoading.Load(target, file, "Swin", EncoderNames.For(SwinNames.For, file.Names));
        foreach ((string name, Tensor expected) in source)
        {
            bool isComputed = name.EndsWith("relative_position_index", StringComparison.Ordinal) || IsOutputNorm(name);
            Assert.IsTrue((isComputed ? fresh[name] : expected).bytes.SequenceEqual(target.state_dict()[name].bytes), name);
        }
    }

    [TestMethod]
    public void Output_norms_may_only_be_missing_together()
    {
        using DisposeScope scope = TorchTest.NewScope();
        Assert.IsTrue(SwinNames.For(["patch_embed.projection.weight"]).MayBeMissing("norm1.weight"));
        Assert.IsFalse(SwinNames.For(["patch_embed.projection.weight", "norm0.weight"]).MayBeMissing("norm1.weight"));
        Assert.IsFalse(SwinNames.For(["patch_embed.projection.weight"]).MayBeMissing("stages.0.blocks.0.norm1.weight"));
    }

    [TestMethod]
    public void The_merging_of_the_reference_gathers_the_same_neighbours()
    {
        // Both orders, applied to a 2×2 patch of C channels, must give the same product.
        using DisposeScope scope = TorchTest.NewScope();
        const long channels = 5;
        Tensor patch = randn(channels, 2, 2), official = randn(3, 4 * channels);
        Tensor microsoft = cat([patch[.., 0, 0], patch[.., 1, 0], patch[.., 0, 1], patch[.., 1, 1]]);
        Tensor mmseg = patch.reshape(4 * channels);
        Tensor reordered = SwinNames.For(["patch_embed.proj.weight"]).Convert("stages.0.downsample.reduction.weight", official, [3, 4 * channels]);
        TorchTest.AssertClose(official.matmul(microsoft), reordered.matmul(mmseg), 1e-5, "the merged patch");
    }

    [TestMethod]
    public void Tables_of_another_window_are_resized_as_in_the_reference()
    {
        using DisposeScope scope = TorchTest.NewScope();
        var golden = GoldenFile.Open("i_resize.safetensors");
        const string name = "stages.0.blocks.0.attn.w_msa.relative_position_bias_table";
        WeightNames names = SwinNames.For([]);
        Assert.IsTrue(names.Fits(name, [169, 3], [529, 3]));
        Assert.IsFalse(names.Fits(name, [169, 3], [529, 4]));
        Assert.IsFalse(names.Fits(name, [170, 3], [529, 3]));
        Tensor found = names.Convert(name, TorchTest.Golden(golden, "relpos_table_w7"), [529, 3]);
        TorchTest.AssertClose(TorchTest.Golden(golden, "relpos_table_w7_to_w12"), found, 1e-5, "the table");
    }

    private static bool IsOutputNorm(string name) => name.StartsWith("norm", StringComparison.Ordinal) && name.Length > 4 && char.IsAsciiDigit(name[4]);

    private static Dictionary<string, Tensor> NewState()
    {
        var state = new Dictionary<string, Tensor> { ["patch_embed.projection.weight"] = randn(4, 3, 4, 4), ["patch_embed.norm.bias"] = randn(4), ["norm3.weight"] = randn(4) };
        for (int stage = 0; stage < 4; stage++)
        {
            foreach (string name in Blocks)
            {
                state[$"stages.{stage}.blocks.1.{name}"] = randn(4);
            }

            if (stage < 3)
            {
                state[$"stages.{stage}.downsample.norm.weight"] = randn(16);
                state[$"stages.{stage}.downsample.reduction.weight"] = randn(8, 16);
            }
        }

        return state;
    }

    /// <summary>From mmseg's order (channels slowest, rows, columns) to Microsoft's (columns, rows, channels fastest), one element at a time.</summary>
    private static Tensor OfficialOrder(Tensor value)
    {
        long channels = value.shape[^1] / 4;
        Tensor rows = value.reshape(-1, 4 * channels), result = zeros_like(rows);
        for (long channel = 0; channel < channels; channel++)
        {
            for (long row = 0; row < 2; row++)
            {
                for (long column = 0; column < 2; column++)
                {
                    result[.., (((column * 2) + row) * channels) + channel] = rows[.., (channel * 4) + (row * 2) + column];
                }
            }
        }

        return result.reshape(value.shape);
    }

    private static string Spell(string name, string author)
    {
        string[] parts = name.Split('.');
        int stage = parts[0] == "stages" ? int.Parse(parts[1]) : 0;
        string rest = string.Join('.', parts.Skip(2));
        return (author, parts[0]) switch
        {
            ("mmseg", _) or (_, "norm3") => name,
            ("torchvision", "patch_embed") => name.Replace("patch_embed.projection", "features.0.0").Replace("patch_embed.norm", "features.0.2"),
            ("torchvision", _) => $"features.{(2 * stage) + (rest.StartsWith("downsample") ? 2 : 1)}." + rest.Replace("downsample.", "").Replace("blocks.", "").Replace("w_msa.", "")
                .Replace("ffn.layers.0.0.", "mlp.0.").Replace("ffn.layers.1.", "mlp.3."),
            (_, "patch_embed") => name.Replace("projection", "proj"),
            _ => $"layers.{stage + (author == "timm" && rest.StartsWith("downsample") ? 1 : 0)}." + rest.Replace("w_msa.", "").Replace("ffn.layers.0.0.", "mlp.fc1.").Replace("ffn.layers.1.", "mlp.fc2."),
        };
    }
    /// <summary>A module with nothing but names and values.</summary>
    private sealed class State(Dictionary<string, Tensor> state) : nn.Module("state")
    {
        public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null) => state;
    }
}
