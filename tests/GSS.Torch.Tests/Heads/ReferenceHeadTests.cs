using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class ReferenceHeadTests
{
    private const double Tolerance = 5e-4;

    [TestMethod]
    [DataRow("f_gss_head_ff.safetensors", false)]
    [DataRow("f_gss_head_single_fusion.safetensors", true)]
    public void Features_logits_targets_losses_and_gradients_equal_the_reference(string fileName, bool auxiliaryOnFused)
    {
        GoldenFile golden = GoldenFile.Open(fileName), dalle = GoldenFile.Open("b_dalle_small.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using ReferenceHead head = Small(golden, auxiliaryOnFused);
        using DalleDVae tokenizer = DalleDVaeTests.Small(dalle, stride: 4);
        Tensor[] levels = Levels(golden);
        void Same(string name, Tensor actual) => TorchTest.AssertClose(TorchTest.Golden(golden, name), actual.detach(), Tolerance, name);

        Tensor fused = head.Fuse(levels);
        Same("agg", fused);
        Same("swin_out", head.Blocks.call(fused.permute(0, 2, 3, 1)).flatten(1, 2));
        (Tensor logits, Tensor? auxiliary) = head.Forward(levels, dropout: null, withAuxiliary: true);
        Same("train.indice_logits", logits);

        // As LatentPriorTraining does it.
        Tensor labels = PriorLosses.Enlarge(TorchTest.Golden(golden, "gt").squeeze(1), tokenizer);
        TorchTest.AssertEqual(TorchTest.Golden(golden, "train.gt_2x").squeeze(1), labels, "labels at twice the size");
        Tensor pixels = nn.functional.interpolate(auxiliary!, labels.shape[1..], mode: InterpolationMode.Bilinear, align_corners: false);
        Same("train.pixel_logits_2x", pixels);
        Tensor composed = PriorLosses.Compose(labels, pixels);
        TorchTest.AssertEqual(TorchTest.Golden(golden, "train.composed_labels_2x").squeeze(1), composed, "composed labels");
        Tensor colors = TorchTest.Golden(golden, "palette").narrow(0, 0, 5);
        TorchTest.AssertEqual(TorchTest.Golden(golden, "train.maskige_rgb255_2x"), colors.index_select(0, composed.flatten()).view(2, 64, 96, 3).permute(0, 3, 1, 2), "maskige");
        Tensor targets = PriorLosses.TokenTargets(labels, pixels, colors.to(float32) / 255, tokenizer);
        Tensor expected = TorchTest.Golden(golden, "train.index_target_masked").squeeze(1);
        Assert.IsTrue(expected.eq(64).any().item<bool>(), "no token is ignored, which shows nothing");
        TorchTest.AssertEqual(expected.masked_fill(expected.eq(64), PriorLosses.IgnoredToken), targets, "token targets");

        // The golden losses are means over what is labelled; those over everything are proven on n_losses in PriorLossesTests.
        Tensor tokenLoss = PriorLosses.CrossEntropy(logits, targets, PriorLosses.IgnoredToken, TrainingRecipe.Balanced) * 0.8f;
        Tensor pixelLoss = PriorLosses.CrossEntropy(pixels, labels, LabelMap.Void, TrainingRecipe.Balanced) * 0.2f;
        TorchTest.AssertClose(TorchTest.Golden(golden, "train.loss_ce").squeeze(), tokenLoss.detach(), 1e-5, "token loss");
        TorchTest.AssertClose(TorchTest.Golden(golden, "train.loss_ce_pixel").squeeze(), pixelLoss.detach(), 1e-5, "pixel loss");
        Tensor loss = tokenLoss + pixelLoss;
        TorchTest.AssertClose(TorchTest.Golden(golden, "train.total_loss").squeeze(), loss.detach(), 1e-5, "loss");
        loss.backward();
        string[] gradients = [.. golden.Names.Where(name => name.StartsWith("grad.", StringComparison.Ordinal))];
        Assert.IsNotEmpty(gradients);
        Dictionary<string, Tensor> parameters = head.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);
        foreach (string name in gradients)
        {
            Same(name, parameters[name["grad.".Length..]].grad!);
        }
    }

    [TestMethod]
    [DataRow("f_gss_head_ff.safetensors", false)]
    [DataRow("f_gss_head_single_fusion.safetensors", true)]
    public void Tokens_pictures_and_classes_at_scoring_equal_the_reference(string fileName, bool auxiliaryOnFused)
    {
        GoldenFile golden = GoldenFile.Open(fileName), dalle = GoldenFile.Open("b_dalle_small.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using ReferenceHead head = Small(golden, auxiliaryOnFused);
        using DalleDVae tokenizer = DalleDVaeTests.Small(dalle, stride: 4);
        Tensor logits = head.Logits(Levels(golden));
        TorchTest.AssertClose(TorchTest.Golden(golden, "test.indice_logits"), logits, Tolerance, "logits");
        Tensor tokens = logits.argmax(1);
        TorchTest.AssertEqual(TorchTest.Golden(golden, "test.indices"), tokens, "tokens");
        Tensor painted = tokenizer.Decode(tokens) * 255;
        TorchTest.AssertClose(TorchTest.Golden(golden, "test.decoded_rgb255"), painted, Tolerance, "picture");

        // The smallest margin between two colours is 0.07 in squared units: up to 0.2 % of the pixels may differ (manifest).
        long[] expected = golden.Longs("test.labels_2x");
        int different = 0;
        for (int i = 0; i < 2; i++)
        {
            byte[] classes = new byte[64 * 96];
            Palette(golden).Decode(painted[i].contiguous().data<float>().ToArray(), classes);
            different += Enumerable.Range(0, classes.Length).Count(p => classes[p] != expected[(i * classes.Length) + p]);
        }

        Assert.IsTrue(different <= 0.002 * expected.Length, $"{different} of {expected.Length} classes differ.");
    }

    [TestMethod]
    public void Reconstruction_as_the_reference_evaluates_it_equals_the_reference()
    {
        GoldenFile golden = GoldenFile.Open("f_gss_head_ff.safetensors"), dalle = GoldenFile.Open("b_dalle_small.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using DalleDVae tokenizer = DalleDVaeTests.Small(dalle, stride: 8);
        Tensor tokens = tokenizer.Encode(TorchTest.Golden(golden, "recon.rgb_in255").to(float32) / 255);
        TorchTest.AssertEqual(TorchTest.Golden(golden, "recon.indices"), tokens, "tokens");
        byte[] classes = new byte[32 * 48];
        Palette(golden).Decode((tokenizer.Decode(tokens) * 255).contiguous().data<float>().ToArray(), classes);
        long[] expected = TorchTest.Golden(golden, "recon.seg_logit").argmax(1).data<long>().ToArray();
        int different = Enumerable.Range(0, classes.Length).Count(p => classes[p] != expected[p]);
        Assert.IsTrue(different <= 0.002 * expected.Length, $"{different} of {expected.Length} classes differ.");
    }

    [TestMethod]
    [DataRow(6, 19, new[] { 256, 512, 1024, 2048 }, 34_812_659L)]
    [DataRow(2, 150, new[] { 192, 384, 768, 1536 }, 25_703_862L)]
    public void The_full_heads_have_the_published_number_of_parameters(int depth, int classes, int[] channels, long expected)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TokenHeadNetwork head = TokenHeads.Reference(depth).CreateNetwork(new TokenHeadInputs(channels, 0), 8192, classes);
        Assert.AreEqual(expected, head.parameters().Sum(p => p.numel()));
    }

    [TestMethod]
    public void Tokens_of_stride_8_have_the_grid_of_the_second_level()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        foreach (bool onFused in new[] { false, true })
        {
            using var head = new ReferenceHead(new TokenHeadInputs([6, 10, 12, 14], 1), new ReferenceHeadSize(8, 16, 24, Heads: 4, Depth: 1), 30, 5, onFused);
            head.eval();
            (Tensor logits, Tensor? auxiliary) = head.Forward([zeros(1, 6, 9, 12), zeros(1, 10, 5, 6), zeros(1, 12, 3, 3), zeros(1, 14, 2, 2)], null, true);
            CollectionAssert.AreEqual(new long[] { 1, 30, 5, 6 }, logits.shape);
            CollectionAssert.AreEqual(onFused ? new long[] { 1, 5, 5, 6 } : [1, 5, 9, 12], auxiliary!.shape);
        }
    }

    internal static ReferenceHead Small(GoldenFile golden, bool auxiliaryOnFused, int auxiliaryChannels = 5)
    {
        var head = new ReferenceHead(new TokenHeadInputs([6, 10, 12, 14], 0), new ReferenceHeadSize(16, 32, 40, Heads: 4, Depth: 3), 64, auxiliaryChannels, auxiliaryOnFused);
        TorchTest.Fill(head, golden, "w.");
        head.eval();
        return head;
    }

    internal static Tensor[] Levels(GoldenFile golden) => [.. Enumerable.Range(0, 4).Select(i => TorchTest.Golden(golden, $"feat{i}"))];

    private static MaskigePalette Palette(GoldenFile golden) =>
        MaskigePalette.FromColors([.. golden.Longs("palette").Chunk(3).Take(5).Select(c => new RgbColor((byte)c[0], (byte)c[1], (byte)c[2]))]);
}
