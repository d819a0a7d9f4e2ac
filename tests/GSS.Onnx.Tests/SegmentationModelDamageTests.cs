using GSS.Core;
using GSS.Onnx;
using GSS.Torch;

namespace GSS.Tests;

[TestClass]
public sealed class SegmentationModelDamageTests
{
    [TestMethod]
    public void A_damaged_part_is_one_sentence_that_names_it()
    {
        foreach (Func<byte[], byte[]> damage in new Func<byte[], byte[]>[]
        {
            bytes => bytes[..1],
            bytes => bytes[..(bytes.Length / 2)],
            bytes => bytes[..^1],
            bytes => [.. bytes.Select((b, i) => (byte)(b ^ (i * 31)))],
            bytes => new byte[bytes.Length],
            bytes => "no model at all"u8.ToArray(),
        })
        {
            AssertRefused("'prior.onnx'", () => new SegmentationModel(TestModel.Package(prior: damage(TestModel.Prior))));
            AssertRefused("'decoder.onnx'", () => new SegmentationModel(TestModel.Package(decoder: damage(TestModel.Decoder))));
            AssertRefused("'encoder.onnx'", () => new MaskigeTokenizer(damage(TestModel.Encoder)));
        }
    }

    [TestMethod]
    public void Another_kind_of_model_is_refused()
    {
        AssertRefused(
            "'prior.onnx' has the inputs tokens (Int64), expected image (Float), perhaps with_confidence (Bool): another model lies under this name; put the package together again with the 'prior.onnx' that GSS.ML exported.",
            () => new SegmentationModel(TestModel.Package(prior: TestModel.Decoder)));
        var graph = new OnnxGraph("prior");
        graph.Output(graph.Add("Identity", [graph.Input("image", OnnxType.Float, "batch", 3, "height", "width")]), "probabilities", OnnxType.Float, "batch", 3, "height", "width");
        AssertRefused(
            "'prior.onnx' has the outputs probabilities (Float), expected tokens (Int64), perhaps confidence (Float): another model lies under this name; put the package together again with the 'prior.onnx' that GSS.ML exported.",
            () => new LatentPriorModel(graph.ToBytes()));
        AssertRefused("'decoder.onnx'", () => new SegmentationModel(TestModel.Package(decoder: TestModel.Prior)));
        AssertRefused("'prior.onnx' chooses from 5 tokens", () => new SegmentationModel(TestModel.Package(vocabularySize: 6)));
    }

    [TestMethod]
    public void A_missing_file_is_refused() => AssertRefused("nowhere.gss", () => SegmentationModel.Load("nowhere.gss"));

    [TestMethod]
    public void Options_out_of_range_are_named_all_at_once()
    {
        var options = new ScoringOptions { ThreadCount = -1, GpuDeviceId = -2, LogitsMemory = 0 };
        var e = Assert.ThrowsExactly<ArgumentException>(() => new SegmentationModel(TestModel.Package(), options));
        foreach (string name in new[] { nameof(ScoringOptions.ThreadCount), nameof(ScoringOptions.GpuDeviceId), nameof(ScoringOptions.LogitsMemory) })
        {
            Assert.Contains(name, e.Message);
        }
    }

    [TestMethod]
    public void A_device_that_is_not_there_is_an_error_unless_the_CPU_may_stand_in()
    {
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => TestModel.Open(options: new() { GpuDeviceId = 0 }));
        Assert.Contains(nameof(ScoringOptions.FallbackToCpu), e.Message);
        using SegmentationModel model = TestModel.Open(options: new() { GpuDeviceId = 0, FallbackToCpu = true });
        RgbImage image = TestModel.RandomImage(9, 7, 1);
        Assert.AreEqual(TestModel.Labels(image), model.Predict(image).Labels);
    }

    [TestMethod]
    public void A_GPU_package_that_the_CPUs_library_hides_is_told_with_the_line_that_mends_it()
    {
        string folder = Directory.CreateTempSubdirectory("gss-gpu-").FullName;
        var fault = Assert.ThrowsExactly<InvalidOperationException>(() => TestModel.Open(options: new() { GpuDeviceId = 1 }));
        (string message, string reason) = (fault.Message, fault.InnerException!.Message.TrimEnd('.'));
        const string Line = "<PackageReference Include=\"Microsoft.ML.OnnxRuntime\" ExcludeAssets=\"all\" />", Otherwise = ", or set FallbackToCpu, or leave GpuDeviceId null.";
        Assert.AreEqual($"Scoring on CUDA device 1 was asked for, but this ONNX Runtime cannot use it ({reason}): reference Microsoft.ML.OnnxRuntime.Gpu together with {Line}, and install the CUDA and cuDNN that it needs{Otherwise}", message);
        File.WriteAllBytes(Path.Combine(folder, "libonnxruntime_providers_cuda.so"), []);
        Assert.AreEqual(
            $"Scoring on CUDA device 1 was asked for, but the CPU's ONNX Runtime was loaded although Microsoft.ML.OnnxRuntime.Gpu is referenced ({reason}): add {Line} to the application's project, so that the GPU's library is the only one{Otherwise}",
            GpuLibrary.Explain(1, fault.InnerException, [folder]));

        // The right one was loaded, and CUDA is not there.
        string refused = GpuLibrary.Explain(1, new DllNotFoundException("no CUDA."), [folder]);
        Assert.StartsWith("Scoring on CUDA device 1 was asked for, but ONNX Runtime cannot use it (no CUDA): install the driver, the CUDA and the cuDNN", refused);
        Assert.EndsWith(Otherwise, refused);
        Directory.Delete(folder, recursive: true);

        // What a device is tried with is a model.
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(NativeSession.SmallestModel.Value);
        Assert.AreEqual("output", session.OutputNames.Single());
    }

    [TestMethod]
    public void Tokens_that_are_not_this_models_are_refused()
    {
        using SegmentationModel model = TestModel.Open();
        var e = Assert.ThrowsExactly<ArgumentException>(() => model.DecodeTokens([new LatentTokens(1, 1, 4, 4, [0]), new LatentTokens(2, 1, 8, 4, [4, 5])]));
        Assert.StartsWith("Found the token 5 in the grid at position 1, expected 0..4", e.Message);
        e = Assert.ThrowsExactly<ArgumentException>(() => model.DecodeTokens([new LatentTokens(2, 1, 9, 4, [0, 0])]));
        Assert.StartsWith("Found 2x1 tokens for an image of 9x4, expected 3x1 at stride 4", e.Message);
        e = Assert.ThrowsExactly<ArgumentException>(() => model.DecodeTokens([new LatentTokens(1, 1, 4, 4, [0])], SegmentationOutputs.Confidence));
        Assert.StartsWith("Confidence cannot be told from tokens alone", e.Message);
    }

    private static void AssertRefused(string expected, Action action)
    {
        var e = Assert.ThrowsExactly<SegmentationModelException>(action);
        Assert.Contains(expected, e.Message);
        Assert.DoesNotContain("\n", e.Message);
        Assert.EndsWith(".", e.Message);
    }
}
