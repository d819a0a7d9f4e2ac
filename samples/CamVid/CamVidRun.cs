using System.Globalization;
using System.Runtime.InteropServices;
using GSS.Core;
using GSS.ML;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Quickstart;

namespace CamVid;

/// <summary>The run: data, training, figures, model, picture, card.</summary>
internal static class CamVidRun
{
    private const int PicturedImages = 6;

    /// <summary>Runs, and answers with the exit code: 0, or 1 after a sentence about what went wrong, or 130 after Ctrl+C.</summary>
    /// <param name="folder">CamVid.</param>
    /// <param name="output">Where the results go.</param>
    /// <param name="settings">How to train.</param>
    public static int Start(string folder, string output, CamVidSettings settings)
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
            Run(folder, output, settings, cancellation.Token);
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"Cancelled; the same command goes on from the last checkpoint in '{output}'.");
            return 130;
        }
        catch (Exception exception) when (CommandLine.IsForTheUser(exception))
        {
            // The library names its own options.
            Console.Error.WriteLine(exception.Message.Replace("name another folder as WorkspacePath", "name another folder with --out", StringComparison.Ordinal));
            return 1;
        }
    }

    private static void Run(string folder, string output, CamVidSettings settings, CancellationToken cancel)
    {
        // Nothing is made before the data is known to be there.
        CamVidFiles files = CamVidFiles.Find(folder, cancel);
        Console.WriteLine($"{files.Training.Count} photographs to train on, {files.Validation.Count} to measure on, {files.Training.Classes.Count} classes.");
        output = Directory.CreateDirectory(output).FullName;

        var ml = new MLContext(settings.Seed);
        ml.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning)
            {
                ProgressView.WriteLine($"Warning: {message.RawMessage}");
            }
            else if (message.RawMessage.StartsWith($"{nameof(TokenDecoding)}.", StringComparison.Ordinal))
            {
                // What each way to decide between tokens reached.
                ProgressView.WriteLine(message.RawMessage);
            }
        };
        var segmentation = ml.Segmentation();
        IDataView train = segmentation.LoadFromFiles(files.Training.Pairs, files.Training.Classes);
        IDataView validation = segmentation.LoadFromFiles(files.Validation.Pairs, files.Validation.Classes);

        SegmentationTrainerOptions options = CamVidTraining.Options(settings, validation, Path.Combine(output, "training"), cancel);
        var clock = new TrainingClock(Path.Combine(output, "training-seconds.txt"));
        using SegmentationTransformer model = ProgressView.Run("Training", progress =>
        {
            string best = "";
            options.Progress = step =>
            {
                clock.Tick();
                best = step.Metric is { } meanIoU ? Invariant($"validation mIoU {100 * meanIoU:F1} %") : best;
                progress(new(step.Step / (double)step.Steps, Invariant($"epoch {step.Epoch}/{step.Epochs}  loss {step.Loss:F2}  {best}"), step.Remaining));
            };
            return CamVidTraining.Fit(segmentation, options, train);
        });
        TimeSpan? trainingTime = clock.Stop() is var time && time > TimeSpan.Zero ? time : null;

        // The tokenizer's evaluation compares the predictions with the truth on its way.
        IDataView scored = model.Transform(validation);
        TokenizerCeiling? ceiling = model is GenerativeSegmentationTransformer generative ? segmentation.EvaluateTokenizer(generative, scored) : null;
        SegmentationMetrics metrics = ceiling?.Prediction ?? segmentation.Evaluate(scored);
        Console.WriteLine();
        Console.WriteLine(metrics);
        if (ceiling is not null)
        {
            Console.WriteLine();
            Console.WriteLine(ceiling);
        }

        string modelPath = Path.Combine(output, "camvid.zip"), overlays = Path.Combine(output, "overlays.png"), card = Path.Combine(output, "model-card.md");
        segmentation.Save(model, train.Schema, modelPath);
        SavePicture(model, files.Validation, overlays);
        segmentation.WriteModelCard(model, card, CamVidCard.Options(settings, files, metrics, ceiling, trainingTime, overlays), options);
        Console.WriteLine();
        Console.WriteLine(Invariant($"Saved {modelPath} ({new FileInfo(modelPath).Length / 1e6:F1} MB), {overlays} and {card}."));
        Console.WriteLine(Invariant($"mIoU {100 * metrics.MeanIoU:F1} %"));
    }

    /// <summary>Some photographs, spread over the set: neighbours in it are frames of one film.</summary>
    private static void SavePicture(SegmentationTransformer model, SegmentationFiles files, string path)
    {
        SegmentationOutputs outputs = model is GenerativeSegmentationTransformer ? SegmentationOutputs.Maskige : SegmentationOutputs.Labels;
        var sheet = new OverlaySheet(files.Classes);
        int pictured = Math.Min(PicturedImages, files.Count);
        for (int i = 0; i < pictured; i++)
        {
            int index = i * files.Count / pictured;
            (RgbImage image, LabelMap truth) = files.Read(index);
            SegmentationResult found = model.Model.Predict(image, outputs);
            sheet.AddRow(image, truth, found.Maskige, found.Labels, Path.GetFileName(files.Pairs[index].ImagePath));
        }

        sheet.SavePng(path);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
