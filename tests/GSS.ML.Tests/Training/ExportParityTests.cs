using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.ML.Tests;

/// <summary>The check at the end of every Fit.</summary>
[TestClass]
public sealed class ExportParityTests
{
    private static readonly RgbImage s_image = TinyScenes.Draw(0).Image;

    [TestMethod]
    [DataRow(false, false)]
    [DataRow(true, false)]
    [DataRow(false, true)]
    [DataRow(true, true)]
    public void A_sound_export_passes_and_logits_that_differ_are_refused(bool expectedCode, bool someKept)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using var generator = new Generator(3, CPU);
        using var network = new LatentPriorNetwork(new ResNet(18, 4, 4), outputChannels: 32, auxiliaryChannels: 0, seed: 1);
        network.eval();

        // Logits of hundreds, as long training without weight decay gives them: the tolerance is a share of their range.
        network.Classifier.weight!.normal_(0, 20, generator);
        DecisionByCodes? decision = expectedCode ? new(randn([32, 4], generator: generator)) : null;
        long[]? kept = someKept ? [0, 3, 4, 7, 11, 12, 13, 20, 21, 22, 24, 25, 26, 29, 30, 31] : null;
        using var exported = new LatentPriorModel(PriorExport.ToBytes(network, new(decision, kept)));
        float[] logits = network.call(tensor(s_image.Pixels.ToArray(), [1, s_image.Height, s_image.Width, 3]).to(ScalarType.Float32).permute(0, 3, 1, 2)).contiguous().data<float>().ToArray();
        byte[] upToLogits = PriorExport.LogitsToBytes(network);
        double Check() => ExportParity.Check(_ => logits, upToLogits, exported, decision is null, kept, s_image);
        Assert.IsLessThan(2e-5, Check());
        if (someKept)
        {
            // A token that the exported network chose is not among those that it is said to choose from.
            Assert.ThrowsExactly<SegmentationModelException>(() => ExportParity.Check(_ => logits, upToLogits, exported, decision is null, [1, 2], s_image));
        }

        network.Classifier.bias!.normal_(0, 200, generator);
        using (var another = new LatentPriorModel(PriorExport.ToBytes(network, new(decision, kept))))
        {
            Assert.ThrowsExactly<SegmentationModelException>(() => ExportParity.Check(_ => logits, upToLogits, another, decision is null, kept, s_image), "the same logits and another decision");
        }

        logits[logits.Length / 2] += 0.003f * (logits.Max() - logits.Min());
        Assert.StartsWith("The exported network differs from the trained one by 0.00", Assert.ThrowsExactly<SegmentationModelException>(() => Check()).Message);
        logits[^1] = float.NaN;
        Assert.Contains("by NaN of its logits' range", Assert.ThrowsExactly<SegmentationModelException>(() => Check()).Message);
        logits = [1];
        Assert.ThrowsExactly<SegmentationModelException>(() => Check());
    }

    [TestMethod]
    public void Label_maps_that_differ_are_refused_and_so_are_logits_behind_equal_ones()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using var network = new LatentPriorNetwork(new ResNet(18, 4, 4), outputChannels: 3, auxiliaryChannels: 0, seed: 1);
        network.eval();
        float[] logits = network.call(tensor(s_image.Pixels.ToArray(), [1, s_image.Height, s_image.Width, 3]).to(ScalarType.Float32).permute(0, 3, 1, 2)).contiguous().data<float>().ToArray();
        byte[] upToLogits = PriorExport.LogitsToBytes(network);
        LabelMap labels = TinyScenes.Draw(0).Labels;
        double Check(Func<byte, int, byte> change) =>
            ExportParity.CheckLabels(_ => logits, upToLogits, _ => labels, _ => new LabelMap(labels.Width, labels.Height, [.. labels.Ids.ToArray().Select(change)]), s_image);
        Assert.IsLessThan(2e-5, Check((id, i) => id));
        Assert.IsLessThan(2e-5, Check((id, i) => i == 7 ? (byte)9 : id), "One pixel may be a tie.");
        Assert.Contains("differs from that of the trained one in 0.116 % of the pixels, expected at most 0.05 %", Assert.ThrowsExactly<SegmentationModelException>(() => Check((id, i) => i < 2 ? (byte)9 : id)).Message);
        logits[1] += 0.003f * (logits.Max() - logits.Min());
        Assert.StartsWith("The exported network differs from the trained one by 0.00", Assert.ThrowsExactly<SegmentationModelException>(() => Check((id, i) => id)).Message);
        logits[1] = float.NaN;
        Assert.Contains("by NaN of its logits' range", Assert.ThrowsExactly<SegmentationModelException>(() => Check((id, i) => id)).Message);
    }

    [TestMethod]
    [DoNotParallelize]
    public void A_Fit_opens_what_scores_once_and_one_more_network_for_the_comparison()
    {
        long before = NativeSession.OpenedCount;
        using GenerativeSegmentationTransformer model = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(TinyScenes.Options()).Fit(TinyScenes.Data);
        Assert.AreEqual(3, NativeSession.OpenedCount - before, "prior.onnx, decoder.onnx, and the prior up to its logits");
        before = NativeSession.OpenedCount;
        using PerPixelSegmentationTransformer perPixel =
            TinyScenes.Segmentation.Trainers.PerPixelSegmenter(new PerPixelSegmenter.Options { Encoder = TinyScenes.Encoder, Epochs = 1, BatchSize = 2, CropWidth = 32, CropHeight = 32 }).Fit(TinyScenes.Data);
        Assert.AreEqual(2, NativeSession.OpenedCount - before, "segmenter.onnx, and the same up to its logits");
        before = NativeSession.OpenedCount;
        TinyScenes.Column<LabelMap>(model.Transform(TinyScenes.Data), "PredictedLabel");
        TinyScenes.Column<LabelMap>(perPixel.Transform(TinyScenes.Data), "PredictedLabel");
        Assert.AreEqual(0, NativeSession.OpenedCount - before);
    }
}
