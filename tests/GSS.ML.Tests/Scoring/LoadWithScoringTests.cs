using GSS.Core;
using GSS.Onnx;
using GSS.Tests;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GSS.ML.Tests;

/// <summary>Options given to <c>Load</c>, and the device that a context asks for. No GPU serves these tests: on a machine with one, the processor's ONNX Runtime that they run with cannot use it.</summary>
[TestClass]
public sealed class LoadWithScoringTests
{
    private const string NoGpu = "Scoring on CUDA device 0 was asked for, but this ONNX Runtime cannot use it (";

    private static string Chain => SavedByOlderVersionsTests.SegmenterZip.Replace("segmenter", "chain", StringComparison.Ordinal);

    [TestMethod]
    public void Options_given_to_Load_hold_in_place_of_the_saved_ones()
    {
        using var folder = new TemporaryFolder();
        GenerativeSegmentationTransformer model = ScoredScenes.Model;
        (string plain, string windows) = (folder.File("plain.zip"), folder.File("windows.zip"));
        TinyScenes.Segmentation.Save(model, null, plain);
        using (GenerativeSegmentationTransformer copy = model.WithScoring(ScoredScenes.Windows))
        {
            TinyScenes.Segmentation.Save(copy, null, windows);
        }

        (MLContext context, List<string> warnings) = ScoredScenes.ContextWithLog(ChannelMessageKind.Warning);
        ITransformer Load(string path, ScoringOptions options) => context.Segmentation().Load(path, options, out _);
        CollectionAssert.AreEqual(ScoredScenes.Expected(model.Package, ScoredScenes.Windows), ScoredScenes.Predicted(Load(plain, ScoredScenes.Windows)));
        CollectionAssert.AreEqual(ScoredScenes.Expected(model.Package, ScoredScenes.Windows), ScoredScenes.Predicted(Load(windows, ScoredScenes.Windows with { ThreadCount = 2 })));
        Assert.IsEmpty(warnings);
        CollectionAssert.AreEqual(ScoredScenes.Expected(model.Package, null), ScoredScenes.Predicted(Load(windows, new ScoringOptions { ThreadCount = 1 })));
        Assert.AreEqual("""The model was saved to score with {"window":{"size":32,"stride":12,"blending":1}}, the options given to Load say {} and hold instead.""", warnings.Single());

        // The options were that call's.
        Assert.AreEqual(new ScoringOptions(), ((GenerativeSegmentationTransformer)context.Segmentation().Load(plain, out _)).Scoring);
    }

    [TestMethod]
    public void Views_working_size_and_blending_are_saved_with_the_model()
    {
        using var folder = new TemporaryFolder();
        var options = new ScoringOptions { Window = new SlidingWindow(32, 20, WindowBlending.Flat), TestTimeAugmentation = new(Flip: true) { Scales = [1, 1.5] }, ShortSide = 40, ThreadCount = 1 };
        using (GenerativeSegmentationTransformer copy = ScoredScenes.Model.WithScoring(options))
        {
            TinyScenes.Segmentation.Save(copy, null, folder.File("views.zip"));
        }

        using var loaded = (GenerativeSegmentationTransformer)new MLContext().Segmentation().Load(folder.File("views.zip"), out _);
        Assert.AreEqual((options.Window, 40, 0), (loaded.Scoring.Window, loaded.Scoring.ShortSide, loaded.Scoring.ThreadCount));
        CollectionAssert.AreEqual(new[] { 1, 1.5 }, loaded.Scoring.TestTimeAugmentation!.Scales.ToArray());
        LabelMap[] expected = ScoredScenes.Expected(ScoredScenes.Model.Package, options);
        CollectionAssert.AreEqual(expected, ScoredScenes.Predicted(loaded));
        CollectionAssert.AreNotEqual(expected, ScoredScenes.Predicted(ScoredScenes.Model));
    }

    [TestMethod]
    public void Options_that_do_not_fit_the_model_are_not_called_damage()
    {
        SegmentationCatalog segmentation = new MLContext().Segmentation();
        Assert.StartsWith("Found Window in the ScoringOptions for a transformer that only encodes maskiges", Refusal(() => segmentation.Load(Chain, ScoredScenes.Windows, out _)));
        Assert.StartsWith("The ScoringOptions cannot be used: ThreadCount is -3", Refusal(() => segmentation.Load(Chain, new ScoringOptions { ThreadCount = -3 }, out _)));
        Assert.HasCount(TinyScenes.Count, ScoredScenes.Predicted(segmentation.Load(Chain, new ScoringOptions { ThreadCount = 1 }, out _)));
        string missing = Path.Combine(TinyScenes.Images, "none.zip");
        Assert.AreEqual(
            $"The model '{missing}' does not exist: give the path of a file that Model.Save wrote.",
            Assert.ThrowsExactly<SegmentationModelException>(() => segmentation.Load(missing, new ScoringOptions(), out _)).Message);
        static string Refusal(Action act) => Assert.Throws<ArgumentException>(act).Message;
    }

    [TestMethod]
    public void A_GPU_that_is_not_there_is_one_sentence_wherever_a_model_is_made()
    {
        (MLContext context, List<string> warnings) = ScoredScenes.ContextWithGpu(fallback: false);
        SegmentationCatalog segmentation = context.Segmentation();
        string package = WithScoringTests.Saved(ScoredScenes.Model.Package);
        var steps = new List<string>();
        foreach (Action act in new Action[]
        {
            () => segmentation.Load(SavedByOlderVersionsTests.SegmenterZip, out _),
            () => segmentation.FromPackage(package),
            () => segmentation.Trainers.GenerativeSegmenter(TinyScenes.Options() with { Progress = step => steps.Add($"{step.Step}") }).Fit(TinyScenes.Data),
            () => segmentation.Trainers.PerPixelSegmenter(new PerPixelSegmenter.Options { Progress = step => steps.Add($"{step.Step}") }).Fit(TinyScenes.Data),
            () => segmentation.Transforms.MaskigeEncoder(new MaskigeEncoder.Options()).Fit(TinyScenes.Data),
            () => ScoredScenes.Model.WithScoring(new ScoringOptions { GpuDeviceId = 0 }),
        })
        {
            Assert.StartsWith(NoGpu, Assert.ThrowsExactly<InvalidOperationException>(act).Message);
        }

        Assert.IsEmpty(steps, "Nothing is trained for a device that is not there.");
        Exception loading = Assert.Throws<Exception>(() => context.Model.Load(SavedByOlderVersionsTests.SegmenterZip, out _));
        Assert.StartsWith(NoGpu, (loading as System.Reflection.TargetInvocationException)?.InnerException?.Message ?? loading.Message);
        Assert.IsEmpty(warnings);

        // Options of one's own stand above the context's.
        using SegmentationTransformer onCpu = segmentation.FromPackage(package, new ScoringOptions());
        CollectionAssert.AreEqual(ScoredScenes.Predicted(ScoredScenes.Model), ScoredScenes.Predicted(onCpu));
        using var loaded = (IDisposable)segmentation.Load(SavedByOlderVersionsTests.SegmenterZip, new ScoringOptions(), out _);
    }

    [TestMethod]
    public void The_CPU_in_place_of_a_GPU_is_warned_of_once_for_a_context()
    {
        (MLContext context, List<string> warnings) = ScoredScenes.ContextWithGpu(fallback: true);
        ITransformer chain = context.Model.Load(Chain, out _);
        Assert.StartsWith($"FallbackToCpu is true, so segmentation models score on the CPU. {NoGpu}", warnings.Single());
        using var again = (IDisposable)context.Segmentation().Load(Chain, out _);
        Assert.HasCount(1, warnings);
        ITransformer usual = new MLContext().Model.Load(Chain, out _);
        CollectionAssert.AreEqual(ScoredScenes.Predicted(usual), ScoredScenes.Predicted(chain));

        (context, warnings) = ScoredScenes.ContextWithGpu(fallback: true);
        using var model = (GenerativeSegmentationTransformer)context.Segmentation().FromPackage(WithScoringTests.Saved(ScoredScenes.Model.Package));
        using GenerativeSegmentationTransformer slower = model.WithScoring(model.Scoring with { ThreadCount = 1 });
        using GenerativeSegmentationTransformer trained = context.Segmentation().Trainers.GenerativeSegmenter(TinyScenes.Options() with { Epochs = 1 }).Fit(TinyScenes.Data);
        CollectionAssert.AreEqual(ScoredScenes.Expected(trained.Package, null), ScoredScenes.Predicted(trained));
        Assert.HasCount(1, warnings.Where(line => line.Contains("CUDA device", StringComparison.Ordinal)));
        Assert.AreEqual((0, true), (slower.Scoring.GpuDeviceId, slower.Scoring.FallbackToCpu));
        CollectionAssert.AreEqual(ScoredScenes.Predicted(ScoredScenes.Model), ScoredScenes.Predicted(slower));
    }
}
