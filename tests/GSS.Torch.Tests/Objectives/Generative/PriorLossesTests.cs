using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class PriorLossesTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Cross_entropy_equals_the_reference_where_it_leaves_out_ignored_elements(bool channelsLast)
    {
        GoldenFile golden = GoldenFile.Open("n_losses.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        Tensor logits = TorchTest.Golden(golden, "logits").requires_grad_();
        Tensor target = TorchTest.Golden(golden, "target");
        Tensor given = channelsLast ? logits.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : logits;
        Assert.AreEqual(!channelsLast, given.is_contiguous());
        Tensor loss = PriorLosses.CrossEntropy(given, target, LabelMap.Void) * tensor(0.8f);
        loss.backward();
        TorchTest.AssertClose(TorchTest.Golden(golden, "loss_avg_non_ignore1").squeeze(), loss.detach(), 1e-6, "loss");
        TorchTest.AssertClose(TorchTest.Golden(golden, "grad_avg_non_ignore1"), logits.grad!, 1e-5, "gradient");
    }

    [TestMethod]
    public void By_the_references_recipe_cross_entropy_is_the_mean_over_everything()
    {
        GoldenFile golden = GoldenFile.Open("n_losses.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        Tensor logits = TorchTest.Golden(golden, "logits").requires_grad_();
        Tensor target = TorchTest.Golden(golden, "target");
        Tensor loss = PriorLosses.CrossEntropy(logits, target, LabelMap.Void, TrainingRecipe.Reference) * tensor(0.8f);
        loss.backward();
        TorchTest.AssertClose(TorchTest.Golden(golden, "loss_avg_non_ignore0").squeeze(), loss.detach(), 1e-6, "loss");
        TorchTest.AssertClose(TorchTest.Golden(golden, "grad_avg_non_ignore0"), logits.grad!, 1e-5, "gradient");
        Tensor ignored = PriorLosses.CrossEntropy(logits.detach(), full_like(target, 255), LabelMap.Void, TrainingRecipe.Reference);
        Assert.AreEqual(golden.Floats("all_ignored_loss")[0], ignored.item<float>());
    }

    [TestMethod]
    public void Where_all_is_ignored_the_loss_and_its_gradient_are_zero()
    {
        using DisposeScope scope = TorchTest.NewScope();
        Tensor logits = ones(1, 3, 2, 2).requires_grad_();
        Tensor loss = PriorLosses.CrossEntropy(logits, full([1, 2, 2], 255, int64), LabelMap.Void);
        loss.backward();
        Assert.AreEqual(0f, loss.item<float>());
        Assert.AreEqual(0f, logits.grad!.abs().sum().item<float>());
    }

    [TestMethod]
    public void Token_targets_fill_void_with_the_pseudo_label_and_leave_out_cells_of_void_alone()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using TokenizerNetwork tokenizer = Tokenizers.Compact().CreateNetwork();
        MaskigePalette palette = MaskigePalette.MaximalDistance(3);
        const int Width = 18, Height = 13;
        var random = new Random(1);
        long[] labels = new long[Width * Height];
        float[] auxiliary = [.. Enumerable.Range(0, 3 * labels.Length).Select(_ => (float)random.NextDouble())];
        for (int i = 0; i < labels.Length; i++)
        {
            // The first cell is void altogether, the last keeps one labelled pixel.
            (int x, int y) = (i % Width, i / Width);
            labels[i] = (x < 4 && y < 4) || (x >= 16 && y >= 12 && (x, y) != (17, 12)) || random.Next(5) == 0 ? LabelMap.Void : (x / 5) % 3;
        }

        labels[(12 * Width) + 17] = 1;
        byte[] composed = [.. labels.Select((id, i) => id != LabelMap.Void ? (byte)id
            : (byte)Enumerable.Range(0, 3).MaxBy(k => auxiliary[(k * labels.Length) + i]))];
        float[] maskige = new float[3 * labels.Length];
        palette.Colorize(composed, maskige);
        long[] expected = tokenizer.Encode(tensor(maskige).reshape(1, 3, Height, Width)).data<long>().ToArray();
        Assert.HasCount(5 * 4, expected);
        expected[0] = PriorLosses.IgnoredToken;

        Tensor colors = tensor(palette.Colors.SelectMany(c => new[] { c.R / 255f, c.G / 255f, c.B / 255f }).ToArray()).reshape(3, 3);
        Tensor found = PriorLosses.TokenTargets(tensor(labels).reshape(1, Height, Width), tensor(auxiliary).reshape(1, 3, Height, Width), colors, tokenizer);
        CollectionAssert.AreEqual(new long[] { 1, 4, 5 }, found.shape);
        CollectionAssert.AreEqual(expected, found.data<long>().ToArray());

        // Without an auxiliary head void is a colour of its own: as if it were a fourth class.
        palette.Colorize([.. labels.Select(id => (byte)id)], maskige);
        expected = tokenizer.Encode(tensor(maskige).reshape(1, 3, Height, Width)).data<long>().ToArray();
        expected[0] = PriorLosses.IgnoredToken;
        RgbColor color = palette.VoidColor;
        Tensor voidColor = tensor(new[] { color.R / 255f, color.G / 255f, color.B / 255f }).reshape(1, 3);
        found = PriorLosses.TokenTargets(tensor(labels).reshape(1, Height, Width), null, colors, tokenizer, voidColor);
        CollectionAssert.AreEqual(expected, found.data<long>().ToArray());
    }
}
