using System.Runtime.CompilerServices;
using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;
using TorchSharp;

namespace GSS.ML.Tests;

/// <summary>What the libraries do to the process that they live in: its home folder, its error stream, its native libraries.</summary>
[TestClass]
public sealed class ProcessTests
{
    private const string ModelVariable = "GSS_TEST_MODEL";

    [TestMethod]
    public void Scoring_sends_no_telemetry_and_writes_nothing_into_the_home_folder()
    {
        string home = Directory.CreateTempSubdirectory("gss-home-").FullName;
        try
        {
            (string output, string error, int code) = Run(home);
            Assert.AreEqual(("done", "", 0), (output.Trim(), error, code));
            CollectionAssert.AreEqual(Array.Empty<string>(), Directory.GetFiles(home, "*", SearchOption.AllDirectories));
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    [TestMethod]
    public void A_home_folder_that_cannot_be_written_prints_nothing()
    {
        (string output, string error, int code) = Run("/proc/no-home");
        Assert.AreEqual(("done", "", 0), (output.Trim(), error, code));
    }

    [TestMethod]
    public void Telemetry_cannot_be_chosen_once_a_model_is_open()
    {
        using (SegmentationModel.Load(PathOf()))
        {
            var fault = Assert.Throws<InvalidOperationException>(() => OnnxRuntimeTelemetry.Enabled = true);
            Assert.AreEqual("OnnxRuntimeTelemetry.Enabled was set to True after a model had been opened, expected before: set it at the start of the application.", fault.Message);
        }
    }

    [TestMethod]
    public void Torch_may_be_used_before_anything_of_ours()
    {
        (string output, string error, int code) = ChildProcess.RunBoth("torch first", [], (LibtorchLoaderVariable, null));
        Assert.AreEqual(("1 thread, trained", "", 0), (output.Trim(), error, code));
    }

    private const string LibtorchLoaderVariable = "GSS_LIBTORCH";

    /// <summary>What the child process does: opens a model and scores one picture.</summary>
    internal static void Score()
    {
        using SegmentationModel model = SegmentationModel.Load(Environment.GetEnvironmentVariable(ModelVariable)!);
        model.Predict(new RgbImage(16, 16));
        Console.WriteLine("done");
    }

    /// <summary>What the child process does: the order of an application that chooses its threads first.</summary>
    internal static void UseTorchFirst()
    {
        var ml = new MLContext();
        torch.set_num_threads(1);
        GenerativeSegmenter.Options options = TinyScenes.Options();
        options.Epochs = 1;
        using GenerativeSegmentationTransformer model = ml.Segmentation().Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data);
        Console.WriteLine($"{torch.get_num_threads()} thread, trained");
    }

    // CI switches the telemetry off by itself, which would hide it from this test.
    private static (string Output, string Error, int ExitCode) Run(string home) => ChildProcess.RunBoth(
        "score without telemetry", [], (ModelVariable, PathOf()), ("HOME", home), ("XDG_CACHE_HOME", null), ("ORT_DISABLE_TELEMETRY", null), ("CI", null), ("GITHUB_ACTIONS", null), ("TF_BUILD", null));

    private static string PathOf([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Saved", "saved-by-0.1.0-FF.gss");
}
