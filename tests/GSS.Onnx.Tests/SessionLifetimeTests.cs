using GSS.Core;
using GSS.Onnx;

namespace GSS.Tests;

/// <summary>Whoever disposes a model, nobody runs freed memory.</summary>
[TestClass]
public sealed class SessionLifetimeTests
{
    private static readonly RgbImage s_image = TestModel.RandomImage(9, 7, 1);

    [TestMethod]
    public void A_disposed_model_says_so_by_its_name()
    {
        SegmentationModel model = TestModel.Open();
        model.Dispose();
        model.Dispose();
        foreach (Action use in new Action[] { () => model.Predict(s_image), () => model.PredictTokens([s_image]), () => model.DecodeTokens([]), () => model.Hold() })
        {
            Assert.StartsWith("The segmentation model of 'three' (FF, test) was disposed and cannot predict any more", Assert.ThrowsExactly<ObjectDisposedException>(use).Message);
        }

        var prior = new LatentPriorModel(TestModel.Prior);
        prior.Dispose();
        Assert.StartsWith("The model of 'prior.onnx' was disposed", Assert.ThrowsExactly<ObjectDisposedException>(() => prior.Predict([s_image])).Message);
        var decoder = new MaskigeDecoder(TestModel.Decoder, TestModel.Palette, TestModel.Stride, TestModel.TokenCount);
        decoder.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => decoder.Decode([new LatentTokens(1, 1, 4, 4, [0])]));
        var tokenizer = new MaskigeTokenizer(TestModel.Encoder);
        tokenizer.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => tokenizer.Encode([s_image]));
        SegmentationModel perPixel = new(TestModel.PerPixelPackage());
        perPixel.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => perPixel.Predict(s_image));
    }

    [TestMethod]
    public void A_model_that_was_closed_opens_again()
    {
        using SegmentationModel model = TestModel.Open();
        IDisposable held = model.Hold();
        model.CloseWhenUnused();
        Assert.AreEqual(TestModel.Labels(s_image), model.Predict(s_image).Labels);
        held.Dispose();
        held.Dispose();
        Assert.AreEqual(TestModel.Labels(s_image), model.Predict(s_image).Labels);
        model.CloseWhenUnused();
        Assert.AreEqual(TestModel.Labels(s_image), model.Predict(s_image).Labels);
    }

    [TestMethod]
    public void Threads_finish_what_they_run_while_others_dispose_and_close()
    {
        for (int round = 0; round < 20; round++)
        {
            var model = TestModel.Open(options: new() { ThreadCount = 1 });
            LabelMap expected = model.Predict(s_image).Labels;
            Task<int>[] threads = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                int right = 0;
                try
                {
                    while (true)
                    {
                        right += model.Predict(s_image).Labels.Equals(expected) ? 1 : int.MinValue;
                    }
                }
                catch (ObjectDisposedException)
                {
                    return right;
                }
            }))];
            model.CloseWhenUnused();
            Thread.Sleep(2);
            model.CloseWhenUnused();
            model.Dispose();
            foreach (Task<int> thread in threads)
            {
                Assert.IsGreaterThanOrEqualTo(0, thread.Result);
            }
        }
    }
}
