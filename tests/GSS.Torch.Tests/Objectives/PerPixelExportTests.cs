using GSS.Core;
using GSS.Torch;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class PerPixelExportTests
{
    [TestMethod]
    [DataRow(1, 61, 44)]
    [DataRow(2, 64, 32)]
    public void The_exported_head_gives_classes_and_their_probability_at_the_size_of_the_image(int batch, int width, int height)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TrainedPerPixel trained = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.PerPixel(null));
        Tensor image = rand(batch, 3, height, width) * 255;
        trained.Network.eval();
        using IDisposable noGradient = no_grad();
        Tensor probabilities = nn.functional.interpolate(trained.Network.call(image), [height, width], mode: InterpolationMode.Bilinear, align_corners: false).softmax(1);
        using var session = new InferenceSession(trained.Export()["segmenter.onnx"]);
        using OrtValue given = OrtValue.CreateTensorValueFromMemory(image.contiguous().data<float>().ToArray(), image.shape);
        using var options = new RunOptions();
        using OrtValue asked = OrtValue.CreateTensorValueFromMemory(new[] { true }, []), notAsked = OrtValue.CreateTensorValueFromMemory(new[] { false }, []);
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["image", "with_confidence"], [given, asked], ["labels", "confidence"]);
        CollectionAssert.AreEqual(new long[] { batch, height, width }, results[0].GetTensorTypeAndShape().Shape);
        byte[] labels = results[0].GetTensorDataAsSpan<byte>().ToArray();
        byte[] expected = probabilities.argmax(1).to(ScalarType.Byte).data<byte>().ToArray();
        Assert.IsLessThanOrEqualTo(labels.Length / 2000, labels.Zip(expected).Count(pair => pair.First != pair.Second));
        TorchTest.AssertClose(probabilities.amax([1]), tensor(results[1].GetTensorDataAsSpan<float>().ToArray(), [batch, height, width]), 1e-4, "confidence");

        // Where nobody asks for probabilities there are none, and the labels are the same.
        using IDisposableReadOnlyCollection<OrtValue> alone = session.Run(options, ["image", "with_confidence"], [given, notAsked], ["labels", "confidence"]);
        CollectionAssert.AreEqual(labels, alone[0].GetTensorDataAsSpan<byte>().ToArray());
        CollectionAssert.AreEqual(new long[3], alone[1].GetTensorTypeAndShape().Shape);
    }

    [TestMethod]
    public void Many_classes_are_decided_in_groups_as_if_at_once()
    {
        using DisposeScope scope = TorchTest.NewScope();
        const int classes = 37;
        var graph = new OnnxGraph("decide");
        OnnxValue logits = graph.Input("logits", OnnxType.Float, "batch", classes, "rows", "columns");
        (OnnxValue label, OnnxValue confidence) = PerPixelExport.Decide(graph, logits, classes, graph.Constant(9L, 13L), withConfidence: true);
        graph.Output(graph.Cast(label, OnnxType.Int64), "labels", OnnxType.Int64, "batch", "height", "width");
        graph.Output(confidence, "confidence", OnnxType.Float, "batch", "height", "width");
        using var model = new OnnxRun(graph.ToBytes());
        Tensor given = randn(2, classes, 4, 6) * 20;
        Tensor full = nn.functional.interpolate(given, [9, 13], mode: InterpolationMode.Bilinear, align_corners: false);
        TorchTest.AssertEqual(full.argmax(1), model.FloatsToLongs("logits", given, "labels"), "labels");
        TorchTest.AssertClose(full.softmax(1).amax([1]), model.FloatsToFloats("logits", given, "confidence"), 1e-5, "confidence");

        // Of classes that are equally likely the first one is taken.
        Tensor equal = zeros(1, classes, 2, 2);
        Assert.AreEqual(0, model.FloatsToLongs("logits", equal, "labels").sum().item<long>());
        TorchTest.AssertClose(full_like(zeros(1, 9, 13), 1.0 / classes), model.FloatsToFloats("logits", equal, "confidence"), 1e-6, "equal");
    }

    [TestMethod]
    public void A_trained_head_learns_and_keeps_its_best_validation()
    {
        using TrainedPerPixel trained = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.PerPixel(null) with { Epochs = 8, LearningRate = 3e-3 }, TinyTraining.Samples());
        var matrix = new ConfusionMatrix(3);
        for (int i = 0; i < 9; i++)
        {
            (RgbImage image, LabelMap truth) = TinyTraining.Samples().Read(i);
            matrix.Add(truth, trained.Predict(image));
        }

        Assert.AreEqual(trained.BestValidation!.MeanIoU, matrix.ToMetrics(TinyTraining.Classes).MeanIoU);
        Assert.IsGreaterThan(0.4, trained.BestValidation.MeanIoU);
        Assert.AreEqual(TrainingEnd.AllEpochs, trained.End);
    }
}
