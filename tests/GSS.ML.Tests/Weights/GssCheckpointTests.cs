using GSS.Core;
using GSS.Onnx;
using GSS.Tests;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.ML.Tests;

/// <summary>
/// A checkpoint in mmcv's form, of golden weights: the dilated ResNet, the head and the dVAE, or FT-W's head. Each network alone is proven against the golden
/// outputs in GSS.Torch.Tests; only the head's first convolutions are drawn, since the golden ones are for other channels.
/// </summary>
[TestClass]
public sealed class GssCheckpointTests
{
    private static readonly SegmentationClasses s_classes = new("Five", ["a", "b", "c", "d", "e"]);

    private static readonly ImageEncoder s_encoder = new ResNetEncoder("ResNet-50 V1c dilated, small", 50, null, stemChannels: 8, baseChannels: 4, form: ResNetForm.DilatedV1c);

    [TestMethod]
    [DataRow("f_gss_head_ff.safetensors", "FF")]
    [DataRow("f_gss_head_single_fusion.safetensors", "FF")]
    [DataRow("g_xinv_ftw.safetensors", "FT-W")]
    public void One_call_makes_a_model_that_scores_as_the_networks_do(string headFile, string variant)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var folder = new TemporaryFolder();
        Dictionary<string, Tensor> state = State(headFile);
        string path = folder.File("gss_iter_80000.pth");
        File.WriteAllBytes(path, Checkpoint(state));
        MaskigePalette palette = Palette();

        var told = new List<string>();
        SegmentationModelPackage package = GssCheckpoint.Load(path, s_encoder, s_classes, palette, log: told.Add);
        string[] training = [.. state.Keys.Where(name => name.Contains("_pixel.", StringComparison.Ordinal))];
        string ignored = training.Length == 0 ? ", all that it has." : $"; {training.Length} more are not its own and were ignored (";
        Assert.StartsWith($"{state.Count - training.Length} entries of '{path}' were read into a model of GSS-{variant}{ignored}", told.Single());
        Assert.AreEqual((variant, "dalle-dvae-4", 4, 64), (package.Manifest.Variant, package.Manifest.Tokenizer, package.Manifest.Stride, package.Manifest.VocabularySize));
        package.Save(folder.File("model.gss"));
        using SegmentationModel model = SegmentationModel.Load(folder.File("model.gss"));

        foreach ((int width, int height) in new[] { (64, 48), (61, 45) })
        {
            RgbImage image = Blocks(width, height);
            (long[] tokens, long[] labels) = Expected(state, image, palette);
            LatentTokens found = model.PredictTokens([image])[0];
            CollectionAssert.AreEqual(tokens, found.Ids.ToArray().Select(id => (long)id).ToArray());
            Assert.IsGreaterThan(2, tokens.Distinct().Count(), "too few different tokens show nothing");
            byte[] ids = model.Predict(image).Labels.Ids.ToArray();
            int different = Enumerable.Range(0, ids.Length).Count(i => ids[i] != labels[i]);
            Assert.IsTrue(different <= 0.002 * ids.Length, $"{different} of {ids.Length} classes differ.");
            Assert.IsGreaterThan(1, labels.Distinct().Count(), "one class alone shows nothing");
        }
    }

    [TestMethod]
    public void One_call_of_the_catalog_makes_a_transformer_that_is_saved_and_loaded_like_a_trained_one()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        string path = folder.File("gss.pth");
        File.WriteAllBytes(path, Checkpoint(State("g_xinv_ftw.safetensors")));
        (MLContext context, List<string> lines) = ScoredScenes.ContextWithLog(ChannelMessageKind.Info);
        var options = new ScoringOptions { Window = new SlidingWindow(32, 16), ThreadCount = 1 };
        using GenerativeSegmentationTransformer made = context.Segmentation().FromGssCheckpoint(path, s_encoder, s_classes, Palette(), shortSide: 40, options, predictedLabelColumnName: "Guess", batchSize: 2);
        Assert.Contains(line => line.Contains($"entries of '{path}' were read into a model of GSS-FT-W", StringComparison.Ordinal), lines);
        LabelMap[] expected = ScoredScenes.Expected(GssCheckpoint.Load(path, s_encoder, s_classes, Palette(), shortSide: 40), options);
        CollectionAssert.AreEqual(expected, TinyScenes.Column<LabelMap>(made.Transform(TinyScenes.Data), "Guess"));
        Assert.IsGreaterThan(1, expected[0].Ids.ToArray().Distinct().Count(), "one class alone shows nothing");

        context.Segmentation().Save(made, null, folder.File("gss.zip"));
        string[] found = OptionsInAFreshProcessTests.Score((folder.File("gss.zip"), "Image", "Guess"));
        CollectionAssert.AreEqual(expected.Select(ScoringProcess.Line).ToArray(), found[1..], string.Join('\n', found));
    }

    [TestMethod]
    public void What_does_not_fit_is_told()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        string path = folder.File("gss.pth");
        Dictionary<string, Tensor> state = State("f_gss_head_ff.safetensors");
        File.WriteAllBytes(path, Checkpoint(state));
        var wrongEncoder = new ResNetEncoder("ResNet-18, small", 18, null, stemChannels: 8, baseChannels: 4);
        Assert.Contains("does not fit ResNet-18, small", Assert.ThrowsExactly<WeightFileException>(() => GssCheckpoint.Load(path, wrongEncoder, s_classes, Palette())).Message);

        var six = new SegmentationClasses("Six", ["a", "b", "c", "d", "e", "f"]);
        Assert.Contains("tells 5 classes apart, 'Six' has 6", Assert.ThrowsExactly<ArgumentException>(() => GssCheckpoint.Load(path, s_encoder, six, MaskigePalette.MaximalDistance(6))).Message);
        Assert.Contains("The palette has 6 colours and 'Five' has 5", Assert.ThrowsExactly<ArgumentException>(() => GssCheckpoint.Load(path, s_encoder, s_classes, MaskigePalette.MaximalDistance(6))).Message);

        File.WriteAllBytes(path, Checkpoint(state.Where(p => !p.Key.Contains("d_vae", StringComparison.Ordinal)).ToDictionary()));
        Assert.Contains("is no GSS checkpoint: 'decode_head.d_vae.decoder.blocks.input.w' of the dVAE is missing", Assert.ThrowsExactly<WeightFileException>(() => GssCheckpoint.Load(path, s_encoder, s_classes, Palette())).Message);
        string other = SharedData.Require("reference", "golden", "mmcv_style_ckpt.pth");
        Assert.Contains("is no GSS checkpoint", Assert.ThrowsExactly<WeightFileException>(() => GssCheckpoint.Load(other, s_encoder, s_classes, Palette())).Message);
    }

    /// <summary>Noisy blocks of strong colours, which small networks tell apart.</summary>
    private static RgbImage Blocks(int width, int height)
    {
        var image = new RgbImage(width, height);
        var random = new Random(width);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            (int x, int y) = (i / 3 % width / 12, i / 3 / width / 10);
            image.Pixels[i] = (byte)Math.Clamp((((x * 5) + (y * 3) + (i % 3)) % 4 * 80) + random.Next(-30, 31), 0, 255);
        }

        return image;
    }

    private static MaskigePalette Palette() => MaskigePalette.FromColors(
        [.. GoldenFile.Open("f_gss_head_ff.safetensors").Longs("palette").Chunk(3).Take(5).Select(c => new RgbColor((byte)c[0], (byte)c[1], (byte)c[2]))]);

    private static Dictionary<string, Tensor> State(string headFile)
    {
        var state = new Dictionary<string, Tensor>();
        GoldenFile backbone = GoldenFile.Open("d_resnetv1c_small.safetensors"), head = GoldenFile.Open(headFile), dalle = GoldenFile.Open("b_dalle_small.safetensors");
        foreach (string name in backbone.Names.Where(n => n.StartsWith("w.", StringComparison.Ordinal)))
        {
            state["backbone." + name[2..]] = TorchTest.Golden(backbone, name);
        }

        using var generator = new Generator(7, CPU);
        long[] channels = [32, 16, 64, 128];
        foreach (string name in head.Names.Where(n => n.StartsWith("w.", StringComparison.Ordinal)))
        {
            Tensor value = TorchTest.Golden(head, name);
            if (name.StartsWith("w.convs", StringComparison.Ordinal) && name.EndsWith("conv.weight", StringComparison.Ordinal))
            {
                int level = int.Parse(name.Split('.')[2]);
                // Large ones: the levels of so small a network are weak, and every token would be the same.
                value = randn([value.shape[0], channels[level], 1, 1], generator: generator) * 12 / Math.Sqrt(channels[level]);
            }

            state["decode_head." + name[2..]] = value;
        }

        foreach (string name in dalle.Names.Where(n => n.StartsWith("encoder.", StringComparison.Ordinal) || n.StartsWith("decoder.", StringComparison.Ordinal)))
        {
            state["decode_head.d_vae." + name] = TorchTest.Golden(dalle, name);
        }

        return state;
    }

    /// <summary>mmcv's form: meta, state_dict, optimizer, in PyTorch's zip container.</summary>
    private static byte[] Checkpoint(Dictionary<string, Tensor> state)
    {
        var storages = new List<(string, float[])>();
        PickleWriter writer = new PickleWriter().Op("}").Text("meta").Op("}").Text("epoch").Number(1).Op("ss").Text("state_dict").Op("}");
        foreach ((string name, Tensor value) in state)
        {
            float[] numbers = value.to(float32).contiguous().data<float>().ToArray();
            string key = storages.Count.ToString();
            storages.Add((key, numbers));
            long[] strides = [.. value.shape.Select((_, i) => value.shape.Skip(i + 1).Aggregate(1L, (a, b) => a * b))];
            writer.Text(name).Tensor(key, numbers.Length, 0, value.shape, strides).Op("s");
        }

        writer.Op("s").Text("optimizer").Op("}s.");
        return PyTorchContainers.Zip(writer.Bytes(), storages: [.. storages]);
    }

    /// <summary>The same in TorchSharp, network by network.</summary>
    private static (long[] Tokens, long[] Labels) Expected(Dictionary<string, Tensor> state, RgbImage image, MaskigePalette palette)
    {
        using var scope = NewDisposeScope();
        using var backbone = new ResNet(50, 8, 4, ResNetForm.DilatedV1c);
        using var head = new ReferenceHead(new TokenHeadInputs(backbone.Channels, 0), new ReferenceHeadSize(16, 32, 40, Heads: 4, Depth: 3), 64, 0, auxiliaryOnFused: false);
        using var tokenizer = new DalleDVae(new DalleSize(16, 24, 64), stride: 4);
        Fill(backbone, state, "backbone.");
        Fill(head, state, "decode_head.");
        Fill(tokenizer.Encoder, state, "decode_head.d_vae.encoder.");
        Fill(tokenizer.Decoder, state, "decode_head.d_vae.decoder.");
        Tensor pixels = tensor(image.Pixels.ToArray(), [1, image.Height, image.Width, 3]).permute(0, 3, 1, 2).to(float32);
        Tensor mean = tensor(new[] { 123.675f, 116.28f, 103.53f }).view(1, 3, 1, 1), deviation = tensor(new[] { 58.395f, 57.12f, 57.375f }).view(1, 3, 1, 1);
        Tensor tokens = head.Logits(backbone.call((pixels - mean) / deviation)).argmax(1);
        Tensor maskige = tokenizer.Decode(tokens);
        Tensor scores;
        if (state.ContainsKey("decode_head.projection.conv.weight"))
        {
            using var inverse = new SwinInverse(5, new SwinInverseSize(16, Heads: 4, Depth: 2));
            Fill(inverse, state, "decode_head.");
            scores = inverse.call(maskige);
        }
        else
        {
            // One-hot scores of the nearest colour, as in the reference.
            Tensor colors = tensor(palette.Colors.SelectMany(c => new[] { (float)c.R, c.G, c.B }).ToArray(), [5, 3]);
            Tensor distances = ((maskige * 255).unsqueeze(1) - colors.view(1, 5, 3, 1, 1)).square().sum(2);
            scores = nn.functional.one_hot(distances.argmin(1), 5).permute(0, 3, 1, 2).to(float32);
        }

        scores = nn.functional.interpolate(scores, [maskige.shape[2] / 2, maskige.shape[3] / 2], mode: InterpolationMode.Bilinear, align_corners: false);
        Tensor labels = scores.argmax(1).narrow(1, 0, image.Height).narrow(2, 0, image.Width);
        return (tokens.contiguous().data<long>().ToArray(), labels.contiguous().data<long>().ToArray());
    }

    private static void Fill(nn.Module module, Dictionary<string, Tensor> state, string prefix)
    {
        foreach ((string name, Tensor target) in module.state_dict())
        {
            target.copy_(state[prefix + name]);
        }

        module.eval();
    }
}
