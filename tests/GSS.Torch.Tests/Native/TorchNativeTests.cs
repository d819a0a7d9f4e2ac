using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GSS.Torch;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests.Native;

[TestClass]
public sealed partial class TorchNativeTests
{
    [TestMethod]
    public void EnsureLoaded_FromManyThreads_ConvolutionRuns()
    {
        Parallel.For(0, 8, _ => TorchNative.EnsureLoaded());

        CollectionAssert.AreEqual(new[] { 45f, 54f, 81f, 90f }, Convolve());
    }

    [TestMethod]
    [DataRow("convolve after load")]
    [DataRow("convolve before load", DisplayName = "TorchSharp touched before EnsureLoaded")]
    public void FreshProcess_ConvolutionRunsAndNothingIsLeftBehind(string task)
    {
        string temporary = Directory.CreateTempSubdirectory("gss-native-").FullName;
        try
        {
            string output = ChildProcess.Run(task, ("TMPDIR", temporary));

            StringAssert.StartsWith(output, "done");
            Assert.IsEmpty(Directory.GetFiles(temporary, "*LibTorchSharp*"));
            Assert.IsFalse(
                Directory.Exists(Path.Combine(AppContext.BaseDirectory, "cpu")) || Directory.Exists(Path.Combine(AppContext.BaseDirectory, "cuda-12.8")),
                "TorchSharp's own loader has failed and copied libtorch.");
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    [TestMethod]
    public void Assembly_UsedWithoutTraining_LoadsNoLibtorch()
    {
        string output = ChildProcess.Run("use without libtorch");

        StringAssert.StartsWith(output, "done");
        Assert.DoesNotContain("libtorch", output);
    }

    [TestMethod]
    public void TemporaryFolderThatCannotBeWritten_StillLoads()
    {
        StringAssert.StartsWith(ChildProcess.Run("load", ("TMPDIR", "/proc")), "done");
    }

    [TestMethod]
    public void Variable_NamesMissingFolder_OneSentence()
    {
        Assert.AreEqual(
            "NativeLibraryException: The environment variable GSS_LIBTORCH names the folder '/no/such/folder', which does not exist: "
            + $"name the folder that holds {NativeFolders.FileName("torch_cpu")}, or unset the variable to use the application's own libtorch.",
            ChildProcess.Run("load", (LibtorchLoader.Variable, "/no/such/folder")).Trim());
    }

    [TestMethod]
    public void Variable_NamesFolderWithoutLibtorch_OneSentence()
    {
        string folder = AppContext.BaseDirectory;

        Assert.AreEqual(
            $"NativeLibraryException: The environment variable GSS_LIBTORCH names the folder '{folder}', which does not hold {NativeFolders.FileName("torch_cpu")}: "
            + "name the folder 'lib' of libtorch 2.10.0 or of the same version of PyTorch, or unset the variable to use the application's own libtorch.",
            ChildProcess.Run("load", (LibtorchLoader.Variable, folder)).Trim());
    }

    // Nothing can help here, short of what the package adds to applications (.ci/packages).
    [TestMethod]
    public void TorchUsedBeforeAnythingOfOurs_OneSentence()
    {
        // Its packages are not found, so that TorchSharp's loader has nothing to copy.
        string output = ChildProcess.Run("torch, then load", ("NUGET_PACKAGES", "/no/packages"));
        if (output.StartsWith("done") && !output.Contains("(deleted)")) return; // A libstdc++ that is new enough for TorchSharp's own loader.

        StringAssert.Contains(output, "NativeLibraryException: ");
        Assert.AreEqual(
            "NativeLibraryException: The application used torch before anything of GSS.ML, and TorchSharp's own loader, which does not work on this system, failed for the rest of the process: "
            + "call TorchNative.EnsureLoaded() of GSS.Torch at the start of the application, before the first use of torch.",
            output[output.IndexOf("NativeLibraryException: ", StringComparison.Ordinal)..].Trim());
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow("", "", "- 1000", DisplayName = "Not given")]
    [DataRow("ACTIVE", "", "ACTIVE -", DisplayName = "Policy given")]
    [DataRow("", "50", "- 50", DisplayName = "Spin count given")]
    public void WaitingThreads_SleepUnlessTheUserSaysOtherwise(string policy, string count, string expected)
    {
        string output = ChildProcess.Run("load and tell how threads wait", ("OMP_WAIT_POLICY", policy), ("GOMP_SPINCOUNT", count));

        StringAssert.StartsWith(output, expected);
    }

    /// <summary>What an application does first that chooses its threads.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void UseTorch()
    {
        try
        {
            set_num_threads(1);
        }
        catch (TypeInitializationException)
        {
        }
    }

    /// <summary>The first that touches GSS.Torch: a method of its own, because a method that names it loads it when it begins.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Load() => TorchNative.EnsureLoaded();

    /// <summary>A variable as native libraries see it; - where it is not set.</summary>
    internal static string Native(string variable) => Marshal.PtrToStringUTF8(GetEnvironment(variable)) ?? "-";

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnvironment(string variable);

    /// <summary>The sums over each 3×3 neighbourhood of the numbers 0 to 15.</summary>
    internal static float[] Convolve()
    {
        using var scope = NewDisposeScope();
        Tensor image = arange(16, ScalarType.Float32).reshape(1, 1, 4, 4);
        return nn.functional.conv2d(image, ones(1, 1, 3, 3)).data<float>().ToArray();
    }
}
