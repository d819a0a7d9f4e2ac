using System.Runtime.InteropServices;
using Google.Protobuf;
using GSS.Core;
using GSS.Core.OnnxSchema;
using GSS.Tests;
using GSS.Torch;
using Microsoft.ML;

namespace GSS.ML.Tests;

/// <summary>The encoder out of Microsoft's package, as a user has it: referenced, chosen by one option, trained, saved, and scored in a process of its own.</summary>
[TestClass]
public sealed class ImageNetWeightsTests
{
    [TestMethod]
    public void Both_heads_start_from_the_package_and_are_scored_in_a_fresh_process()
    {
        using var folder = new TemporaryFolder();
        var context = new MLContext();
        var log = new List<string>();
        context.Log += (_, line) => log.Add(line.Message);
        SegmentationTrainers trainers = context.Segmentation().Trainers;
        ImageEncoder encoder = ImageEncoders.ResNet18ImageNet();
        using SegmentationTransformer generative = trainers.GenerativeSegmenter(TinyScenes.Options() with { Encoder = encoder, Epochs = 1, BatchSize = 2, ValidationSet = TinyScenes.Data }).Fit(TinyScenes.Data);
        using SegmentationTransformer perPixel = trainers.PerPixelSegmenter(new PerPixelSegmenter.Options { Encoder = encoder, Epochs = 1, BatchSize = 2, CropWidth = 32, CropHeight = 32, ValidationSet = TinyScenes.Data }).Fit(TinyScenes.Data);
        Assert.HasCount(2, log.Where(line => line.Contains("ResNet18.onnx' were read into ResNet-18 ImageNet, all that it has.", StringComparison.Ordinal)));
        var (expected, list) = (new List<string>(), new List<string>());
        foreach (SegmentationTransformer model in new[] { generative, perPixel })
        {
            Assert.AreEqual("ResNet-18 ImageNet", model.Manifest.Encoder);
            SegmentationMetrics evaluated = context.Segmentation().Evaluate(model.Transform(TinyScenes.Data));
            Assert.AreEqual(model.ValidationMetrics!.MeanIoU, evaluated.MeanIoU, 5e-4, "training and scoring see the same pixels in the same way");
            string zip = folder.File($"{list.Count}.zip");
            context.Model.Save(model, TinyScenes.Data.Schema, zip);
            list.Add($"{zip}|Image|PredictedLabel");
            expected.AddRange(OptionsInAFreshProcessTests.Lines(model, OptionsInAFreshProcessTests.Photographs("Image"), "PredictedLabel"));
        }

        File.WriteAllLines(folder.File("list.txt"), list);
        string[] found = ChildProcess.Run("options", [], (OptionsInAFreshProcessTests.ListVariable, folder.File("list.txt"))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        CollectionAssert.AreEqual(expected, found, string.Join('\n', found));
    }

    // MobileNetV2 is found by its operators, under whatever names; HRNet by PyTorch's names.
    [TestMethod]
    [DataRow("MobileNetV2")]
    [DataRow("HRNet-W18")]
    public void Weights_of_an_ONNX_file_pass_through_Fit_to_a_fresh_process(string name)
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("encoder.onnx");
        ImageEncoder encoder = name == "MobileNetV2" ? ImageEncoders.MobileNetV2(file) : ImageEncoders.HRNetW18(file);
        File.WriteAllBytes(file, name == "MobileNetV2" ? Exported(encoder) : Named(encoder));
        var context = new MLContext();
        var log = new List<string>();
        context.Log += (_, line) => log.Add(line.Message);
        using SegmentationTransformer model = context.Segmentation().Trainers.GenerativeSegmenter(TinyScenes.Options() with { Encoder = encoder, Epochs = 1, BatchSize = 2, ValidationSet = TinyScenes.Data }).Fit(TinyScenes.Data);
        Assert.IsTrue(log.Any(line => line.Contains($" entries of '{file}' were read into {name}", StringComparison.Ordinal)));
        Assert.AreEqual(model.ValidationMetrics!.MeanIoU, context.Segmentation().Evaluate(model.Transform(TinyScenes.Data)).MeanIoU, 5e-4);
        string zip = folder.File("model.zip");
        context.Model.Save(model, TinyScenes.Data.Schema, zip);
        File.WriteAllText(folder.File("list.txt"), $"{zip}|Image|PredictedLabel");
        string[] expected = [.. OptionsInAFreshProcessTests.Lines(model, OptionsInAFreshProcessTests.Photographs("Image"), "PredictedLabel")];
        string[] found = ChildProcess.Run("options", [], (OptionsInAFreshProcessTests.ListVariable, folder.File("list.txt"))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        CollectionAssert.AreEqual(expected, found, string.Join('\n', found));
    }

    private static byte[] Exported(ImageEncoder encoder)
    {
        using EncoderNetwork network = encoder.CreateNetwork();
        var graph = new OnnxGraph("encoder");
        OnnxValue[] levels = network.ToOnnx(graph, graph.Input("image", OnnxType.Float, "batch", 3, "height", "width"));
        graph.Output(levels[^1], "features", OnnxType.Float, "batch", network.Channels[^1], "rows", "columns");
        return graph.ToBytes();
    }

    private static byte[] Named(ImageEncoder encoder)
    {
        using EncoderNetwork network = encoder.CreateNetwork();
        var graph = new GraphProto();
        foreach ((string name, TorchSharp.torch.Tensor value) in network.state_dict().Where(entry => entry.Value.is_floating_point()))
        {
            var constant = new TensorProto { Name = name, DataType = 1, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(OnnxWeights.Numbers(value))) };
            constant.Dims.Add(value.shape);
            graph.Initializer.Add(constant);
        }

        return new ModelProto { IrVersion = 8, Graph = graph }.ToByteArray();
    }

    [TestMethod]
    public void Another_network_in_the_file_is_told_before_training()
    {
        string file = ImageEncoders.ResNet18ImageNet().Weights!;
        GenerativeSegmenter trainer = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(TinyScenes.Options() with { Encoder = ImageEncoders.MobileNetV2(file) });
        Assert.StartsWith($"The ONNX file '{file}' has 22 convolutions, expected 52: name a file with the network that you chose", Assert.ThrowsExactly<WeightFileException>(() => trainer.Fit(TinyScenes.Data)).Message);
        trainer = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(TinyScenes.Options() with { Encoder = ImageEncoders.HRNetW18(file) });
        Assert.Contains(file, Assert.ThrowsExactly<WeightFileException>(() => trainer.Fit(TinyScenes.Data)).Message);
    }
}
