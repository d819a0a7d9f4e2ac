using System.Globalization;
using System.Runtime.InteropServices;
using GSS.Core;
using GSS.ML;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Quickstart;

/// <summary>The run: data, training, numbers, saving, loading, pictures.</summary>
internal static class QuickstartRun
{
    // What is compared after loading, and how many of these become rows of the picture.
    private const int ComparedImages = 16, PicturedImages = 5;

    /// <summary>Runs, and answers with the exit code: 0, or 1 after a sentence about what went wrong, or 130 after Ctrl+C.</summary>
    public static int Start(QuickstartSettings settings)
    {
        using var cancellation = new CancellationTokenSource();
        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            cancellation.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        try
        {
            Run(settings, cancellation.Token);
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine(settings.Workspace is null
                ? "Cancelled; nothing was kept. With --workspace DIR a run can be cancelled and continued."
                : $"Cancelled; the same command goes on from the last checkpoint in '{settings.Workspace}'.");
            return 130;
        }
        catch (Exception exception) when (CommandLine.IsForTheUser(exception))
        {
            Console.Error.WriteLine(InWordsOfTheCommandLine(exception.Message));
            return 1;
        }
    }

    // The library names its own options.
    private static string InWordsOfTheCommandLine(string message) => message
        .Replace("FolderOptions.ImageSuffix and LabelSuffix", "--image-suffix and --label-suffix", StringComparison.Ordinal)
        .Replace("FolderOptions.ImageSuffix", "--image-suffix", StringComparison.Ordinal)
        .Replace("FolderOptions.LabelSuffix", "--label-suffix", StringComparison.Ordinal)
        .Replace("FolderOptions.OnlyLabelled", "--only-labelled", StringComparison.Ordinal)
        .Replace("FolderOptions.SplitList", "--split-list", StringComparison.Ordinal);

    private static void Run(QuickstartSettings settings, CancellationToken cancel)
    {
        using ScratchFolder? scratch = settings.Workspace is null ? new ScratchFolder() : null;
        string folder = scratch?.Path ?? Directory.CreateDirectory(settings.Workspace!).FullName;
        string output = Directory.CreateDirectory(settings.Output).FullName;
        string modelPath = Path.Combine(output, "street.zip"), overlaysPath = Path.Combine(output, "overlays.png");

        var data = QuickstartData.Prepare(settings, Path.Combine(folder, settings.Small ? "scenes-small" : "scenes"), cancel);
        SegmentationClasses classes = data.Training.Classes;

        var ml = new MLContext(settings.Seed);
        ml.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning)
            {
                ProgressView.WriteLine($"Warning: {message.RawMessage}");
            }
        };
        var segmentation = ml.Segmentation();
        IDataView train = segmentation.LoadFromFiles(data.Training.Pairs, classes);
        IDataView validation = segmentation.LoadFromFiles(data.Validation.Pairs, classes);

        GenerativeSegmenter.Options options = QuickstartTraining.Options(settings, validation, settings.Workspace is null ? null : Path.Combine(folder, "training"), cancel);
        using GenerativeSegmentationTransformer model = ProgressView.Run("Training", progress =>
        {
            string best = "";
            options.Progress = step =>
            {
                best = step.Validation is { } metrics ? Percent($"validation mIoU {100 * metrics.MeanIoU:F1} %") : best;
                progress(new(step.Step / (double)step.Steps, Percent($"epoch {step.Epoch}/{step.Epochs}  loss {step.Loss:F2}  {best}"), step.Remaining));
            };
            return segmentation.Trainers.GenerativeSegmenter(options).Fit(train);
        });

        SegmentationMetrics metrics = segmentation.Evaluate(model.Transform(validation));
        Console.WriteLine();
        Console.WriteLine(metrics);

        // What ml.Model.Save does, but a full disk leaves no half model behind.
        segmentation.Save(model, train.Schema, modelPath);
        ITransformer loaded = ml.Model.Load(modelPath, out _);
        using (loaded as IDisposable)
        {
            IDataView some = ml.Data.TakeRows(validation, ComparedImages);
            LabelMap[] before = PredictedLabels(model.Transform(some)), after = PredictedLabels(loaded.Transform(some));
            if (!before.SequenceEqual(after))
            {
                throw new InvalidOperationException($"The model loaded from '{modelPath}' predicts other label maps than the one that was saved.");
            }

            // Spread over the set: neighbours in it are often frames of one film.
            int pictured = Math.Min(PicturedImages, data.Validation.Count);
            SegmentationFiles shown = SegmentationFiles.FromPairs(
                Enumerable.Range(0, pictured).Select(i => data.Validation.Pairs[(int)((long)i * data.Validation.Count / pictured)]), data.Validation.Classes);
            IDataView pictures = loaded.Transform(segmentation.LoadFromFiles(shown.Pairs, shown.Classes));
            QuickstartPicture.Save(overlaysPath, shown, PredictedLabels(pictures), pictures.GetColumn<MLImage>(QuickstartTraining.MaskigeColumn));
            Console.WriteLine($"Saved {modelPath} ({new FileInfo(modelPath).Length / 1e6:F1} MB), loaded it again: the same label maps for {after.Length} images.");
            Console.WriteLine($"Look at {overlaysPath}: image, truth, maskige and prediction side by side.");
        }

        Console.WriteLine(Percent($"mIoU {100 * metrics.MeanIoU:F1} %"));
        if (settings.IsPromised)
        {
            Console.WriteLine(Promise.Compare(100 * metrics.MeanIoU));
        }
    }

    private static LabelMap[] PredictedLabels(IDataView predicted) => [.. predicted.GetColumn<LabelMap>("PredictedLabel")];

    private static string Percent(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A folder that is gone when the run ends.</summary>
    private sealed class ScratchFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("gss-quickstart-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
