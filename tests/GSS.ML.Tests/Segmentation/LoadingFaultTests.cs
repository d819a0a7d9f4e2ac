using System.Reflection;
using System.Runtime.InteropServices;
using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;

namespace GSS.ML.Tests;

/// <summary>What is wrong around a sound model is not said of the model.</summary>
[TestClass]
public sealed class LoadingFaultTests
{
    private const string ModelVariable = "GSS_TEST_MODEL";
    private const string MissingVariable = "GSS_TEST_NO_ONNX_RUNTIME";

    private static string Zip => SavedByOlderVersionsTests.SegmenterZip;

    [TestMethod]
    public void A_missing_native_library_is_not_called_a_damaged_model()
    {
        (string output, string error, int code) = ChildProcess.RunBoth("load", [], (ModelVariable, Zip), (MissingVariable, "1"));
        string expected =
            $"SegmentationModelException The model '{Zip}' cannot be loaded: ONNX Runtime's native library could not be loaded (Unable to load shared library 'onnxruntime'), the model itself is not at fault: "
            + "reference Microsoft.ML.OnnxRuntime in the application, and publish for the system that it runs on (--runtime), so that the library lies beside it.";
        Assert.AreEqual((expected, 0), (output.Trim(), code), error);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void A_temporary_folder_that_cannot_be_written_is_named()
    {
        (string output, string error, int code) = ChildProcess.RunBoth("load", [], (ModelVariable, Zip), ("TMPDIR", "/proc"));
        Assert.MatchesRegex(
            $@"^SegmentationModelException The model '.*segmenter\.zip' cannot be loaded, because ML\.NET unpacks it in the temporary folder '/proc/', which cannot be written \([^()]+\): set TMPDIR to a folder that can be\.$",
            output.Trim());
        Assert.AreEqual(0, code, error);
    }

    [TestMethod]
    public void A_model_of_ML_NET_that_is_opened_as_a_package_is_told_from_a_damaged_one()
    {
        string message = Assert.ThrowsExactly<SegmentationModelException>(() => SegmentationModel.Load(Zip)).Message;
        Assert.AreEqual($"'{Zip}' is a model that ML.NET saved, expected a model package (.gss): load it with mlContext.Model.Load, or give the file that SegmentationModelPackage.Save wrote.", message);
    }

    /// <summary>What the child process does.</summary>
    internal static void Load()
    {
        if (Environment.GetEnvironmentVariable(MissingVariable) is not null)
        {
            NativeLibrary.SetDllImportResolver(typeof(InferenceSession).Assembly, (name, _, _) => throw new DllNotFoundException($"Unable to load shared library '{Path.GetFileNameWithoutExtension(name)}'"));
        }

        try
        {
            new MLContext().Segmentation().Load(Environment.GetEnvironmentVariable(ModelVariable)!, out _);
        }
        catch (Exception e)
        {
            Console.WriteLine($"{e.GetType().Name} {e.Message}");
        }
    }
}
