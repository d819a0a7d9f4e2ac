using System.IO.Compression;
using GSS.Core;
using GSS.Onnx;
using GSS.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>Transformers with other scoring options.</summary>
[TestClass]
public sealed class WithScoringTests
{
    private static GenerativeSegmentationTransformer Model => ScoredScenes.Model;

    [TestMethod]
    public void Windows_score_as_in_the_model_without_ML_NET_and_stay_with_the_saved_model()
    {
        using var folder = new TemporaryFolder();
        LabelMap[] whole = ScoredScenes.Expected(Model.Package, null), expected = ScoredScenes.Expected(Model.Package, ScoredScenes.Windows);
        CollectionAssert.AreNotEqual(whole, expected, "Windows that change nothing show nothing.");

        using GenerativeSegmentationTransformer copy = Model.WithScoring(ScoredScenes.Windows);
        CollectionAssert.AreEqual(expected, ScoredScenes.Predicted(copy));
        CollectionAssert.AreEqual(whole, ScoredScenes.Predicted(Model), "The original is another one now.");
        Assert.AreEqual((ScoredScenes.Windows, new ScoringOptions()), (copy.Scoring, Model.Scoring));

        TinyScenes.Segmentation.Save(copy, null, folder.File("windows.zip"));
        string[] lines = ScoringProcess.Run(folder.File("windows.zip"), TinyScenes.Images).Split('\n');
        CollectionAssert.AreEqual(expected.Select(ScoringProcess.Line).ToArray(), lines[..expected.Length], string.Join('\n', lines.Take(20)));

        using var loaded = (GenerativeSegmentationTransformer)new MLContext().Model.Load(folder.File("windows.zip"), out _);
        Assert.AreEqual(new ScoringOptions { Window = ScoredScenes.Windows.Window }, loaded.Scoring, "Threads and memory are the machine's and do not travel.");
        using GenerativeSegmentationTransformer back = loaded.WithScoring(new ScoringOptions());
        CollectionAssert.AreEqual(whole, ScoredScenes.Predicted(back));
    }

    [TestMethod]
    public void A_model_that_differs_in_the_machine_s_options_alone_is_saved_as_ever()
    {
        using GenerativeSegmentationTransformer copy = Model.WithScoring(new ScoringOptions { ThreadCount = 1, LogitsMemory = 1 << 20, GpuDeviceId = 0, FallbackToCpu = true });
        CollectionAssert.AreEqual(Payload(Model), Payload(copy));
        CollectionAssert.AreEqual(ScoredScenes.Predicted(Model), ScoredScenes.Predicted(copy));
    }

    [TestMethod]
    public void Original_and_copies_are_disposed_in_any_order_and_used_from_many_threads()
    {
        LabelMap[] whole = ScoredScenes.Expected(Model.Package, null), inWindows = ScoredScenes.Expected(Model.Package, ScoredScenes.Windows);
        var original = (GenerativeSegmentationTransformer)TinyScenes.Segmentation.FromPackage(Saved(Model.Package));
        GenerativeSegmentationTransformer first = original.WithScoring(ScoredScenes.Windows), second = original.WithScoring(new ScoringOptions { ThreadCount = 1 });
        original.Dispose();
        Parallel.For(0, 8, i => CollectionAssert.AreEqual(i % 2 == 0 ? inWindows : whole, ScoredScenes.Predicted(i % 2 == 0 ? first : second)));
        first.Dispose();
        CollectionAssert.AreEqual(whole, ScoredScenes.Predicted(second));
        second.Dispose();

        // Disposed transformers open their model again where they are used again, and so does this.
        using GenerativeSegmentationTransformer third = first.WithScoring(new ScoringOptions());
        CollectionAssert.AreEqual(whole, ScoredScenes.Predicted(third));
        CollectionAssert.AreEqual(whole, ScoredScenes.Predicted(original));

        original.Model.Dispose();
        Assert.Contains("was disposed", Assert.ThrowsExactly<ObjectDisposedException>(() => original.WithScoring(new ScoringOptions())).Message);
        CollectionAssert.AreEqual(whole, ScoredScenes.Predicted(third));
        original.Dispose();
    }

    [TestMethod]
    public void Options_that_do_not_fit_are_refused_at_once()
    {
        Refused(() => TinyScenes.Model.WithScoring(ScoredScenes.Windows), "Found Window asked of a transformer that gives the column 'Maskige', expected null: windows and views have no common maskige and confidence; make the transformer without this column.");
        Refused(() => TinyScenes.Model.WithScoring(new ScoringOptions { TestTimeAugmentation = new() }), "Found TestTimeAugmentation asked of a transformer that gives the column 'Maskige'");
        Refused(() => ScoredScenes.PerPixel.WithScoring(ScoredScenes.Windows), "Found Window asked of a transformer that gives the column 'Confidence'");
        Refused(() => Model.WithScoring(new ScoringOptions { ThreadCount = -1, Window = new SlidingWindow(8, 4) }), "ThreadCount is -1, expected 0 (one for each core) or more; the Size of the window is 8");
        Refused(() => TinyScenes.Segmentation.WithScoring(TinyScenes.Context.Transforms.CopyColumns("A", "Image").Fit(TinyScenes.Data), new()), "without a transformer of GSS.ML that scores");

        // Nothing of it goes on with the models that were asked.
        Assert.HasCount(TinyScenes.Count, ScoredScenes.Predicted(TinyScenes.Model));
        using PerPixelSegmentationTransformer slower = ScoredScenes.PerPixel.WithScoring(new ScoringOptions { ThreadCount = 1 });
        CollectionAssert.AreEqual(ScoredScenes.Predicted(ScoredScenes.PerPixel), ScoredScenes.Predicted(slower));
        Assert.AreSame(ScoredScenes.PerPixel.ValidationMetrics, slower.ValidationMetrics);
    }

    [TestMethod]
    public void Chains_are_copied_whole_with_their_scopes()
    {
        var context = new MLContext();
        TransformerChain<GenerativeSegmentationTransformer> chain = new TransformerChain<ITransformer>(context.Transforms.CopyColumns("Copy", "Image").Fit(TinyScenes.Data))
            .Append<ITransformer>(context.Transforms.CopyColumns("OnlyInTraining", "Image").Fit(TinyScenes.Data), TransformerScope.Training)
            .Append(Model);
        TransformerChain<ITransformer> nested = new TransformerChain<ITransformer>(chain).Append<ITransformer>(context.Transforms.CopyColumns("Same", "PredictedLabel").Fit(Model.Transform(TinyScenes.Data)));

        TransformerChain<GenerativeSegmentationTransformer> copy = context.Segmentation().WithScoring(chain, ScoredScenes.Windows);
        LabelMap[] expected = ScoredScenes.Expected(Model.Package, ScoredScenes.Windows);
        CollectionAssert.AreEqual(expected, ScoredScenes.Predicted(copy));
        Assert.AreEqual(ScoredScenes.Windows, copy.LastTransformer.Scoring);
        Assert.IsNull(copy.Transform(TinyScenes.Data).Schema.GetColumnOrNull("OnlyInTraining"));
        Assert.IsNotNull(copy.Transform(TinyScenes.Data, TransformerScope.Training).Schema.GetColumnOrNull("OnlyInTraining"));

        using TransformerChain<ITransformer> outer = context.Segmentation().WithScoring(nested, ScoredScenes.Windows);
        CollectionAssert.AreEqual(expected, TinyScenes.Column<LabelMap>(outer.Transform(TinyScenes.Data), "Same"));
        CollectionAssert.AreEqual(ScoredScenes.Expected(Model.Package, null), ScoredScenes.Predicted(chain));
        copy.Dispose();
    }

    [TestMethod]
    public void A_chain_of_the_three_parts_takes_threads_and_refuses_windows_as_a_whole()
    {
        var context = new MLContext();
        var chain = (TransformerChain<ITransformer>)context.Model.Load(SavedByOlderVersionsTests.SegmenterZip.Replace("segmenter", "chain", StringComparison.Ordinal), out _);
        List<LabelMap> expected = ScoredScenes.Predicted(chain);
        using TransformerChain<ITransformer> copy = context.Segmentation().WithScoring(chain, new ScoringOptions { ThreadCount = 1 });
        chain.Dispose();
        CollectionAssert.AreEqual(expected, ScoredScenes.Predicted(copy));
        int[] threads = [copy.OfType<MaskigeEncodingTransformer>().Single().Scoring.ThreadCount, copy.OfType<LatentPriorTransformer>().Single().Scoring.ThreadCount, copy.OfType<LatentTokenDecodingTransformer>().Single().Scoring.ThreadCount];
        CollectionAssert.AreEqual(new[] { 1, 1, 1 }, threads);

        Refused(() => context.Segmentation().WithScoring(chain, ScoredScenes.Windows), "Found Window in the ScoringOptions for a transformer that only encodes maskiges, expected threads, device and memory alone");
        Refused(() => copy.OfType<LatentPriorTransformer>().Single().WithScoring(ScoredScenes.Windows), "only predicts tokens");
        Refused(() => copy.OfType<LatentTokenDecodingTransformer>().Single().WithScoring(ScoredScenes.Windows), "only decodes tokens");
        CollectionAssert.AreEqual(expected, ScoredScenes.Predicted(chain));
    }

    internal static string Saved(SegmentationModelPackage package)
    {
        string path = Path.Combine(TinyScenes.Images, "..", $"{Guid.NewGuid():N}.gss");
        package.Save(path);
        return path;
    }

    private static void Refused(Func<object> act, string sentence)
    {
        try
        {
            act();
            Assert.Fail($"Nothing was refused, expected: {sentence}");
        }
        catch (ArgumentException e)
        {
            Assert.Contains(sentence, e.Message);
        }
    }

    /// <summary>The entry of a saved model that holds the transformer.</summary>
    private static byte[] Payload(ITransformer model)
    {
        using var stream = new MemoryStream();
        TinyScenes.Context.Model.Save(model, null, stream);
        using var zip = new ZipArchive(stream);
        using var bytes = new MemoryStream();
        using Stream entry = zip.Entries.Single(found => found.Name == "GssTransformer.bin").Open();
        entry.CopyTo(bytes);
        return bytes.ToArray();
    }
}
